// One thread's work on a Spark Thrift server: one connection, kept over the run.
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/spark/planning_session.h"
#include "adapter/spark/spark_adapter.h"
#include "base/error.h"
#include "thrift/client.h"

namespace tidemark::spark {

// What a server says of a relation in one answer.
struct RelationFacts {
  RelationType type = RelationType::kTable;
  std::string format;  // "delta", "parquet"; of a view: empty
  std::string view_sql;
  std::vector<ColumnType> columns;
  std::vector<std::string> partition_columns;
};

// What all sessions share.
struct Cluster {
  explicit Cluster(SparkOptions given) : options(std::move(given)) {}

  SparkOptions options;
  std::mutex mutex;
  std::optional<bool> has_delta;  // found by the first session that needs it
  // By name, asked once until a statement changes the relation; no facts: there is none.
  std::map<std::string, std::optional<RelationFacts>> relations;
  std::map<std::string, std::optional<TableState>> states;
  PlanningSession::OpenLocal open_local;
};

class SparkStaged : public Staged {
 public:
  SparkStaged(std::string view, std::string sql, std::vector<ColumnType> columns, int session)
      : view_(std::move(view)), sql_(std::move(sql)), columns_(std::move(columns)), session_(session) {}

  const std::vector<ColumnType>& columns() const override { return columns_; }
  int64_t rows() const override { return -1; }  // not computed yet
  int64_t bytes() const override { return -1; }
  std::string scan() const override { return view_; }
  const std::string& sql() const { return sql_; }
  int session() const { return session_; }  // the client's, whose temporary view it is

 private:
  std::string view_;
  std::string sql_;
  std::vector<ColumnType> columns_;
  int session_;
};

class SparkSession : public Session {
 public:
  explicit SparkSession(std::shared_ptr<Cluster> cluster) : cluster_(std::move(cluster)), client_(cluster_->options.server) {}

  Table query(const std::string& sql, int64_t row_limit) override;
  int64_t execute(const std::string& sql) override;
  std::vector<ColumnType> describe(const std::string& sql) override;

  Session& planning() override;
  Session& local() override { return planning().local(); }
  bool translates() const override { return true; }
  std::string plan_text(const std::string& sql) override { return planning().plan_text(sql); }
  std::vector<std::string> own_literals(const std::vector<std::string>& literals) override { return planning().own_literals(literals); }
  char quote_character() const override { return '`'; }
  std::string plan_type(const std::string& type) const override;

  std::optional<Relation> find_relation(const Relation& name) override;
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override;
  std::vector<std::string> list_schemas(const std::string& database) override;
  std::vector<ColumnType> columns(const Relation& relation) override;
  std::optional<TableState> state(const Relation& relation) override;  // as it was when first asked, unless it was written since
  std::optional<TableState> state_now(const Relation& relation);
  std::vector<TableCommit> history(const Relation& relation, int64_t limit) override;
  std::optional<ViewDefinition> view(const Relation& relation) override;

  void create_schema(const std::string& database, const std::string& schema) override;
  void drop_schema(const std::string& database, const std::string& schema) override;
  void drop(const Relation& relation) override;
  void rename(const Relation& from, const Relation& to) override;
  void truncate(const Relation& relation) override;
  void create_view(const Relation& name, const ViewDefinition& view) override;

  std::unique_ptr<Staged> stage(const StageRequest& request) override;
  std::unique_ptr<Staged> stage_table(const Table& rows) override;
  PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) override;

  void interrupt() override { cancelled_ = true; }
  double progress() override { return progress_; }

  // For what publishes.
  std::string format_of_new_tables();
  std::optional<RelationFacts> facts(const Relation& relation);
  void forget(const Relation& relation);  // it has changed, or will
  // A statement of this program's own. With `commit` a Delta table's commit carries it: data and what describes them become
  // visible together. Without, the commit carries nothing. A connection lost meanwhile is no fault where the commit is there.
  void run(const std::string& sql);
  void run_commit(const Relation& table, const std::string& sql, const Json& commit);
  void carry_nothing();

 private:
  thrift::StatementOptions options(bool only_reads);
  Relation full_name(const Relation& name) const;
  [[noreturn]] void fail(const Error& error, const std::string& sql);
  std::optional<RelationFacts> ask_facts(const Relation& full);

  std::shared_ptr<Cluster> cluster_;
  thrift::Client client_;
  std::atomic<bool> cancelled_{false};
  std::atomic<double> progress_{-1};
  int64_t next_staged_ = 0;
  int carrying_ = -1;  // the client's session whose commits carry something
  std::unique_ptr<PlanningSession> planning_;
};

}  // namespace tidemark::spark
