#include "ledger/ledger.h"

#include "adapter/adapter.h"
#include "base/json.h"
#include "ledger/ledger_json.h"
#include "workspace.h"

namespace tidemark::ledger {
namespace {

LedgerFile file_at(const std::string& path, int number) {
  LedgerFile out;
  out.file.path = path;
  out.file.stat = {1, static_cast<uint64_t>(number), UINT64_MAX, INT64_MIN + number, 1'767'225'600'123'456'789, false};
  out.file.racy = number % 2 == 1;
  out.hash = "hash" + std::to_string(number);
  out.schema = number % 2;
  out.contribution = number % 3 - 1;
  out.partitions = {{{0, number}, {1, -1}}, {}};
  return out;
}

Ledger full(int files = 3) {
  Ledger out;
  out.model = "model.p.m";
  out.engine = "duckdb 1.5.5";
  out.code_hash = "c0de";
  out.views = {{{"s", "v \"w\".x"}, "aa"}, {{"v"}, "bb"}};
  out.shape_hash = "5a";
  out.unknown_inputs = make_reason("table_unknown", "a detail");
  out.columns = {{"trip_date", "DATE", {"DATE '2024-01-01'", "NULL"}}, {"f", "VARCHAR", {}}};
  LedgerSource source;
  source.key = "read_parquet 'd/*.parquet'";
  source.patterns = {"d/*.parquet", "e"};
  source.bound = {{"a", "DOUBLE"}, {"b c", "STRUCT(\"x y\" INTEGER)"}};
  source.schemas = {{{"a", "INTEGER"}}, {{"a", "DOUBLE"}, {"b c", "STRUCT(\"x y\" INTEGER)"}}};
  source.untraced = {Reason(), make_reason("column_computed", "sum()")};
  for (int i = 0; i < files; ++i) {
    const std::string path = "d/" + std::to_string(1000 + i) + " ü.parquet";
    source.files[path] = file_at(path, i);
  }
  out.sources = {source, LedgerSource()};
  out.tables = {{{"s", "dim"}, 7, 1'767'225'600'123}};
  out.contribution = {"\"w\".\"c\"", "g1", 3, "key"};
  return out;
}

std::string text(const Ledger& ledger) { return dump_json(ledger_to_json(ledger)); }

class LedgerTest : public ::testing::Test {
 protected:
  Workspace workspace_;
  LedgerStore store_{"ledgers"};

  size_t links(const LedgerReference& reference) { return store_.chain(reference).size(); }
};

TEST_F(LedgerTest, ComesBackAsItWas) {
  const Ledger ledger = full();
  const Ledger again = ledger_from_json(parse_json(text(ledger), "test", "TM5203"));
  EXPECT_EQ(text(again), text(ledger));
  EXPECT_EQ(again.views, ledger.views);
  EXPECT_EQ(again.tables, ledger.tables);
  EXPECT_EQ(again.unknown_inputs, ledger.unknown_inputs);
  EXPECT_EQ(again.sources.at(0).untraced, ledger.sources.at(0).untraced);
  EXPECT_EQ(again.sources.at(0).bound, ledger.sources.at(0).bound);
  EXPECT_EQ(again.sources.at(0).schemas, ledger.sources.at(0).schemas);
  const LedgerFile &a = ledger.sources[0].files.begin()->second, &b = again.sources[0].files.begin()->second;
  EXPECT_EQ(a.file, b.file);
  EXPECT_EQ(a.partitions, b.partitions);
  EXPECT_EQ(a.contribution, b.contribution);
  EXPECT_EQ(text(ledger_from_json(ledger_to_json(Ledger()))), text(Ledger()));
}

TEST_F(LedgerTest, FindsSourcesAndColumns) {
  const Ledger ledger = full();
  EXPECT_EQ(ledger.find_source("read_parquet 'd/*.parquet'"), &ledger.sources[0]);
  EXPECT_EQ(ledger.find_source("read_parquet 'x'"), nullptr);
  EXPECT_EQ(ledger.find_column("TRIP_DATE"), 0);
  EXPECT_EQ(ledger.find_column("trip"), -1);
}

TEST_F(LedgerTest, ChangesAreWrittenAloneAndFoldedInTime) {
  Ledger ledger = full(400);
  LedgerReference at = store_.write("s.m", ledger, std::nullopt);
  EXPECT_EQ(links(at), 1U);
  const uint64_t whole = stat_file(store_.folder() / at.name)->size;
  size_t longest = 0, folded = 0;
  for (int i = 0; i < 40; ++i) {
    LedgerSource& source = ledger.sources[0];
    source.files.erase(source.files.begin());
    const std::string path = "d/new" + std::to_string(i);
    source.files[path] = file_at(path, i);
    source.files["d/1399 ü.parquet"].hash = "changed" + std::to_string(i);
    ledger.columns[0].values.push_back(std::to_string(i));
    ledger.columns[1].values.push_back("'" + std::to_string(i) + "'");
    ledger.tables[0].version = i;
    at = store_.write("s.m", ledger, at);
    ASSERT_EQ(text(store_.load(at)), text(ledger)) << "after " << i << " changes";
    const size_t length = links(at);
    longest = std::max(longest, length);
    if (length == 1) {
      ++folded;
    } else {
      EXPECT_LT(stat_file(store_.folder() / at.name)->size, whole / 20);
    }
  }
  EXPECT_GT(longest, 5U);
  EXPECT_LE(longest, 12U);
  EXPECT_GE(folded, 3U);
}

TEST_F(LedgerTest, WhatCannotBeSaidByFilesIsWrittenWhole) {
  const Ledger ledger = full(50);
  const LedgerReference base = store_.write("s.m", ledger, std::nullopt);
  const auto whole = [&](const std::function<void(Ledger&)>& edit) {
    Ledger next = ledger;
    edit(next);
    const LedgerReference at = store_.write("s.m", next, base);
    EXPECT_EQ(text(store_.load(at)), text(next));
    return links(at) == 1;
  };
  EXPECT_FALSE(whole([](Ledger& next) { next.engine = "other"; }));
  EXPECT_TRUE(whole([](Ledger& next) { next.columns.pop_back(); }));
  EXPECT_TRUE(whole([](Ledger& next) { next.columns[0].type = "VARCHAR"; }));
  EXPECT_TRUE(whole([](Ledger& next) { next.columns[0].values[0] = "other"; }));
  EXPECT_TRUE(whole([](Ledger& next) { next.sources[1].key = "other"; }));
  EXPECT_TRUE(whole([](Ledger& next) {
    for (auto& [path, file] : next.sources[0].files) file.hash = "all of them";
  }));
}

TEST_F(LedgerTest, FoldersAndNamesAreSafe) {
  const LedgerReference at = store_.write("s/..x.m n", full(), std::nullopt);
  EXPECT_EQ(at.name.substr(0, at.name.find('/')), "s%2F..x.m%20n");
  EXPECT_EQ(text(store_.load(at)), text(full()));
}

TEST_F(LedgerTest, ReferencesInCommits) {
  const LedgerReference at = store_.write("s.m", full(), std::nullopt);
  Json commit = Json::object();
  EXPECT_FALSE(LedgerReference::from_json(commit));
  commit["ledger"] = nullptr;
  EXPECT_FALSE(LedgerReference::from_json(commit));
  commit["ledger"] = at.to_json();
  const auto again = LedgerReference::from_json(commit);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->name, at.name);
  EXPECT_EQ(again->hash, at.hash);
}

TEST_F(LedgerTest, FaultsAreNamed) {
  Ledger ledger = full(100);
  const LedgerReference base = store_.write("s.m", ledger, std::nullopt);
  ledger.engine = "other";
  const LedgerReference at = store_.write("s.m", ledger, base);
  ASSERT_EQ(links(at), 2U);

  TableState state;
  state.own = Json{{"ledger", at.to_json()}};
  EXPECT_EQ(load_ledger(store_, std::nullopt).distrust.code, "first_build");
  EXPECT_TRUE(load_ledger(store_, state).ledger);

  const std::string bytes = read_file(store_.folder() / base.name);
  std::string message;
  write_file(store_.folder() / base.name, bytes + " ");
  EXPECT_EQ(code_of([&] { store_.load(at); }, &message), "TM5202");
  EXPECT_NE(message.find(base.name), std::string::npos) << message;
  EXPECT_EQ(load_ledger(store_, state).distrust.code, "ledger_damaged");
  write_file(store_.folder() / base.name, bytes);

  write_file(store_.folder() / "odd.json", "{\"format\": 99}");
  EXPECT_EQ(code_of([&] { store_.load({"odd.json", xxh128_hex("{\"format\": 99}")}); }), "TM5203");
  write_file(store_.folder() / "cut.json", "{\"format\": ");
  EXPECT_EQ(code_of([&] { store_.load({"cut.json", xxh128_hex("{\"format\": ")}); }), "TM5203");
  write_file(store_.folder() / "bare.json", "{\"format\": 1}");
  EXPECT_EQ(code_of([&] { store_.load({"bare.json", xxh128_hex("{\"format\": 1}")}); }), "TM5203");

  fs::remove(store_.folder() / base.name);
  EXPECT_EQ(code_of([&] { store_.load(at); }, &message), "TM5201");
  EXPECT_NE(message.find(base.name), std::string::npos) << message;
  EXPECT_EQ(load_ledger(store_, state).distrust.code, "ledger_missing");
  EXPECT_FALSE(load_ledger(store_, state).reference);

  state.foreign_since_own = true;
  EXPECT_EQ(load_ledger(store_, state).distrust.code, "foreign_commit");
  state.foreign_since_own = false;
  state.own = Json::object();
  EXPECT_EQ(load_ledger(store_, state).distrust.code, "no_ledger");
}

TEST_F(LedgerTest, AMissingBaseDoesNotStopTheNextWrite) {
  Ledger ledger = full(100);
  const LedgerReference base = store_.write("s.m", ledger, std::nullopt);
  fs::remove(store_.folder() / base.name);
  EXPECT_EQ(code_of([&] { store_.write("s.m", ledger, base); }), "TM5201") << "callers follow a ledger that they have loaded";
}

}  // namespace
}  // namespace tidemark::ledger
