#include "adapter/duckdb/exact_aggregates.h"
namespace tidemark::duckdb {
void register_exact_aggregates(_duckdb_connection*) {}
std::string exact_aggregate_for(const std::string&) { return ""; }
}  // namespace tidemark::duckdb
