#include "adapter/spark/planning_session.h"

#include <fmt/format.h>

#include "adapter/spark/spark_reading.h"
#include "adapter/spark/spark_session.h"
#include "adapter/table.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/file_scan.h"
#include "sql/tree.h"

namespace tidemark::spark {
namespace {

constexpr size_t kFilesAQuery = 500;
constexpr const char* kUnread = "the planner does not read this: ";  // in front of a text: no parser takes it for SQL

std::string file_list(const std::vector<std::string>& files) {
  std::vector<std::string> out;
  for (const std::string& file : files) out.push_back(sql::file_literal(file));
  return "[" + join(out, ", ") + "]";
}

std::vector<ColumnType> in_planning_types(std::vector<ColumnType> columns) {
  for (ColumnType& column : columns) column.type = planning_type(column.type);
  return columns;
}

}  // namespace

// The embedded engine's parser; what a text gives, Spark tells.
class PlanningSession::Parser : public SqlParser {
 public:
  explicit Parser(PlanningSession& session) : session_(session) {}
  Json parse(const std::string& sql) override { return own().parse(with_plain_names(sql)); }
  std::string print(const Json& tree) override { return own().print(tree); }
  std::vector<ColumnType> describe(const std::string& sql) override { return session_.describe(sql); }
  Json with_column_names(const Json& tree, const std::vector<ColumnType>& columns) override { return own().with_column_names(tree, columns); }
  std::vector<std::string> table_names(const std::string& sql) override { return own().table_names(with_plain_names(sql)); }
  std::optional<FunctionInfo> function(const std::string& name) override { return own().function(name); }

 private:
  SqlParser& own() { return session_.local().parser(); }
  PlanningSession& session_;
};

PlanningSession::~PlanningSession() = default;

Session& PlanningSession::local() {
  if (!local_) local_ = open_local_();
  return *local_;
}

SqlParser& PlanningSession::parser() {
  if (!parser_) parser_ = std::make_unique<Parser>(*this);
  return *parser_;
}

std::string PlanningSession::plan_type(const std::string& type) const { return planning_type(type); }

std::string PlanningSession::plan_text(const std::string& sql) {
  try {
    return planning_text(sql);
  } catch (const Error& error) {
    if (error.code() != "TM4130") throw;
    return kUnread + error.message() + "\n" + sql;
  }
}

std::vector<std::string> PlanningSession::own_literals(const std::vector<std::string>& literals) {
  if (literals.empty()) return {};
  const Json tree = parser().parse("SELECT " + join(literals, ", "));
  std::vector<std::string> out;
  for (const Json& item : sql::statement_node(tree).at("select_list")) out.push_back(spark_expression(item));
  return out;
}

std::string PlanningSession::spark_sql(const std::string& planning) {
  return spark_text(parser().parse(planning), [this](const std::vector<std::string>& files) { return kinds(files); });
}

void PlanningSession::look_at(const std::vector<std::string>& files) {
  std::vector<std::string> unknown;
  for (const std::string& file : files) {
    if (!signatures_.contains(file)) unknown.push_back(file);
  }
  for (size_t first = 0; first < unknown.size(); first += kFilesAQuery) {
    const std::vector<std::string> some(unknown.begin() + static_cast<std::ptrdiff_t>(first),
                                        unknown.begin() + static_cast<std::ptrdiff_t>(std::min(first + kFilesAQuery, unknown.size())));
    const Table footers =
        local().query(fmt::format("SELECT file_name, md5(string_agg(concat_ws('|', name, type, num_children, converted_type, scale, precision, logical_type, "
                                  "duckdb_type), chr(10) ORDER BY column_id)), "
                                  "max(type = 'INT96') FROM parquet_schema({}) WHERE column_id > 0 GROUP BY file_name",
                                  file_list(some)));
    for (const Row& row : footers.rows) {
      // The two engines do not agree on what they are.
      if (row[2].kind() == ValueKind::kBool && row[2].as_bool())
        throw Error("TM4420", fmt::format("a scan of '{}', which holds INT96 times, has no form in Spark's SQL here", row[0].text()));
      signatures_[row[0].text()] = row[1].text();
    }
  }
}

std::vector<FileKind> PlanningSession::kinds(const std::vector<std::string>& files) {
  look_at(files);
  std::vector<FileKind> out;
  std::map<std::string, size_t> places;
  for (const std::string& file : files) {
    const std::string& signature = signatures_.at(file);
    if (!columns_.contains(signature)) {
      columns_[signature] = local().describe(fmt::format("SELECT * FROM read_parquet({}, hive_partitioning = false)", file_list({file})));
    }
    const auto [place, is_new] = places.emplace(signature, out.size());
    if (is_new) out.push_back({columns_[signature], {}});
    out[place->second].files.push_back(file);
  }
  return out;
}

Table PlanningSession::query(const std::string& sql, int64_t row_limit) { return spark_.query(spark_sql(sql), row_limit); }
int64_t PlanningSession::execute(const std::string& sql) { return spark_.execute(spark_sql(sql)); }
std::vector<ColumnType> PlanningSession::describe(const std::string& sql) { return in_planning_types(spark_.describe(spark_sql(sql))); }
std::vector<ColumnType> PlanningSession::columns(const Relation& relation) { return in_planning_types(spark_.columns(relation)); }

std::unique_ptr<Staged> PlanningSession::stage(const StageRequest& request) {
  StageRequest own = request;
  own.sql = spark_sql(request.sql);
  return spark_.stage(own);
}

std::optional<ViewDefinition> PlanningSession::view(const Relation& relation) {
  std::optional<ViewDefinition> out = spark_.view(relation);
  if (out) out->sql = plan_text(out->sql);
  return out;
}

std::unique_ptr<Staged> PlanningSession::stage_table(const Table& rows) { return spark_.stage_table(rows); }
std::optional<Relation> PlanningSession::find_relation(const Relation& name) { return spark_.find_relation(name); }
std::vector<RelationInfo> PlanningSession::list_relations(const std::string& database, const std::string& schema) {
  return spark_.list_relations(database, schema);
}
std::vector<std::string> PlanningSession::list_schemas(const std::string& database) { return spark_.list_schemas(database); }
std::optional<TableState> PlanningSession::state(const Relation& relation) { return spark_.state(relation); }
std::vector<TableCommit> PlanningSession::history(const Relation& relation, int64_t limit) { return spark_.history(relation, limit); }
void PlanningSession::create_schema(const std::string& database, const std::string& schema) { spark_.create_schema(database, schema); }
void PlanningSession::drop_schema(const std::string& database, const std::string& schema) { spark_.drop_schema(database, schema); }
void PlanningSession::drop(const Relation& relation) { spark_.drop(relation); }
void PlanningSession::rename(const Relation& from, const Relation& to) { spark_.rename(from, to); }
void PlanningSession::truncate(const Relation& relation) { spark_.truncate(relation); }
void PlanningSession::create_view(const Relation& name, const ViewDefinition& view) { spark_.create_view(name, view); }
PublishResult PlanningSession::publish(std::unique_ptr<Staged> staged, const PublishRequest& request) { return spark_.publish(std::move(staged), request); }
void PlanningSession::interrupt() { spark_.interrupt(); }
double PlanningSession::progress() { return spark_.progress(); }

}  // namespace tidemark::spark
