// DDL and DML that users write, carried out as commits to lake tables.
#include <fmt/format.h>

#include "adapter/lake/publish.h"
#include "adapter/lake/session.h"
#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;

constexpr const char* kScratch = "temp.main.\"__tm_target\"";

class LakeStatement {
 public:
  LakeStatement(LakeSession& session, const Statement& statement) : session_(session), statement_(statement) {}

  int64_t run() {
    session_.warehouse().require_present();
    switch (statement_.kind) {
      case StatementKind::kTransaction:
        return transaction();
      case StatementKind::kCreateTableAs:
        return create_table_as();
      case StatementKind::kCreateTable:
        return create_table();
      case StatementKind::kCreateView:
        return create_view();
      case StatementKind::kCreateSchema:
        return create_schema();
      case StatementKind::kDropTable:
        return drop(RelationType::kTable);
      case StatementKind::kDropView:
        return drop(RelationType::kView);
      case StatementKind::kDropSchema:
        return drop_schema();
      case StatementKind::kInsert:
        return insert();
      case StatementKind::kDelete:
        return remove_rows();
      case StatementKind::kUpdate:
      case StatementKind::kMerge:
        return in_scratch_table();
      case StatementKind::kTruncate:
        session_.truncate(existing(RelationType::kTable));
        return -1;
      case StatementKind::kRename:
        return rename();
      case StatementKind::kAlterTable:
        return alter();
      case StatementKind::kCommentOn:
        set_comment(session_.warehouse(), existing(std::nullopt), statement_.columns.empty() ? "" : statement_.columns[0], statement_.body);
        return -1;
      case StatementKind::kUnsupported:
      case StatementKind::kEngine:
        break;
    }
    unsupported(statement_.what, reason());
  }

 private:
  // ---- faults ----

  [[noreturn]] static void unsupported(const std::string& what, const std::string& why) {
    throw Error("TM4220", what + " is not supported on lake, because " + why)
        .hint("`type: duckdb` in profiles.yml runs all of DuckDB's SQL on a native database file");
  }

  std::string reason() const {
    const std::string& what = statement_.what;
    if (what.find("INDEX") != std::string::npos) return "Delta tables have no indexes";
    if (what.find("SEQUENCE") != std::string::npos) return "a warehouse of Delta tables keeps no sequences";
    if (what == "USE") return "names without a schema mean the schema of the profile";
    if (what.starts_with("COPY")) return "it would bypass the table's log; use INSERT INTO … SELECT * FROM read_csv('…') or read_parquet('…')";
    if (what.starts_with("WITH")) return "the statement is carried out in parts; move the common table expressions behind the verb";
    return "a commit to a Delta table cannot carry it out";
  }

  // ---- names ----

  Relation target() const {
    const auto relation = session_.warehouse().layout.resolve(statement_.target.parts);
    if (!relation) throw Error("TM4201", "'" + join(statement_.target.parts, ".") + "' is not in the warehouse " + session_.warehouse().layout.database());
    return *relation;
  }

  Relation existing(std::optional<RelationType> type) const {
    Relation relation = target();
    if (!relation.type) throw Error("TM4202", "there is no relation " + relation.render());
    if (type && relation.type != type)
      throw Error("TM4202", relation.render() + " is a " + std::string(to_string(*relation.type)) + ", not a " + std::string(to_string(*type)));
    return relation;
  }

  static std::string alias_columns(const std::string& select, const std::vector<std::string>& names) {
    if (names.empty()) return select;
    std::vector<std::string> quoted;
    for (const std::string& name : names) quoted.push_back(quote_identifier(name));
    return fmt::format("SELECT * FROM ({}) AS \"__tm_new\"({})", select, join(quoted, ", "));
  }

  static std::vector<std::string> names_of(const std::vector<ColumnType>& columns) {
    std::vector<std::string> names;
    for (const ColumnType& column : columns) names.push_back(column.name);
    return names;
  }

  // ---- DDL ----

  int64_t transaction() {
    if (statement_.body == "rollback" || statement_.body == "abort") {
      unsupported("ROLLBACK", "every statement commits by itself");
    }
    return -1;
  }

  // False where the statement has nothing to do.
  bool may_create(const Relation& relation, RelationType type) const {
    if (!relation.type) return true;
    if (statement_.if_not_exists) return false;
    if (statement_.or_replace && relation.type == type) return true;
    throw Error("TM4204", fmt::format("{} exists already as a {}", relation.render(), to_string(*relation.type)));
  }

  int64_t publish_select(const Relation& relation, const std::string& select, WriteMode mode, std::vector<ColumnType> columns, const std::string& operation,
                         std::optional<int64_t> expected_version = std::nullopt) {
    auto staged = session_.stage({.sql = select, .cluster_by = {}, .partition_folders = {}});
    PublishRequest request;
    request.target = relation;
    request.mode = mode;
    request.new_columns = std::move(columns);
    request.expected_version = expected_version;
    const bool keeps = operation != "CREATE TABLE";
    return publish_rows(session_.warehouse(), session_.engine(), std::move(staged), request,
                        {.keeps_description = keeps, .operation = operation, .delete_where = {}, .delete_alias = {}})
        .rows_inserted;
  }

  int64_t create_table_as() {
    const Relation relation = target();
    if (!may_create(relation, RelationType::kTable)) return 0;
    return publish_select(relation, alias_columns(statement_.body, statement_.columns), WriteMode::kReplace, {}, "CREATE TABLE");
  }

  int64_t create_table() {
    const Relation relation = target();
    if (!may_create(relation, RelationType::kTable)) return 0;
    duckdb::Connection& engine = session_.engine();
    engine.execute(fmt::format("CREATE OR REPLACE TEMP TABLE \"__tm_target\" {}", statement_.body));
    refuse_constraints("a constraint or default in CREATE TABLE");
    publish_select(relation, fmt::format("SELECT * FROM {}", kScratch), WriteMode::kReplace, {}, "CREATE TABLE");
    drop_scratch();
    return 0;
  }

  // Rather than promise what no reader and writer of the table would keep.
  void refuse_constraints(const std::string& what) {
    duckdb::Connection& engine = session_.engine();
    const int64_t constraints = engine.scalar("SELECT count(*) FROM duckdb_constraints() WHERE table_name = '__tm_target'").as_integer();
    const int64_t defaults =
        engine.scalar("SELECT count(*) FROM duckdb_columns() WHERE table_name = '__tm_target' AND column_default IS NOT NULL").as_integer();
    if (constraints + defaults == 0) return;
    drop_scratch();
    unsupported(what, "Delta tables written here keep none; test the data instead");
  }

  void drop_scratch() { session_.engine().execute(fmt::format("DROP TABLE IF EXISTS {}", kScratch)); }

  int64_t create_view() {
    const Relation relation = target();
    if (!may_create(relation, RelationType::kView)) return 0;
    session_.create_view(relation, {.sql = alias_columns(statement_.body, statement_.columns), .node_id = {}, .description = {}});
    return 0;
  }

  int64_t create_schema() {
    const auto [database, schema] = schema_name();
    if (session_.warehouse().layout.has_schema(schema) && !statement_.if_not_exists) throw Error("TM4204", "the schema " + schema + " exists already");
    session_.create_schema(database, schema);
    return 0;
  }

  std::pair<std::string, std::string> schema_name() const {
    const auto& parts = statement_.target.parts;
    return {parts.size() > 1 ? parts[parts.size() - 2] : std::string(), parts.back()};
  }

  int64_t drop_schema() {
    const auto [database, schema] = schema_name();
    const Layout& layout = session_.warehouse().layout;
    if (!layout.has_schema(schema)) {
      if (statement_.if_exists) return 0;
      throw Error("TM4203", "there is no schema " + schema);
    }
    if (!statement_.cascade && !layout.relations(schema).empty()) {
      throw Error("TM4204", "the schema " + schema + " is not empty").hint("DROP SCHEMA … CASCADE drops its relations too");
    }
    session_.drop_schema(database, schema);
    return 0;
  }

  int64_t drop(RelationType type) {
    if (!target().type && statement_.if_exists) return 0;
    session_.drop(existing(type));
    return 0;
  }

  int64_t rename() {
    const Relation from = existing(std::nullopt);
    Relation to = from;
    to.identifier = statement_.body;
    session_.rename(from, to);
    return 0;
  }

  int64_t alter() {
    if (!target().type && statement_.if_exists) return 0;
    const std::vector<sql::Token> tokens = sql::tokenize(statement_.body);
    for (size_t i = 0; i < tokens.size(); ++i) {
      const bool not_null = tokens[i].is("not") && i + 1 < tokens.size() && tokens[i + 1].is("null");
      for (const char* word : {"default", "constraint", "primary", "unique", "check", "foreign"}) {
        if (tokens[i].is(word) || not_null) unsupported("ALTER TABLE … " + to_upper(not_null ? "NOT NULL" : word), "Delta tables written here keep none");
      }
    }
    const Relation relation = existing(RelationType::kTable);
    return through_scratch(relation, fmt::format("ALTER TABLE {} {}", kScratch, statement_.body), "ALTER TABLE");
  }

  // ---- DML ----

  int64_t insert() {
    const Relation relation = existing(RelationType::kTable);
    const std::vector<ColumnType> columns = session_.columns(relation);
    std::string select = statement_.body;
    if (!statement_.by_name) {
      const std::vector<std::string> names = statement_.columns.empty() ? names_of(columns) : statement_.columns;
      const size_t given = session_.describe(select).size();
      if (given != names.size())
        throw Error("TM4206", fmt::format("INSERT INTO {}: the query gives {} columns for {}", relation.render(), given, names.size()));
      select = alias_columns(select, names);
    }
    for (const ColumnType& column : session_.describe(select)) {
      const bool known = std::ranges::any_of(columns, [&](const ColumnType& c) { return equals_ignore_case(c.name, column.name); });
      if (!known) throw Error("TM4206", fmt::format("INSERT INTO {}: there is no column '{}'", relation.render(), column.name));
    }
    return publish_select(relation, select, WriteMode::kAppend, columns, "WRITE");
  }

  // DELETE without USING rewrites the files that hold matching rows only.
  int64_t remove_rows() {
    const Relation relation = existing(RelationType::kTable);
    const std::vector<sql::Token> tokens = sql::tokenize(statement_.text);
    size_t at = 0;
    while (at < tokens.size() && tokens[at].end <= statement_.target.end) ++at;
    while (at < tokens.size() && !tokens[at].is("where") && !tokens[at].is("using")) ++at;
    if (at < tokens.size() && tokens[at].is("using")) return in_scratch_table();
    const std::string condition = at < tokens.size() ? statement_.text.substr(tokens[at].end) : "true";
    std::vector<Error> faults;
    PublishDetails details{.keeps_description = true, .operation = "DELETE", .delete_where = session_.prepare(condition, faults), .delete_alias = alias()};
    PublishRequest request;
    request.target = relation;
    request.new_columns = session_.columns(relation);
    auto staged = session_.stage({.sql = empty_select(request.new_columns), .cluster_by = {}, .partition_folders = {}});
    return publish_rows(session_.warehouse(), session_.engine(), std::move(staged), request, details).rows_deleted;
  }

  static std::string empty_select(const std::vector<ColumnType>& columns) {
    std::vector<ScanColumn> scan;
    for (const ColumnType& column : columns) scan.push_back({.name = column.name, .type = column.type});
    return scan_sql(scan, {});
  }

  std::string alias() const { return statement_.alias.empty() ? statement_.target.parts.back() : statement_.alias; }

  // The statement over a temporary copy of the table, which then replaces it.
  int64_t in_scratch_table() {
    const Relation relation = existing(RelationType::kTable);
    std::string text = statement_.text;
    std::string copy = kScratch;
    if (statement_.alias.empty()) copy += " AS " + quote_identifier(alias());
    text.replace(statement_.target.begin, statement_.target.end - statement_.target.begin, copy);
    const char* operation = statement_.kind == StatementKind::kUpdate ? "UPDATE" : statement_.kind == StatementKind::kMerge ? "MERGE" : "DELETE";
    return through_scratch(relation, text, operation);
  }

  int64_t through_scratch(const Relation& relation, const std::string& change, const std::string& operation) {
    const auto before = session_.state(relation);
    session_.execute(fmt::format("CREATE OR REPLACE TEMP TABLE \"__tm_target\" AS SELECT * FROM {}", relation.render()));
    std::vector<Error> faults;
    const int64_t rows = session_.engine().execute(session_.prepare(change, faults));
    if (rows != 0 || statement_.kind == StatementKind::kAlterTable) {
      publish_select(relation, fmt::format("SELECT * FROM {}", kScratch), WriteMode::kReplace, {}, operation, before->version);
    }
    drop_scratch();
    return rows;
  }

  LakeSession& session_;
  const Statement& statement_;
};

}  // namespace

int64_t execute_on_lake(LakeSession& session, const Statement& statement) { return LakeStatement(session, statement).run(); }

}  // namespace tidemark::lake_adapter
