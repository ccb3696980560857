// {{ adapter }}: dbt's methods on the adapter's Session.
#include <algorithm>
#include <array>

#include "adapter/table.h"
#include "compile/compile_scope.h"
#include "compile/table_object.h"
#include "jinja/environment.h"
#include "resolve/column_object.h"
#include "resolve/members.h"
#include "resolve/relation_object.h"

namespace tidemark::compile {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;
using resolve::expect_relation;
using resolve::text_or_empty;

// An AdapterResponse: prints as its message.
class Response : public resolve::Members {
 public:
  Response(std::string message, int64_t rows) : Members("AdapterResponse"), message_(std::move(message)) {
    set("_message", Value(message_));
    set("code", Value(message_));
    set("rows_affected", Value(rows));
  }
  std::string text() const override { return message_; }

 private:
  std::string message_;
};

Value response(int64_t rows) { return jinja::make_ref<Response>("OK", rows); }

Value execute(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("sql, auto_begin=False, fetch=False, limit=none");
  const Bound bound = signature.bind("adapter.execute", args);
  const std::string& sql = bound[0].expect_string("the SQL in adapter.execute()");
  Session& session = scope.session(context, "execute");
  if (jinja::truthy(bound[2])) {
    const Table table = session.query(sql, bound[3].is_none() ? -1 : bound[3].expect_int("limit"));
    TablePtr data = from_engine(table);
    const auto rows = static_cast<int64_t>(data->rows.size());
    scope.host().relations_changed();
    return Value::tuple({response(rows), make_table(std::move(data))});
  }
  const int64_t rows = session.execute(sql);
  scope.host().relations_changed();
  return Value::tuple({response(rows), make_empty_table()});
}

Value columns_value(const CompileScope& scope, const std::vector<ColumnType>& columns) {
  std::vector<Value> out;
  for (const ColumnType& column : columns) out.push_back(resolve::make_column(column.name, column.type, scope.shared().target.quote_character));
  return Value::list(std::move(out));
}

Value relation_or_none(const std::optional<Relation>& relation) { return relation ? resolve::make_relation(*relation) : Value::none(); }

Relation named(const CompileScope& scope, const Value& database, const Value& schema, const Value& identifier) {
  Relation name;
  name.database = text_or_empty(database, "database");
  name.schema = text_or_empty(schema, "schema");
  name.identifier = text_or_empty(identifier, "identifier");
  return scope.with_quoting(std::move(name));
}

Value get_relation(CompileScope& scope, CallContext&, const Args& args) {
  static const Signature signature("database, schema, identifier");
  const Bound bound = signature.bind("adapter.get_relation", args);
  return relation_or_none(scope.host().find_relation(named(scope, bound[0], bound[1], bound[2])));
}

Value load_relation(CompileScope& scope, CallContext&, const Args& args) {
  static const Signature signature("relation");
  return relation_or_none(scope.host().find_relation(expect_relation(signature.bind("adapter.load_relation", args)[0], "load_relation()'s argument")));
}

Value get_columns_in_relation(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("relation");
  const Relation relation = expect_relation(signature.bind("adapter.get_columns_in_relation", args)[0], "get_columns_in_relation()'s argument");
  Session& session = scope.session(context, "get_columns_in_relation");
  if (!relation.expression.empty()) return columns_value(scope, session.describe("select * from " + relation.render()));
  return columns_value(scope, session.columns(relation));
}

Value get_missing_columns(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("from_relation, to_relation");
  const Bound bound = signature.bind("adapter.get_missing_columns", args);
  Session& session = scope.session(context, "get_missing_columns");
  const std::vector<ColumnType> known = session.columns(expect_relation(bound[1], "to_relation"));
  std::vector<ColumnType> missing;
  for (const ColumnType& column : session.columns(expect_relation(bound[0], "from_relation"))) {
    if (std::none_of(known.begin(), known.end(), [&](const ColumnType& other) { return other.name == column.name; })) missing.push_back(column);
  }
  return columns_value(scope, missing);
}

Value get_column_schema_from_query(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("sql");
  const Bound bound = signature.bind("adapter.get_column_schema_from_query", args);
  return columns_value(scope, scope.session(context, "get_column_schema_from_query").describe(bound[0].expect_string("sql")));
}

Value create_schema(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("relation");
  const Relation relation = expect_relation(signature.bind("adapter.create_schema", args)[0], "create_schema()'s argument");
  scope.session(context, "create_schema").create_schema(relation.database, relation.schema);
  return Value("");
}

Value drop_schema(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("relation");
  const Relation relation = expect_relation(signature.bind("adapter.drop_schema", args)[0], "drop_schema()'s argument");
  scope.session(context, "drop_schema").drop_schema(relation.database, relation.schema);
  scope.host().relations_changed();
  return Value("");
}

// A relation as a drop or rename wants it: with its type, looked up where the template did not say.
std::optional<Relation> typed(CompileScope& scope, Relation relation) {
  if (relation.type) return relation;
  return scope.host().find_relation(relation);
}

Value drop_relation(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("relation");
  const std::optional<Relation> relation = typed(scope, expect_relation(signature.bind("adapter.drop_relation", args)[0], "drop_relation()'s argument"));
  if (relation) scope.session(context, "drop_relation").drop(*relation);
  scope.host().relations_changed();
  return Value("");
}

Value truncate_relation(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("relation");
  scope.session(context, "truncate_relation").truncate(expect_relation(signature.bind("adapter.truncate_relation", args)[0], "truncate_relation()'s argument"));
  return Value("");
}

Value rename_relation(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("from_relation, to_relation");
  const Bound bound = signature.bind("adapter.rename_relation", args);
  const std::optional<Relation> from = typed(scope, expect_relation(bound[0], "from_relation"));
  if (!from) throw Error("TM2104", fmt::format("there is no relation {} to rename", jinja::to_text(bound[0])));
  scope.session(context, "rename_relation").rename(*from, expect_relation(bound[1], "to_relation"));
  scope.host().relations_changed();
  return Value("");
}

Value list_schemas(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("database=none");
  const Bound bound = signature.bind("adapter.list_schemas", args);
  return Value::strings(scope.session(context, "list_schemas").list_schemas(text_or_empty(bound[0], "database")));
}

Value check_schema_exists(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("database, schema");
  const Bound bound = signature.bind("adapter.check_schema_exists", args);
  const std::vector<std::string> schemas = scope.session(context, "check_schema_exists").list_schemas(text_or_empty(bound[0], "database"));
  return Value(std::find(schemas.begin(), schemas.end(), text_or_empty(bound[1], "schema")) != schemas.end());
}

Value already_exists(CompileScope& scope, CallContext&, const Args& args) {
  static const Signature signature("schema, name");
  const Bound bound = signature.bind("adapter.already_exists", args);
  return Value(scope.host().find_relation(named(scope, Value(scope.shared().target.database), bound[0], bound[1])).has_value());
}

Value list_relations_in(CompileScope& scope, CallContext& context, const std::string& database, const std::string& schema) {
  std::vector<Value> out;
  for (RelationInfo& info : scope.session(context, "list_relations").list_relations(database, schema))
    out.push_back(resolve::make_relation(std::move(info.relation)));
  return Value::list(std::move(out));
}

Value list_relations(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("database, schema");
  const Bound bound = signature.bind("adapter.list_relations", args);
  return list_relations_in(scope, context, text_or_empty(bound[0], "database"), text_or_empty(bound[1], "schema"));
}

Value list_relations_without_caching(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("schema_relation");
  const Relation relation = expect_relation(signature.bind("adapter.list_relations_without_caching", args)[0], "schema_relation");
  return list_relations_in(scope, context, relation.database, relation.schema);
}

Value get_incremental_strategy_macro(CompileScope& scope, CallContext& context, const Args& args) {
  static const Signature signature("model_context, strategy");
  const std::string strategy = jinja::to_text(signature.bind("adapter.get_incremental_strategy_macro", args)[1]);
  std::string name = "get_incremental_" + strategy + "_sql";
  std::replace(name.begin(), name.end(), '+', '_');
  if (std::optional<Value> macro = scope.find_macro(name, context.origin())) return *macro;
  throw Error("TM2105", fmt::format("incremental strategy '{}' needs a macro '{}'", strategy, name));
}

Value nothing(CompileScope&, CallContext&, const Args&) { return Value(""); }
Value none(CompileScope&, CallContext&, const Args&) { return Value::none(); }
Value no(CompileScope&, CallContext&, const Args&) { return Value(false); }

Value valid_incremental_strategies(CompileScope&, CallContext&, const Args&) {
  return Value::strings({"append", "delete+insert", "merge", "insert_overwrite", "microbatch"});
}

Value external_root(CompileScope& scope, CallContext&, const Args&) {
  const Json root = scope.shared().target.values.value("external_root", Json("."));
  return Value(root.is_string() ? root.get<std::string>() : ".");
}

Value standardize_grants(CompileScope&, CallContext&, const Args&) { return Value::dict(); }

using Method = Value (*)(CompileScope&, CallContext&, const Args&);
struct NamedMethod {
  std::string_view name;
  Method method;
};

constexpr std::array<NamedMethod, 35> kMethods{{
    {"execute", execute},
    {"get_relation", get_relation},
    {"load_relation", load_relation},
    {"get_columns_in_relation", get_columns_in_relation},
    {"get_missing_columns", get_missing_columns},
    {"get_column_schema_from_query", get_column_schema_from_query},
    {"create_schema", create_schema},
    {"drop_schema", drop_schema},
    {"drop_relation", drop_relation},
    {"truncate_relation", truncate_relation},
    {"rename_relation", rename_relation},
    {"list_schemas", list_schemas},
    {"check_schema_exists", check_schema_exists},
    {"already_exists", already_exists},
    {"list_relations", list_relations},
    {"list_relations_without_caching", list_relations_without_caching},
    {"get_incremental_strategy_macro", get_incremental_strategy_macro},
    {"valid_incremental_strategies", valid_incremental_strategies},
    {"expand_target_column_types", nothing},
    {"cache_added", nothing},
    {"cache_dropped", nothing},
    {"cache_renamed", nothing},
    {"commit", nothing},
    {"commit_if_has_connection", nothing},
    {"verify_database", nothing},
    {"warn_once", nothing},
    {"build_catalog_relation", none},
    {"parse_index", none},
    {"is_motherduck", no},
    {"is_ducklake", no},
    {"disable_transactions", no},
    {"location_exists", no},
    {"external_root", external_root},
    {"standardize_grants_dict", standardize_grants},
    {"is_replaceable", no},
}};

}  // namespace

Value call_adapter(CompileScope& scope, CallContext& context, std::string_view name, const Args& args) {
  std::vector<std::string> known{"dispatch", "quote", "type"};
  for (const NamedMethod& entry : kMethods) {
    if (entry.name == name) return entry.method(scope, context, args);
    known.emplace_back(entry.name);
  }
  Error error("TM2107", fmt::format("adapter has no method '{}'", name));
  if (const std::string near = nearest_name(name, known); !near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

}  // namespace tidemark::compile
