#include "app/table_text.h"

#include <limits>

#include <gtest/gtest.h>

namespace tidemark::app {
namespace {

Table table(std::vector<std::string> names, std::vector<Row> rows) {
  Table out;
  for (std::string& name : names) out.columns.push_back({std::move(name), "VARCHAR"});
  out.rows = std::move(rows);
  return out;
}

TEST(TableText, NumbersStandRightAndNullsAreEmpty) {
  EXPECT_EQ(table_text(table({"n", "town"}, {{Value::integer(1), Value::string("Ulm")}, {Value::integer(-22), Value()}})),
            "| n   | town |\n"
            "| --- | ---- |\n"
            "|   1 | Ulm  |\n"
            "| -22 |      |\n");
}

TEST(TableText, WidthIsCountedInColumnsOfATerminal) {
  EXPECT_EQ(table_text(table({"a"}, {{Value::string("é")}, {Value::string("日本")}, {Value::string("x\ny")}})),
            "| a    |\n"
            "| ---- |\n"
            "| é    |\n"
            "| 日本 |\n"
            "| x\\ny |\n");
}

TEST(TableText, NoRowsAndNoColumns) {
  EXPECT_EQ(table_text(table({"a"}, {})), "| a |\n| - |\n");
  EXPECT_EQ(table_text(table({}, {})), "|\n|\n");
}

TEST(TableJson, KeepsWhatJsonCanHold) {
  const Json rows = table_json(table({"i", "d", "n", "big", "s", "null", "list"},
                                     {{Value::integer(7), Value::real(0.5), Value::number("1.25"), Value::number("170141183460469231731687303715884105727"),
                                       Value::string("x"), Value(), Value::list({Value::integer(1), Value()})}}));
  EXPECT_EQ(rows,
            Json::parse(R"([{"i": 7, "d": 0.5, "n": 1.25, "big": "170141183460469231731687303715884105727", "s": "x", "null": null, "list": [1, null]}])"));
}

TEST(TableJson, NumbersThatJsonLacksAreTexts) {
  const Json rows = table_json(table({"a"}, {{Value::real(std::numeric_limits<double>::infinity())}}));
  EXPECT_TRUE(rows[0]["a"].is_string());
}

}  // namespace
}  // namespace tidemark::app
