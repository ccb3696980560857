// One thread's work on a Spark Thrift server: one connection, kept over the run.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/spark/spark_adapter.h"
#include "base/error.h"
#include "thrift/client.h"

namespace tidemark::spark {

// What all sessions share.
struct Cluster {
  explicit Cluster(SparkOptions given) : options(std::move(given)) {}

  SparkOptions options;
  std::mutex mutex;
  std::optional<bool> has_delta;  // found by the first session that needs it
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

  std::optional<Relation> find_relation(const Relation& name) override;
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override;
  std::vector<std::string> list_schemas(const std::string& database) override;
  std::vector<ColumnType> columns(const Relation& relation) override;
  std::optional<TableState> state(const Relation& relation) override;
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

  // For what publishes: the format of new tables.
  std::string format_of_new_tables();
  std::string format_of(const Relation& table);                       // of one that is there
  std::vector<std::string> partition_columns(const Relation& table);  // of a Delta table

 private:
  thrift::StatementOptions options(bool only_reads);
  Relation full_name(const Relation& name) const;
  [[noreturn]] void fail(const Error& error, const std::string& sql);

  std::shared_ptr<Cluster> cluster_;
  thrift::Client client_;
  std::atomic<bool> cancelled_{false};
  std::atomic<double> progress_{-1};
  int64_t next_staged_ = 0;
};

}  // namespace tidemark::spark
