# The web workbench: web/dist from the sources in web/, for all build trees the same. Every tree has it at share/tidemark/web, where an installed one has it too.
set(WEB ${CMAKE_SOURCE_DIR}/web)
if(NOT EXISTS ${WEB}/node_modules/.installed)
  message(STATUS "the web workbench is not built: tools/setup.sh brings what it is made with")
  return()
endif()
find_program(TIDEMARK_NODE node HINTS ${CMAKE_SOURCE_DIR}/build/deps/node/bin REQUIRED)

file(GLOB_RECURSE WEB_SOURCES CONFIGURE_DEPENDS ${WEB}/src/* ${WEB}/public/*)
add_custom_command(OUTPUT ${WEB}/dist/index.html
  COMMAND ${TIDEMARK_NODE} node_modules/vite/bin/vite.js build --logLevel warn
  DEPENDS ${WEB_SOURCES} ${WEB}/index.html ${WEB}/package-lock.json ${WEB}/vite.config.ts ${WEB}/svelte.config.js ${WEB}/tsconfig.json
  WORKING_DIRECTORY ${WEB} COMMENT "Building the web workbench" VERBATIM)
add_custom_target(web ALL DEPENDS ${WEB}/dist/index.html)

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/share/tidemark)
file(CREATE_LINK ${WEB}/dist ${CMAKE_BINARY_DIR}/share/tidemark/web SYMBOLIC)
install(DIRECTORY ${WEB}/dist/ DESTINATION share/tidemark/web)
