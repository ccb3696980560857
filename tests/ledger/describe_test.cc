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

TEST(DescribeTest, Text) {
  EXPECT_EQ(describe_text(small(), 1, 2),
            "model.p.m (duckdb 1.5.5)\n"
            "source d/*: 2 files, 3.0 kB\n"
            "  n: not known by file: " +
                make_reason("column_computed", "row_number() over (…)").text() +
                "\n"
                "  d/a  1.5 kB  2026-01-01T00:00:00.000000Z\n"
                "    trip_date: 3 values, 1,204 rows: DATE '2024-01-01' (3), DATE '2024-01-02' (1,200), … 1 more\n"
                "    f: 1 value: 'd/a'\n"
                "  … 1 more files\n"
                "table s.dim: version 4\n"
                "view s.stg\n");
  const std::string all = describe_text(small());
  EXPECT_NE(all.find("d/b"), std::string::npos);
  EXPECT_NE(all.find("    trip_date: no rows\n"), std::string::npos);
  Ledger odd = small();
  odd.unknown_inputs = make_reason("table_unknown", "x()");
  EXPECT_NE(describe_text(odd).find("reads more than is known"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::ledger
