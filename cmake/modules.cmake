# A module is a folder of src/ and becomes the static library tm_<name>; its tests are tests/<name>/*_test.cc,
# built into one program <name>_test. Which module may use which is design, not accident: see tools/check_layers.py.
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(nlohmann_json REQUIRED)

# One precompiled header for all: the standard library, fmt and JSON. Only headers of the system, so that nothing in it
# tells where this tree lies and ccache can share what is compiled with it between trees.
set(PCH_HEADERS
  <algorithm> <array> <atomic> <chrono> <cstdint> <deque> <exception> <filesystem> <functional> <map> <memory> <mutex> <optional> <set> <span> <string>
  <string_view> <thread> <unordered_map> <unordered_set> <utility> <variant> <vector>
  <fmt/format.h> <nlohmann/json.hpp>)
add_library(tm_pch STATIC ${CMAKE_SOURCE_DIR}/cmake/pch.cc)
target_precompile_headers(tm_pch PRIVATE ${PCH_HEADERS})
target_link_libraries(tm_pch PUBLIC fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)

# gcc never writes the same precompiled header twice. Beside it lies the text that it was made of, and ccache takes that for it.
if(CCACHE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  set(PCH_TEXT ${CMAKE_BINARY_DIR}/CMakeFiles/tm_pch.dir/cmake_pch.hxx.gch.sum)
  list(TRANSFORM PCH_HEADERS PREPEND "#include " OUTPUT_VARIABLE PCH_INCLUDES)
  list(JOIN PCH_INCLUDES "\n" PCH_INCLUDES)
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/pch_text.cc CONTENT "${PCH_INCLUDES}\n")
  add_custom_command(OUTPUT ${PCH_TEXT} DEPENDS ${CMAKE_BINARY_DIR}/pch_text.cc DEPFILE ${CMAKE_BINARY_DIR}/pch_text.d COMMENT "Writing the text of the precompiled header" VERBATIM
    COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -E -P -MD -MF ${CMAKE_BINARY_DIR}/pch_text.d -MT ${PCH_TEXT} ${CMAKE_BINARY_DIR}/pch_text.cc -o ${PCH_TEXT})
  add_custom_target(tm_pch_text DEPENDS ${PCH_TEXT})
  add_dependencies(tm_pch tm_pch_text)
endif()

# tm_module(NAME [PATH folder] [DEPENDS modules...] [LIBRARIES libs...] [INCLUDES folders...])
function(tm_module NAME)
  cmake_parse_arguments(M "" "PATH" "DEPENDS;LIBRARIES;INCLUDES" ${ARGN})
  if(NOT M_PATH)
    set(M_PATH ${NAME})
  endif()
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${M_PATH}/*.cc)
  list(FILTER SOURCES EXCLUDE REGEX "/main\\.cc$")
  if(NOT SOURCES)
    add_library(tm_${NAME} INTERFACE)
    target_include_directories(tm_${NAME} INTERFACE ${CMAKE_SOURCE_DIR}/src)
    set(SCOPE INTERFACE)
  else()
    add_library(tm_${NAME} STATIC ${SOURCES})
    target_include_directories(tm_${NAME} PUBLIC ${CMAKE_SOURCE_DIR}/src)
    target_precompile_headers(tm_${NAME} REUSE_FROM tm_pch)
    set(SCOPE PUBLIC)
  endif()
  target_link_libraries(tm_${NAME} ${SCOPE} fmt::fmt nlohmann_json::nlohmann_json Threads::Threads)
  foreach(D ${M_DEPENDS})
    target_link_libraries(tm_${NAME} ${SCOPE} tm_${D})
  endforeach()
  target_link_libraries(tm_${NAME} ${SCOPE} ${M_LIBRARIES})
  target_include_directories(tm_${NAME} SYSTEM ${SCOPE} ${M_INCLUDES})
endfunction()

# tm_test(NAME [LIBRARIES libs...]): the program <name>_test from tests/<NAME>/*_test.cc, and its entry in ctest.
function(tm_test NAME)
  cmake_parse_arguments(T "" "" "LIBRARIES" ${ARGN})
  file(GLOB SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/${NAME}/*_test.cc)
  if(NOT SOURCES)
    return()
  endif()
  add_executable(${NAME}_test ${SOURCES})
  target_precompile_headers(${NAME}_test REUSE_FROM tm_pch)
  target_include_directories(${NAME}_test PRIVATE ${CMAKE_SOURCE_DIR}/tests)
  target_link_libraries(${NAME}_test PRIVATE ${T_LIBRARIES} tm_source_dir GTest::gtest GTest::gmock GTest::gtest_main)
  add_test(NAME ${NAME} COMMAND ${NAME}_test)
  set_tests_properties(${NAME} PROPERTIES ENVIRONMENT "${TIDEMARK_TEST_ENVIRONMENT}")
endfunction()

# tm_python_test(NAME SCRIPT): a Python test (a unittest file, or a check that exits 0 where all is well, 77 where it is
# skipped), run by the interpreter that has the oracles of tests/requirements.txt.
function(tm_python_test NAME SCRIPT)
  add_test(NAME ${NAME} COMMAND ${TIDEMARK_TEST_PYTHON} ${CMAKE_SOURCE_DIR}/${SCRIPT} ${ARGN} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES SKIP_RETURN_CODE 77 ENVIRONMENT "${TIDEMARK_TEST_ENVIRONMENT}")
endfunction()
