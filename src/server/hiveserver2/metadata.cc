#include "server/hiveserver2/metadata.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "server/hiveserver2/columns.h"

namespace tidemark::server {

namespace {

void set_type(std::vector<ColumnType>& columns, std::initializer_list<const char*> names, const char* type) {
  for (const char* name : names) {
    for (ColumnType& column : columns) {
      if (column.name == name) column.type = type;
    }
  }
}

std::string kind_of(const RelationInfo& info) { return info.relation.type == RelationType::kView ? "VIEW" : "TABLE"; }

struct Size {
  std::optional<int> digits, decimals, radix;
};

Size size_of(const HiveType& type) {
  using wire::TTypeId;
  switch (type.id) {
    case TTypeId::BOOLEAN:
      return {1, {}, {}};
    case TTypeId::TINYINT:
      return {3, 0, 10};
    case TTypeId::SMALLINT:
      return {5, 0, 10};
    case TTypeId::INT:
      return {10, 0, 10};
    case TTypeId::BIGINT:
      return {19, 0, 10};
    case TTypeId::FLOAT:
      return {7, 7, 10};
    case TTypeId::DOUBLE:
      return {15, 15, 10};
    case TTypeId::DECIMAL:
      return {type.precision, type.scale, 10};
    case TTypeId::DATE:
      return {10, {}, {}};
    case TTypeId::TIMESTAMP:
      return {29, 6, {}};
    default:
      return {};
  }
}

std::optional<std::string> digits(const std::optional<int>& number) {
  if (!number) return std::nullopt;
  return std::to_string(*number);
}

// `at`: of the pattern and of the name.
bool matches(std::string_view pattern, std::string_view name) {
  while (!pattern.empty()) {
    const char c = pattern.front();
    if (c == '%') {
      for (size_t skipped = 0; skipped <= name.size(); ++skipped) {
        if (matches(pattern.substr(1), name.substr(skipped))) return true;
      }
      return false;
    }
    if (c == '\\' && pattern.size() > 1) pattern.remove_prefix(1);
    if (name.empty() || (c != '_' && pattern.front() != name.front())) return false;
    pattern.remove_prefix(1);
    name.remove_prefix(1);
  }
  return name.empty();
}

// Without more %s than are needed: matching stays linear in practice.
std::string simplified(const std::string& pattern) {
  std::string out;
  for (const char c : pattern) {
    if (c != '%' || out.empty() || out.back() != '%') out += c;
  }
  return out;
}

}  // namespace

bool matches_pattern(const std::string& pattern, const std::string& name) {
  if (pattern.empty() || pattern == "%" || pattern == "*") return true;
  return pattern.size() <= 256 && matches(simplified(to_lower(pattern)), to_lower(name));
}

bool matches_glob(const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return true;
  for (const std::string& one : split(pattern, '|')) {
    std::string like;
    for (const char c : one) {
      if (c == '_' || c == '\\') like += '\\';
      like += c == '*' ? '%' : c;
    }
    if (matches_pattern(like, name)) return true;
  }
  return false;
}

LocalRows catalogs_rows() { return LocalRows(texts({"TABLE_CAT"})); }

LocalRows schemas_rows(Session& session, const std::string& schema) {
  LocalRows out(texts({"TABLE_SCHEM", "TABLE_CATALOG"}));
  for (const std::string& name : session.list_schemas("")) {
    if (matches_pattern(schema, name)) out.add({name, ""});
  }
  return out;
}

LocalRows tables_rows(Session& session, const std::string& schema, const std::string& table, const std::vector<std::string>& types) {
  LocalRows out(texts({"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "TABLE_TYPE", "REMARKS", "TYPE_CAT", "TYPE_SCHEM", "TYPE_NAME", "SELF_REFERENCING_COL_NAME",
                       "REF_GENERATION"}));
  for (const std::string& of : session.list_schemas("")) {
    if (!matches_pattern(schema, of)) continue;
    for (const RelationInfo& info : session.list_relations("", of)) {
      const std::string kind = kind_of(info);
      if (!types.empty() && std::find(types.begin(), types.end(), kind) == types.end()) continue;
      if (!matches_pattern(table, info.relation.identifier)) continue;
      out.add({"", of, info.relation.identifier, kind, info.comment, std::nullopt, std::nullopt, std::nullopt, std::nullopt, std::nullopt});
    }
  }
  return out;
}

LocalRows table_types_rows() {
  LocalRows out(texts({"TABLE_TYPE"}));
  out.add({"TABLE"});
  out.add({"VIEW"});
  return out;
}

LocalRows columns_rows(Session& session, const std::string& schema, const std::string& table, const std::string& column) {
  std::vector<ColumnType> columns =
      texts({"TABLE_CAT",        "TABLE_SCHEM",    "TABLE_NAME",    "COLUMN_NAME",  "DATA_TYPE",   "TYPE_NAME",        "COLUMN_SIZE",      "BUFFER_LENGTH",
             "DECIMAL_DIGITS",   "NUM_PREC_RADIX", "NULLABLE",      "REMARKS",      "COLUMN_DEF",  "SQL_DATA_TYPE",    "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH",
             "ORDINAL_POSITION", "IS_NULLABLE",    "SCOPE_CATALOG", "SCOPE_SCHEMA", "SCOPE_TABLE", "SOURCE_DATA_TYPE", "IS_AUTO_INCREMENT"});
  set_type(columns,
           {"DATA_TYPE", "COLUMN_SIZE", "DECIMAL_DIGITS", "NUM_PREC_RADIX", "NULLABLE", "SQL_DATA_TYPE", "SQL_DATETIME_SUB", "CHAR_OCTET_LENGTH",
            "ORDINAL_POSITION"},
           "INTEGER");
  set_type(columns, {"BUFFER_LENGTH"}, "TINYINT");
  set_type(columns, {"SOURCE_DATA_TYPE"}, "SMALLINT");
  LocalRows out(std::move(columns));
  for (const std::string& of : session.list_schemas("")) {
    if (!matches_pattern(schema, of)) continue;
    for (const RelationInfo& info : session.list_relations("", of)) {
      if (!matches_pattern(table, info.relation.identifier)) continue;
      std::vector<ColumnType> found;
      try {
        found = session.columns(info.relation);
      } catch (const Error&) {
        continue;  // a view over files that are gone hides no other table
      }
      for (size_t i = 0; i < found.size(); ++i) {
        if (!matches_pattern(column, found[i].name)) continue;
        const HiveType type = hive_type(found[i].type);
        const Size size = size_of(type);
        out.add({"",
                 of,
                 info.relation.identifier,
                 found[i].name,
                 std::to_string(type.jdbc),
                 to_upper(type.name),
                 digits(size.digits),
                 std::nullopt,
                 digits(size.decimals),
                 digits(size.radix),
                 "1",
                 "",
                 std::nullopt,
                 std::nullopt,
                 std::nullopt,
                 std::nullopt,
                 std::to_string(i + 1),
                 "YES",
                 std::nullopt,
                 std::nullopt,
                 std::nullopt,
                 std::nullopt,
                 "NO"});
      }
    }
  }
  return out;
}

LocalRows type_info_rows() {
  std::vector<ColumnType> columns = texts({"TYPE_NAME", "DATA_TYPE", "PRECISION", "LITERAL_PREFIX", "LITERAL_SUFFIX", "CREATE_PARAMS", "NULLABLE",
                                           "CASE_SENSITIVE", "SEARCHABLE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE", "AUTO_INCREMENT", "LOCAL_TYPE_NAME",
                                           "MINIMUM_SCALE", "MAXIMUM_SCALE", "SQL_DATA_TYPE", "SQL_DATETIME_SUB", "NUM_PREC_RADIX"});
  set_type(columns, {"DATA_TYPE", "PRECISION", "SQL_DATA_TYPE", "SQL_DATETIME_SUB", "NUM_PREC_RADIX"}, "INTEGER");
  set_type(columns, {"NULLABLE", "SEARCHABLE", "MINIMUM_SCALE", "MAXIMUM_SCALE"}, "SMALLINT");
  set_type(columns, {"CASE_SENSITIVE", "UNSIGNED_ATTRIBUTE", "FIXED_PREC_SCALE", "AUTO_INCREMENT"}, "BOOLEAN");
  LocalRows out(std::move(columns));
  for (const char* name : {"BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "FLOAT", "DOUBLE", "VARCHAR", "TIMESTAMP", "DATE", "BLOB", "DECIMAL(38,18)",
                           "INTEGER[]", "MAP(VARCHAR, INTEGER)", "STRUCT(a INTEGER)"}) {
    const HiveType type = hive_type(name);
    const Size size = size_of(type);
    const bool is_number = size.radix.has_value();
    out.add({to_upper(type.name.substr(0, type.name.find('('))), std::to_string(type.jdbc), digits(size.digits), std::nullopt, std::nullopt, std::nullopt, "1",
             "true", "3", "false", "false", "false", std::nullopt, "0", is_number ? digits(size.decimals) : "0", std::nullopt, std::nullopt,
             digits(size.radix)});
  }
  return out;
}

LocalRows functions_rows(const Json& names, const std::string& pattern) {
  std::vector<ColumnType> columns = texts({"FUNCTION_CAT", "FUNCTION_SCHEM", "FUNCTION_NAME", "REMARKS", "FUNCTION_TYPE", "SPECIFIC_NAME"});
  set_type(columns, {"FUNCTION_TYPE"}, "INTEGER");
  LocalRows out(std::move(columns));
  for (const Json& name : names) {
    const std::string text = name.get<std::string>();
    if (matches_pattern(pattern, text)) out.add({std::nullopt, std::nullopt, text, "", "1", text});
  }
  return out;
}

LocalRows primary_keys_rows() { return LocalRows(texts({"TABLE_CAT", "TABLE_SCHEM", "TABLE_NAME", "COLUMN_NAME", "KEY_SEQ", "PK_NAME"})); }

LocalRows cross_reference_rows() {
  return LocalRows(texts({"PKTABLE_CAT", "PKTABLE_SCHEM", "PKTABLE_NAME", "PKCOLUMN_NAME", "FKTABLE_CAT", "FKTABLE_SCHEM", "FKTABLE_NAME", "FKCOLUMN_NAME",
                          "KEY_SEQ", "UPDATE_RULE", "DELETE_RULE", "FK_NAME", "PK_NAME", "DEFERRABILITY"}));
}

}  // namespace tidemark::server
