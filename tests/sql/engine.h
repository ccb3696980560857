// An embedded engine, its parser and a folder of small files, for tests of what SQL means.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

#include "adapter/duckdb/database.h"
#include "adapter/duckdb/sql_parser.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/bind.h"
#include "sql/emit.h"

namespace tidemark::testing {

// Works in a folder of its own: file patterns in SQL are relative to it.
class Engine : public sql::Catalogue {
 public:
  Engine() : database_({}), connection_(database_.connect()), parser_(duckdb::make_sql_parser(*connection_)) {
    folder_ = fs::temp_directory_path() / ("tm_sql_" + random_uuid());
    fs::create_directories(folder_);
    previous_ = fs::current_path();
    fs::current_path(folder_);
  }
  ~Engine() override {
    fs::current_path(previous_);
    fs::remove_all(folder_);
  }

  SqlParser& parser() override { return *parser_; }
  std::vector<ColumnType> file_columns(const sql::FileScan& scan) override {
    std::vector<std::string> quoted;
    for (const std::string& file : files_of(scan)) quoted.push_back(duckdb::quote_literal(file));
    if (quoted.empty()) return {};
    return connection_->describe("SELECT * FROM read_parquet([" + join(quoted, ", ") + "], union_by_name = true, hive_partitioning = false)");
  }
  std::optional<std::string> view_sql(const std::vector<std::string>& name) override {
    const auto found = views.find(to_lower(name.back()));
    return found == views.end() ? std::nullopt : std::optional(found->second);
  }
  std::vector<ColumnType> describe(const std::string& text) override { return connection_->describe(text); }

  static std::vector<std::string> files_of(const sql::FileScan& scan) {
    std::vector<std::string> files;
    for (const std::string& pattern : scan.patterns) {
      for (const std::string& file : glob_files(pattern)) files.push_back(file);
    }
    return files;
  }

  duckdb::Connection& connection() { return *connection_; }
  void run(const std::string& text) { connection_->execute(text); }

  // Rows as sorted lines.
  std::vector<std::string> rows(const std::string& text) {
    std::vector<std::string> out;
    for (const Row& row : connection_->query(text).rows) {
      std::vector<std::string> cells;
      for (const Value& value : row) cells.push_back(value.text());
      out.push_back(join(cells, "|"));
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  sql::BindResult bind(const std::string& text) { return sql::bind_query(parser_->parse(text), *this); }

  std::map<std::string, std::string> views;  // lower-case name -> SELECT

 private:
  duckdb::Database database_;
  std::unique_ptr<duckdb::Connection> connection_;
  std::unique_ptr<SqlParser> parser_;
  fs::path folder_;
  fs::path previous_;
};

}  // namespace tidemark::testing
