// What clients ask of the catalogue, in the columns that JDBC's DatabaseMetaData has.
#pragma once
#include <string>

#include "adapter/adapter.h"
#include "server/hiveserver2/local_rows.h"

namespace tidemark::server {

// % and _ as in LIKE, \ before one that stands for itself; no case. Empty: all.
bool matches_pattern(const std::string& pattern, const std::string& name);
// Spark's: * is anything, | separates alternatives.
bool matches_glob(const std::string& pattern, const std::string& name);

LocalRows catalogs_rows();
LocalRows schemas_rows(Session& session, const std::string& schema);
LocalRows tables_rows(Session& session, const std::string& schema, const std::string& table, const std::vector<std::string>& types);
LocalRows table_types_rows();
LocalRows columns_rows(Session& session, const std::string& schema, const std::string& table, const std::string& column);
LocalRows type_info_rows();
LocalRows functions_rows(const Json& names, const std::string& pattern);
LocalRows primary_keys_rows();  // none: Delta tables have no keys
LocalRows cross_reference_rows();

}  // namespace tidemark::server
