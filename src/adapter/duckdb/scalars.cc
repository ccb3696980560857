// C++ functions as scalar functions of SQL.
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/reader.h"
#include "adapter/duckdb/state.h"
#include "base/error.h"

namespace tidemark::duckdb {
namespace {

struct Registered {
  Connection::ScalarFunction function;
  std::vector<TypeTree> types;
  duckdb_type return_type;
};

constexpr std::pair<const char*, duckdb_type> kTypes[] = {
    {"BOOLEAN", DUCKDB_TYPE_BOOLEAN}, {"BIGINT", DUCKDB_TYPE_BIGINT}, {"DOUBLE", DUCKDB_TYPE_DOUBLE},       {"VARCHAR", DUCKDB_TYPE_VARCHAR},
    {"BLOB", DUCKDB_TYPE_BLOB},       {"DATE", DUCKDB_TYPE_DATE},     {"TIMESTAMP", DUCKDB_TYPE_TIMESTAMP},
};

duckdb_type simple_type(const std::string& name) {
  for (const auto& [known, type] : kTypes) {
    if (name == known) return type;
  }
  throw Error("TM4120", "scalar functions take BOOLEAN, BIGINT, DOUBLE, VARCHAR, BLOB, DATE and TIMESTAMP, not " + name);
}

void set_null(duckdb_vector vector, idx_t row) {
  api().duckdb_vector_ensure_validity_writable(vector);
  api().duckdb_vector_get_validity(vector)[row / 64] &= ~(uint64_t{1} << (row % 64));
}

void write(duckdb_vector vector, idx_t row, duckdb_type type, const Value& value) {
  if (value.is_null()) return set_null(vector, row);
  void* data = api().duckdb_vector_get_data(vector);
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
      static_cast<bool*>(data)[row] = value.as_bool();
      break;
    case DUCKDB_TYPE_BIGINT:
      static_cast<int64_t*>(data)[row] = value.as_integer();
      break;
    case DUCKDB_TYPE_DOUBLE:
      static_cast<double*>(data)[row] = value.as_double();
      break;
    case DUCKDB_TYPE_DATE:
      static_cast<int32_t*>(data)[row] = static_cast<int32_t>(value.as_integer());
      break;
    case DUCKDB_TYPE_TIMESTAMP:
      static_cast<int64_t*>(data)[row] = value.as_moment().micros;
      break;
    default:
      api().duckdb_vector_assign_string_element_len(vector, row, value.as_string().data(), value.as_string().size());
      break;
  }
}

// NULL handling by the engine: rows with a NULL argument are overwritten with NULL afterwards.
void call(duckdb_function_info info, duckdb_data_chunk input, duckdb_vector output) {
  const Api& duck = api();
  auto* registered = static_cast<const Registered*>(duck.duckdb_scalar_function_get_extra_info(info));
  try {
    ZoneOffset utc = [](int64_t) { return 0; };
    std::vector<BoundVector> vectors;
    vectors.reserve(registered->types.size());
    for (idx_t i = 0; i < registered->types.size(); ++i) vectors.emplace_back(registered->types[i], duck.duckdb_data_chunk_get_vector(input, i), utc);
    std::vector<Value> arguments(vectors.size());
    for (idx_t row = 0; row < duck.duckdb_data_chunk_get_size(input); ++row) {
      bool has_null = false;
      for (size_t i = 0; i < vectors.size(); ++i) {
        arguments[i] = vectors[i].at(row);
        has_null |= arguments[i].is_null();
      }
      write(output, row, registered->return_type, has_null ? Value() : registered->function(arguments));
    }
  } catch (const std::exception& fault) {
    duck.duckdb_scalar_function_set_error(info, fault.what());
  }
}

}  // namespace

void Connection::register_scalar(const std::string& name, const std::vector<std::string>& types, const std::string& return_type, ScalarFunction function) {
  const Api& duck = api();
  auto registered = std::make_unique<Registered>();
  registered->function = std::move(function);
  registered->return_type = simple_type(return_type);
  duckdb_scalar_function raw = duck.duckdb_create_scalar_function();
  auto destroy = [](_duckdb_scalar_function* f) { api().duckdb_destroy_scalar_function(&f); };
  std::unique_ptr<_duckdb_scalar_function, decltype(destroy)> owned(raw, destroy);
  duck.duckdb_scalar_function_set_name(raw, name.c_str());
  for (const auto& type : types) {
    LogicalType logical(duck.duckdb_create_logical_type(simple_type(type)));
    duck.duckdb_scalar_function_add_parameter(raw, logical.get());
    registered->types.push_back(read_type(logical.get()));
  }
  LogicalType result(duck.duckdb_create_logical_type(registered->return_type));
  duck.duckdb_scalar_function_set_return_type(raw, result.get());
  duck.duckdb_scalar_function_set_function(raw, call);
  duck.duckdb_scalar_function_set_extra_info(raw, registered.release(), [](void* data) { delete static_cast<Registered*>(data); });
  if (duck.duckdb_register_scalar_function(state_->handle, raw) != DuckDBSuccess) throw Error("TM4119", "the function " + name + " cannot be registered");
}

}  // namespace tidemark::duckdb
