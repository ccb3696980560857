// The functions of libduckdb that tidemark calls, as a table of pointers with their C names. Only for sources of this
// folder and its tests: everyone else uses database.h.
#pragma once
#include <memory>
#include <string>

#include <duckdb.h>

#include "adapter/duckdb/library.h"

// clang-format off
#define TIDEMARK_DUCKDB_FUNCTIONS(X) \
  X(duckdb_library_version) X(duckdb_free) X(duckdb_malloc) \
  X(duckdb_create_config) X(duckdb_set_config) X(duckdb_destroy_config) \
  X(duckdb_open_ext) X(duckdb_close) X(duckdb_connect) X(duckdb_disconnect) \
  X(duckdb_interrupt) X(duckdb_query_progress) X(duckdb_get_table_names) \
  X(duckdb_query) X(duckdb_destroy_result) X(duckdb_result_error) X(duckdb_result_error_type) \
  X(duckdb_column_count) X(duckdb_column_name) X(duckdb_column_logical_type) X(duckdb_rows_changed) \
  X(duckdb_result_return_type) X(duckdb_fetch_chunk) \
  X(duckdb_extract_statements) X(duckdb_extract_statements_error) X(duckdb_prepare_extracted_statement) X(duckdb_destroy_extracted) \
  X(duckdb_prepare) X(duckdb_prepare_error) X(duckdb_destroy_prepare) X(duckdb_nparams) X(duckdb_prepared_statement_type) \
  X(duckdb_prepared_statement_column_count) X(duckdb_prepared_statement_column_name) X(duckdb_prepared_statement_column_logical_type) \
  X(duckdb_bind_value) X(duckdb_execute_prepared) \
  X(duckdb_execute_prepared_streaming) X(duckdb_create_hugeint) X(duckdb_create_decimal) \
  X(duckdb_create_null_value) X(duckdb_create_bool) X(duckdb_create_int64) X(duckdb_create_double) X(duckdb_create_float) \
  X(duckdb_create_varchar_length) X(duckdb_create_blob) X(duckdb_create_date) X(duckdb_create_time) X(duckdb_create_time_tz_value) \
  X(duckdb_create_timestamp) X(duckdb_create_timestamp_ns) X(duckdb_create_timestamp_tz) X(duckdb_create_interval) X(duckdb_create_time_tz) \
  X(duckdb_create_list_value) X(duckdb_destroy_value) X(duckdb_get_varchar) X(duckdb_get_list_size) X(duckdb_get_list_child) \
  X(duckdb_is_null_value) X(duckdb_get_value_type) X(duckdb_get_map_size) X(duckdb_get_map_key) X(duckdb_get_map_value) \
  X(duckdb_create_logical_type) X(duckdb_destroy_logical_type) X(duckdb_get_type_id) X(duckdb_logical_type_get_alias) \
  X(duckdb_decimal_width) X(duckdb_decimal_scale) X(duckdb_decimal_internal_type) X(duckdb_create_decimal_type) \
  X(duckdb_enum_internal_type) X(duckdb_enum_dictionary_size) X(duckdb_enum_dictionary_value) \
  X(duckdb_list_type_child_type) X(duckdb_array_type_child_type) X(duckdb_array_type_array_size) \
  X(duckdb_map_type_key_type) X(duckdb_map_type_value_type) \
  X(duckdb_struct_type_child_count) X(duckdb_struct_type_child_name) X(duckdb_struct_type_child_type) \
  X(duckdb_union_type_member_count) X(duckdb_union_type_member_name) X(duckdb_union_type_member_type) \
  X(duckdb_data_chunk_get_size) X(duckdb_data_chunk_get_column_count) X(duckdb_data_chunk_get_vector) X(duckdb_destroy_data_chunk) \
  X(duckdb_vector_get_column_type) X(duckdb_vector_get_data) X(duckdb_vector_get_validity) X(duckdb_vector_ensure_validity_writable) \
  X(duckdb_vector_assign_string_element_len) X(duckdb_list_vector_get_child) X(duckdb_struct_vector_get_child) X(duckdb_array_vector_get_child) \
  X(duckdb_create_scalar_function) X(duckdb_destroy_scalar_function) X(duckdb_scalar_function_set_name) \
  X(duckdb_scalar_function_add_parameter) X(duckdb_scalar_function_set_return_type) X(duckdb_scalar_function_set_extra_info) \
  X(duckdb_scalar_function_set_function) X(duckdb_scalar_function_set_special_handling) X(duckdb_register_scalar_function) \
  X(duckdb_scalar_function_get_extra_info) X(duckdb_scalar_function_set_error) \
  X(duckdb_create_aggregate_function) X(duckdb_destroy_aggregate_function) X(duckdb_aggregate_function_set_name) \
  X(duckdb_aggregate_function_add_parameter) X(duckdb_aggregate_function_set_return_type) X(duckdb_aggregate_function_set_functions) \
  X(duckdb_aggregate_function_set_destructor) X(duckdb_aggregate_function_set_special_handling) X(duckdb_register_aggregate_function) \
  X(duckdb_aggregate_function_set_extra_info) X(duckdb_aggregate_function_get_extra_info) X(duckdb_aggregate_function_set_error) \
  X(duckdb_get_profiling_info) X(duckdb_profiling_info_get_metrics) X(duckdb_profiling_info_get_child_count) X(duckdb_profiling_info_get_child)
// clang-format on

namespace tidemark::duckdb {

struct Api {
#define TIDEMARK_DUCKDB_POINTER(name) decltype(&::name) name = nullptr;
  TIDEMARK_DUCKDB_FUNCTIONS(TIDEMARK_DUCKDB_POINTER)
#undef TIDEMARK_DUCKDB_POINTER
};

// Owned C handles.
struct LogicalTypeDeleter {
  using pointer = duckdb_logical_type;
  void operator()(duckdb_logical_type type) const { api().duckdb_destroy_logical_type(&type); }
};
using LogicalType = std::unique_ptr<duckdb_logical_type, LogicalTypeDeleter>;

struct ValueDeleter {
  using pointer = duckdb_value;
  void operator()(duckdb_value value) const { api().duckdb_destroy_value(&value); }
};
using OwnedValue = std::unique_ptr<duckdb_value, ValueDeleter>;

struct ChunkDeleter {
  using pointer = duckdb_data_chunk;
  void operator()(duckdb_data_chunk chunk) const { api().duckdb_destroy_data_chunk(&chunk); }
};
using Chunk = std::unique_ptr<duckdb_data_chunk, ChunkDeleter>;

struct PreparedDeleter {
  using pointer = duckdb_prepared_statement;
  void operator()(duckdb_prepared_statement statement) const { api().duckdb_destroy_prepare(&statement); }
};
using Prepared = std::unique_ptr<duckdb_prepared_statement, PreparedDeleter>;

// A result, also one that holds an error.
class QueryResult {
 public:
  QueryResult() = default;
  QueryResult(QueryResult&& other) noexcept : raw_(other.raw_) { other.raw_ = {}; }
  QueryResult& operator=(QueryResult&& other) noexcept {
    std::swap(raw_, other.raw_);
    return *this;
  }
  ~QueryResult() {
    if (raw_.internal_data) api().duckdb_destroy_result(&raw_);
  }
  duckdb_result* get() { return &raw_; }

 private:
  duckdb_result raw_{};
};

// Takes a text that the engine allocated.
inline std::string take_text(char* text) {
  std::string copy = text ? text : "";
  if (text) api().duckdb_free(text);
  return copy;
}

}  // namespace tidemark::duckdb
