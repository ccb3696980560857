// What databases and connections are made of. Internal to this folder and its tests.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/reader.h"
#include "adapter/duckdb/zones.h"

namespace tidemark::duckdb {

struct Database::State {
  explicit State(DatabaseOptions given) : options(std::move(given)) {}
  ~State();
  void open();  // once; under `mutex`

  DatabaseOptions options;
  std::mutex mutex;
  duckdb_database handle = nullptr;

  bool is_keyword(const std::string& lower_case);
  ZoneTable& zone(const std::string& name);

 private:
  std::mutex cache_mutex_;
  std::set<std::string> keywords_;
  std::map<std::string, std::unique_ptr<ZoneTable>> zones_;
};

struct Connection::State {
  std::shared_ptr<Database::State> database;
  duckdb_connection handle = nullptr;
  bool counting = false;
  QueryCounters counters;
  ~State();
};

// The statements of a text, prepared one after the other: a later one may need what an earlier one made.
class Script {
 public:
  Script(Connection::State& connection, const std::string& sql);
  ~Script();
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  uint64_t size() const { return count_; }
  Prepared prepare(uint64_t index) const;

 private:
  Connection::State& connection_;
  const std::string& sql_;
  duckdb_extracted_statements statements_ = nullptr;
  uint64_t count_ = 0;
};

// Columns of a statement or result.
struct Columns {
  std::vector<ColumnType> described;
  std::vector<TypeTree> types;
};

Columns columns_of(Connection::State& connection, duckdb_prepared_statement statement);
Columns columns_of(Connection::State& connection, duckdb_result* result);
ZoneOffset zone_of(Connection::State& connection, const Columns& columns);

StatementKind kind_of(duckdb_prepared_statement statement);
void bind(duckdb_prepared_statement statement, const std::vector<Value>& parameters, const std::string& sql);
QueryResult run(Connection::State& connection, duckdb_prepared_statement statement, const std::string& sql, bool streaming);
void append_rows(const Columns& columns, duckdb_data_chunk chunk, const ZoneOffset& zone, uint64_t limit, std::vector<Row>& rows);
OwnedValue to_engine(const Value& value);
void add_counters(Connection::State& connection);  // of the statement that has just ended, where it is counted

// Refuses what a locked-down database must not run.
void check_permitted(Connection::State& connection, duckdb_prepared_statement statement, const std::string& sql);

}  // namespace tidemark::duckdb
