// One thread's work on a lake warehouse.
#pragma once
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapter/duckdb/sql_parser.h"
#include "adapter/lake/statement.h"
#include "adapter/lake/warehouse.h"

namespace tidemark::lake_adapter {

class LakeSession : public Session {
 public:
  explicit LakeSession(std::shared_ptr<Warehouse> warehouse) : warehouse_(std::move(warehouse)) {}

  Table query(const std::string& sql, int64_t row_limit) override;
  int64_t execute(const std::string& sql) override;
  std::vector<ColumnType> describe(const std::string& sql) override;
  SqlParser& parser() override;

  std::optional<Relation> find_relation(const Relation& name) override;
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override;
  std::vector<std::string> list_schemas(const std::string& database) override;
  std::vector<ColumnType> columns(const Relation& relation) override;
  std::optional<TableState> state(const Relation& relation) override;
  std::optional<TableDelta> delta(const Relation& relation, int64_t version, int64_t committed_at_ms) override;
  std::vector<TableCommit> history(const Relation& relation, int64_t limit) override;
  std::optional<ViewDefinition> view(const Relation& relation) override;
  std::vector<ColumnType> stored_columns(const std::vector<ColumnType>& columns) override;

  void create_schema(const std::string& database, const std::string& schema) override;
  void drop_schema(const std::string& database, const std::string& schema) override;
  void drop(const Relation& relation) override;
  void rename(const Relation& from, const Relation& to) override;
  void truncate(const Relation& relation) override;
  void create_view(const Relation& name, const ViewDefinition& view) override;

  std::unique_ptr<Staged> stage(const StageRequest& request) override;
  PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) override;

  CompactResult compact(const CompactRequest& request) override;

  void interrupt() override;
  double progress() override;
  std::optional<ScanCounts> take_scan_counts() override;

  Warehouse& warehouse() { return *warehouse_; }
  // Opens the engine where this session has not used it yet.
  duckdb::Connection& engine();
  // `sql` with its file patterns bound, after what it names has been registered.
  std::string prepare(const std::string& sql, std::vector<Error>& faults);

 private:
  // Runs `action` on `sql` made ready for the engine; what could not be registered explains why names are unknown.
  template <class Action>
  auto with_engine(const std::string& sql, const Action& action);
  int64_t execute_one(const Statement& statement);
  bool is_engine_target(const Statement& statement);

  std::shared_ptr<Warehouse> warehouse_;
  std::mutex connection_mutex_;  // of the pointer, which interrupt() and progress() read from other threads
  std::unique_ptr<duckdb::Connection> connection_;
  std::unique_ptr<SqlParser> parser_;
  std::set<std::string> temporary_;  // lower-case names of temporary tables and views
};

// Carries out a statement that changes relations of the warehouse; rows affected.
int64_t execute_on_lake(LakeSession& session, const Statement& statement);

}  // namespace tidemark::lake_adapter
