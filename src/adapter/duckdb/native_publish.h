// Staged rows as temporary tables of a native database, and their publishing by DDL and DML within a transaction.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/duckdb/database.h"

namespace tidemark::duckdb {

class NativeStaged : public Staged {
 public:
  NativeStaged(Connection& connection, std::string name, std::vector<ColumnType> columns, int64_t rows)
      : connection_(connection), name_(std::move(name)), columns_(std::move(columns)), rows_(rows) {}
  ~NativeStaged() override;

  const std::vector<ColumnType>& columns() const override { return columns_; }
  int64_t rows() const override { return rows_; }
  int64_t bytes() const override { return 0; }  // in memory: not told
  std::string scan() const override { return "temp.main." + quote_identifier(name_); }

 private:
  Connection& connection_;  // of the session, which outlives it
  std::string name_;
  std::vector<ColumnType> columns_;
  int64_t rows_;
};

std::unique_ptr<NativeStaged> stage_native(Connection& connection, const StageRequest& request, const std::string& name);

// `request.target` is a full name, with its type where it exists; `before`: its state. Inside a transaction.
PublishResult publish_native(Connection& connection, const NativeStaged& staged, const PublishRequest& request, const std::optional<TableState>& before);

// What tells that somebody else has written to a table; the engine keeps no versions.
struct TableIdentity {
  std::string columns;  // hash of their names and types
  int64_t rows = -1;
};
TableIdentity identity_of(Connection& connection, const Relation& table);
void forget_commit(Connection& connection, const Relation& table);

}  // namespace tidemark::duckdb
