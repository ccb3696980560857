// The session that takes the SQL of plans (DuckDB's) and runs it on Spark as Spark's. The embedded engine parses it, and reads
// footers of files; it reads no rows.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/spark/spark_printing.h"
#include "sql/sql_parser.h"

namespace tidemark::spark {

class SparkSession;

class PlanningSession : public Session {
 public:
  using OpenLocal = std::function<std::unique_ptr<Session>()>;

  PlanningSession(SparkSession& spark, OpenLocal open_local) : spark_(spark), open_local_(std::move(open_local)) {}
  ~PlanningSession() override;

  Session& local() override;
  SqlParser& parser() override;
  bool translates() const override { return true; }
  char quote_character() const override { return '`'; }
  std::string plan_type(const std::string& type) const override;
  std::string plan_text(const std::string& sql) override;
  std::vector<std::string> own_literals(const std::vector<std::string>& literals) override;

  Table query(const std::string& sql, int64_t row_limit) override;
  int64_t execute(const std::string& sql) override;
  std::vector<ColumnType> describe(const std::string& sql) override;
  std::unique_ptr<Staged> stage(const StageRequest& request) override;
  std::unique_ptr<Staged> stage_table(const Table& rows) override;
  std::vector<ColumnType> columns(const Relation& relation) override;
  std::optional<ViewDefinition> view(const Relation& relation) override;

  std::optional<Relation> find_relation(const Relation& name) override;
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override;
  std::vector<std::string> list_schemas(const std::string& database) override;
  std::optional<TableState> state(const Relation& relation) override;
  std::vector<TableCommit> history(const Relation& relation, int64_t limit) override;
  void create_schema(const std::string& database, const std::string& schema) override;
  void drop_schema(const std::string& database, const std::string& schema) override;
  void drop(const Relation& relation) override;
  void rename(const Relation& from, const Relation& to) override;
  void truncate(const Relation& relation) override;
  void create_view(const Relation& name, const ViewDefinition& view) override;
  PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) override;
  void interrupt() override;
  double progress() override;

 private:
  class Parser;

  std::string spark_sql(const std::string& planning);
  // Files that agree in names and types of their columns, each list in the order of the files.
  std::vector<FileKind> kinds(const std::vector<std::string>& files);
  void look_at(const std::vector<std::string>& files);

  SparkSession& spark_;
  OpenLocal open_local_;
  std::unique_ptr<Session> local_;
  std::unique_ptr<SqlParser> parser_;
  std::map<std::string, std::string> signatures_;           // of columns, by file
  std::map<std::string, std::vector<ColumnType>> columns_;  // by signature
};

}  // namespace tidemark::spark
