// One thread's work on a native DuckDB file.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/native_adapter.h"
#include "adapter/duckdb/sql_parser.h"

namespace tidemark::duckdb {

struct NativeDatabase {
  explicit NativeDatabase(NativeOptions given);

  NativeOptions options;
  std::string name;  // of the database in SQL
  Database database;
  std::mutex setup_mutex;
  bool is_set_up = false;
};

class NativeSession : public Session {
 public:
  explicit NativeSession(std::shared_ptr<NativeDatabase> database) : database_(std::move(database)) {}

  Table query(const std::string& sql, int64_t row_limit) override { return engine().query(sql, row_limit); }
  int64_t execute(const std::string& sql) override { return engine().execute(sql); }
  std::vector<ColumnType> describe(const std::string& sql) override { return engine().describe(sql); }
  SqlParser& parser() override;

  std::optional<Relation> find_relation(const Relation& name) override;
  std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) override;
  std::vector<std::string> list_schemas(const std::string& database) override;
  std::vector<ColumnType> columns(const Relation& relation) override;
  std::optional<TableState> state(const Relation& relation) override;
  std::optional<ViewDefinition> view(const Relation& relation) override;

  void create_schema(const std::string& database, const std::string& schema) override;
  void drop_schema(const std::string& database, const std::string& schema) override;
  void drop(const Relation& relation) override;
  void rename(const Relation& from, const Relation& to) override;
  void truncate(const Relation& relation) override;
  void create_view(const Relation& name, const ViewDefinition& view) override;

  std::unique_ptr<Staged> stage(const StageRequest& request) override;
  PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) override;

  void interrupt() override;
  double progress() override;
  std::optional<ScanCounts> take_scan_counts() override;

 private:
  Connection& engine();
  Relation full_name(const Relation& name) const;
  // Runs `action` in a transaction of its own.
  void in_transaction(const std::function<void()>& action);

  std::shared_ptr<NativeDatabase> database_;
  std::mutex connection_mutex_;
  std::unique_ptr<Connection> connection_;
  std::unique_ptr<SqlParser> parser_;
  int64_t next_staged_ = 0;
};

}  // namespace tidemark::duckdb
