// A lake warehouse in a temporary folder, and a plain DuckDB beside it as the oracle.
#pragma once
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapter/duckdb/database.h"
#include "adapter/lake/lake_adapter.h"
#include "base/error.h"
#include "base/hash.h"

namespace tidemark {

inline std::string rows_text(const Table& table) {
  std::string text;
  for (const ColumnType& column : table.columns) text += column.name + " " + column.type + ", ";
  text += "\n";
  for (const Row& row : table.rows) {
    for (const Value& value : row) text += (value.is_null() ? std::string("<null>") : value.text()) + "|";
    text += "\n";
  }
  return text;
}

class LakeFixture : public ::testing::Test {
 protected:
  LakeFixture() : folder_(std::filesystem::temp_directory_path() / ("tm_lake_" + random_uuid())), oracle_db_({}) {
    std::filesystem::create_directories(folder_);
    reopen();
    oracle_ = oracle_db_.connect();
    oracle_->execute("CREATE SCHEMA s");
  }
  ~LakeFixture() override {
    session_.reset();
    adapter_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  LakeOptions options() const {
    LakeOptions options;
    options.warehouse = folder_ / "w";
    options.default_schema = "s";
    options.threads = 2;
    return options;
  }
  void reopen() {
    session_.reset();
    adapter_ = make_lake_adapter(options());
    session_ = adapter_->open_session("test");
  }

  static Relation rel(const std::string& identifier, const std::string& schema = "s") {
    Relation relation;
    relation.database = "w";
    relation.schema = schema;
    relation.identifier = identifier;
    return relation;
  }

  PublishResult publish(const std::string& select, PublishRequest request, std::vector<std::string> cluster_by = {}, std::vector<std::string> folders = {}) {
    request.cluster_by = cluster_by;
    request.partition_folders = folders;
    auto staged = session_->stage({.sql = select, .cluster_by = cluster_by, .partition_folders = folders});
    return session_->publish(std::move(staged), request);
  }
  PublishResult create(const std::string& identifier, const std::string& select, std::vector<std::string> cluster_by = {}) {
    PublishRequest request;
    request.target = rel(identifier);
    return publish(select, request, cluster_by);
  }

  std::string lake(const std::string& sql) { return rows_text(session_->query(sql)); }
  std::string oracle(const std::string& sql) { return rows_text(oracle_->query(sql)); }
  // The table `s.t` of both, as sorted rows.
  void expect_same(const std::string& table, const std::string& what = "") {
    const std::string sql = "SELECT * FROM s." + table + " ORDER BY ALL";
    EXPECT_EQ(lake(sql), oracle(sql)) << what;
  }

  std::string code_of(const std::function<void()>& action, std::string* message = nullptr) {
    try {
      action();
    } catch (const Error& error) {
      if (message) *message = error.message();
      return error.code();
    }
    return "no error";
  }

  std::filesystem::path folder_;
  std::unique_ptr<LakeAdapter> adapter_;
  std::unique_ptr<Session> session_;
  duckdb::Database oracle_db_;
  std::unique_ptr<duckdb::Connection> oracle_;
};

}  // namespace tidemark
