#include "ledger/describe.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace tidemark::ledger {
namespace {

Ledger small() {
  Ledger out;
  out.model = "model.p.m";
  out.engine = "duckdb 1.5.5";
  out.columns = {{"trip_date", "DATE", {"DATE '2024-01-02'", "DATE '2024-01-01'", "NULL"}}, {"f", "VARCHAR", {"'d/a'"}}, {"n", "BIGINT", {}}};
  LedgerSource source;
  source.patterns = {"d/*"};
  source.bound = {{"ts", "TIMESTAMP"}};
  source.untraced = {Reason(), Reason(), make_reason("column_computed", "row_number() over (…)")};
  for (const char* path : {"d/a", "d/b"}) {
    LedgerFile& file = source.files[path];
    file.file.path = path;
    file.file.stat.size = 1500;
    file.file.stat.mtime_ns = 1'767'225'600'000'000'000;
    file.hash = "00ff";
    file.partitions = {{}, {{0, -1}}, {}};
  }
  source.files["d/a"].partitions[0] = {{0, 1200}, {1, 3}, {2, 1}};
  out.sources = {source};
  out.tables = {{{"s", "dim"}, 4, 0}};
  out.views = {{{"s", "stg"}, "aa"}};
  return out;
}

TEST(DescribeTest, Json) {
  const Json json = describe_json(small());
  EXPECT_EQ(json["columns"][0].dump(), R"({"name":"trip_date","type":"DATE"})");
  const Json& source = json["sources"][0];
  EXPECT_EQ(source["files"], 2);
  EXPECT_EQ(source["bytes"], 3000);
  EXPECT_EQ(source["untraced"]["n"], make_reason("column_computed", "row_number() over (…)").text());
  EXPECT_EQ(source["entries"][0]["modified"], "2026-01-01T00:00:00.000000Z");
  EXPECT_EQ(source["entries"][0]["partitions"].dump(),
            R"({"trip_date":[{"value":"DATE '2024-01-01'","rows":3},{"value":"DATE '2024-01-02'","rows":1200},{"value":"NULL","rows":1}],)"
            R"("f":[{"value":"'d/a'","rows":null}]})");
  EXPECT_EQ(json["tables"].dump(), R"([{"name":"s.dim","version":4}])");
  EXPECT_EQ(json["views"].dump(), R"(["s.stg"])");
  EXPECT_FALSE(json.contains("unknown_inputs"));
}

TEST(DescribeTest, WhatIsNotKnownIsSaid) {
  Ledger odd = small();
  odd.unknown_inputs = make_reason("table_unknown", "x()");
  odd.sources[0].files.begin()->second.hash.clear();
  const Json json = describe_json(odd);
  EXPECT_EQ(json["unknown_inputs"], odd.unknown_inputs.text());
  EXPECT_TRUE(json["sources"][0]["entries"][0]["xxh128"].is_null());
}

}  // namespace
}  // namespace tidemark::ledger
