// A model over Parquet files in a temporary lake warehouse, run the way a run does it: observe, ask what is affected,
// stage, commit the ledger with the rows.
#pragma once
#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/duckdb/database.h"
#include "adapter/lake/lake_adapter.h"
#include "base/json.h"
#include "ledger/affected.h"
#include "workspace.h"

namespace tidemark::ledger {

class ModelFixture : public ::testing::Test {
 protected:
  ModelFixture() : store_(workspace_.folder() / "ledgers"), oracle_db_({}), oracle_(oracle_db_.connect()) {
    LakeOptions options;
    options.warehouse = workspace_.folder() / "w";
    options.default_schema = "s";
    options.threads = 2;
    adapter_ = make_lake_adapter(options);
    session_ = adapter_->open_session("test");
  }

  static Relation rel(const std::string& identifier) {
    Relation out;
    out.database = "w";
    out.schema = "s";
    out.identifier = identifier;
    return out;
  }

  void write(const std::string& path, const std::string& select) {
    if (const fs::path parent = fs::path(path).parent_path(); !parent.empty()) fs::create_directories(parent);
    oracle_->execute("COPY (" + select + ") TO " + duckdb::quote_literal(path) + " (FORMAT parquet)");
  }

  // One run begins: files are observed anew.
  ModelLedger begin(const std::string& sql, std::vector<std::string> columns, const std::string& target = "m") {
    observation_ = std::make_unique<Observation>();
    ModelQuery query;
    query.unique_id = "model.p." + target;
    query.sql = sql;
    query.view_sql = [this](const std::vector<std::string>& name) -> std::optional<std::string> {
      const auto found = views_.find(name.back());
      return found == views_.end() ? std::nullopt : std::optional(found->second);
    };
    query.table_state = [this](const std::vector<std::string>& name) { return session_->state(rel(name.back())); };
    return ModelLedger(std::move(query), rel(target), std::move(columns), session_->state(rel(target)),
                       {*session_, session_->parser(), *observation_, store_, engine_});
  }

  void publish(const std::string& select, Json ledger, const std::string& target = "m") {
    PublishRequest request;
    request.target = rel(target);
    if (!ledger.is_null()) request.commit["ledger"] = std::move(ledger);
    session_->publish(session_->stage({.sql = select, .cluster_by = {}, .partition_folders = {}}), request);
  }

  // A run of the model: what was affected in `column`, as "all: code", or its values with commas between. The table's
  // rows are of no interest here: the ledger describes the query.
  std::string run(const std::string& sql, const std::string& column, std::vector<std::string> columns = {}) {
    if (columns.empty()) columns = {column};
    wait_for_grain();
    ModelLedger model = begin(sql, columns);
    const std::string answer = text_of(model.affected(column));
    publish("SELECT 1 AS one", model.commit());
    return answer;
  }

  static std::string text_of(const AffectedPartitions& affected) {
    if (affected.is_all) return "all: " + affected.reason.code;
    std::string out;
    for (const std::string& value : affected.values) out += (out.empty() ? "" : ", ") + value;
    return out;
  }

  Ledger stored(const std::string& target = "m") {
    const LoadedLedger loaded = load_ledger(store_, session_->state(rel(target)));
    EXPECT_TRUE(loaded.ledger) << loaded.distrust.text();
    return loaded.ledger.value_or(Ledger());
  }

  // "path: value=rows, value=rows" a file, values sorted.
  std::vector<std::string> stored_rows(size_t column = 0) {
    const Ledger ledger = stored();
    std::vector<std::string> out;
    for (const LedgerSource& source : ledger.sources) {
      for (const auto& [path, file] : source.files) {
        std::vector<std::string> cells;
        for (const auto& [index, rows] : file.partitions.at(column)) cells.push_back(ledger.columns[column].values.at(index) + "=" + std::to_string(rows));
        std::sort(cells.begin(), cells.end());
        std::string line = path + ":";
        for (const std::string& cell : cells) line += " " + cell;
        out.push_back(line);
      }
    }
    return out;
  }

  Workspace workspace_;
  LedgerStore store_;
  std::string engine_ = "duckdb test";
  std::map<std::string, std::string> views_;
  duckdb::Database oracle_db_;
  std::unique_ptr<duckdb::Connection> oracle_;
  std::unique_ptr<LakeAdapter> adapter_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<Observation> observation_;
};

}  // namespace tidemark::ledger
