// Parameters, permitted statements, cells, result files, exports.
#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "server/query/cell.h"
#include "server/query/export.h"
#include "server/query/parameters.h"
#include "server/query/permitted.h"
#include "server/query/row_cells.h"
#include "server/query/spill.h"

namespace tidemark::server {
namespace {

std::string code_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.code();
  }
  return {};
}

TEST(Parameters, BecomeNumberedOnesOncePerName) {
  const BoundText bound = bind_parameters("select {{a}}, {{ b }}, {{a}} -- {{c}}\n, '{{d}}', \"{{e}}\", {'k': {'l': 1}}", Json{{"a", "x'y"}, {"b", 7}});
  EXPECT_EQ(bound.sql, "select $1, $2, $1 -- {{c}}\n, '{{d}}', \"{{e}}\", {'k': {'l': 1}}");
  ASSERT_EQ(bound.values.size(), 2U);
  EXPECT_EQ(bound.values[0], Value::string("x'y"));
  EXPECT_EQ(bound.values[1], Value::integer(7));
}

TEST(Parameters, NeedPlainValues) {
  EXPECT_EQ(code_of([] { bind_parameters("select {{a}}", Json::object()); }), "TM7302");
  EXPECT_EQ(code_of([] { bind_parameters("select {{a}}", Json{{"a", Json::array({1})}}); }), "TM7302");
  EXPECT_TRUE(bind_parameters("select {{a}}", Json{{"a", nullptr}}).values[0].is_null());
}

TEST(Permitted, ByTheFirstWords) {
  for (const char* sql : {"select 1", " -- x\n WITH a AS (SELECT 1) FROM a", "from t", "(select 1)", "values (1)", "explain select 1",
                          "explain analyze select 1", "EXPLAIN (FORMAT json) select 1", "explain (select 1)", "describe t", "show tables", "summarize t",
                          "pivot t on x", "table t", "/* copy */ select 1", ""}) {
    EXPECT_EQ(code_of([&] { check_words(sql); }), "") << sql;
  }
  for (const char* sql : {"copy t to 'x'", "explain copy t to 'x'", "explain analyze copy t to 'x'", "explain (analyze) copy t to 'x'", "explain", "attach 'x'",
                          "set a = 1", "pragma x", "call x()", "insert into t select 1", "/* select */ load x", "install x", "prepare p as select 1",
                          "execute p", "create table t as select 1", "drop table t", "use x", "begin", "checkpoint"}) {
    EXPECT_EQ(code_of([&] { check_words(sql); }), "TM7301") << sql;
  }
}

std::string cell(const Value& value, const std::string& type) {
  std::string out;
  append_cell(out, value, type);
  return out;
}

TEST(Cells, AreNumbersOnlyWhereDoublesAreExact) {
  EXPECT_EQ(cell(Value::integer(7), "INTEGER"), "7");
  EXPECT_EQ(cell(Value::integer(7), "BIGINT"), "\"7\"");
  EXPECT_EQ(cell(Value::number("1.10"), "DECIMAL(3,2)"), "\"1.10\"");
  EXPECT_EQ(cell(Value::real(0.1), "DOUBLE"), "0.1");
  EXPECT_EQ(cell(Value::real(std::numeric_limits<double>::infinity()), "DOUBLE"), "\"inf\"");
  EXPECT_EQ(cell(Value(), "DOUBLE"), "null");
  EXPECT_EQ(cell(Value::boolean(true), "BOOLEAN"), "true");
  EXPECT_EQ(cell(Value::string("a\"\n\xC3\xA9\xFF"), "VARCHAR"), "\"a\\\"\\n\xC3\xA9\xEF\xBF\xBD\"");
}

TEST(Cells, AreCutBetweenCodePoints) {
  std::string text(kLongestCell - 1, 'x');
  text += "\xC3\xA9";
  std::string out;
  EXPECT_TRUE(append_cell(out, Value::string(text), "VARCHAR"));
  EXPECT_EQ(out.size(), kLongestCell - 1 + 2);
}

class Spill : public testing::Test {
 protected:
  void SetUp() override { make_directories(folder_); }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_ = fs::temp_directory_path() / ("tm_spill_" + random_uuid());
};

TEST_F(Spill, AnyPageIsFound) {
  SpillWriter out(folder_, "0");
  for (int i = 0; i < 1000; ++i) out.add("[" + std::to_string(i) + "]");
  out.flush();
  for (const auto& [offset, limit] : {std::pair{0, 1}, {255, 3}, {256, 1}, {511, 2}, {997, 3}, {0, 1000}}) {
    int64_t count = 0;
    std::string expected;
    for (int i = offset; i < offset + limit; ++i) expected += (i > offset ? ",[" : "[") + std::to_string(i) + "]";
    EXPECT_EQ(read_rows(folder_, "0", offset, limit, 1 << 20, count), expected);
    EXPECT_EQ(count, limit);
  }
  int64_t count = 0;
  EXPECT_EQ(read_rows(folder_, "0", 5000, 3, 1 << 20, count), "");
  EXPECT_EQ(read_rows(folder_, "0", 0, 100, 10, count), "[0],[1],[2]");
}

TEST_F(Spill, ReadsLinesLongerThanItsBuffer) {
  SpillWriter out(folder_, "0");
  const std::string longest(3 << 20, 'x');
  out.add("[1]");
  out.add(longest);
  out.add("[2]");
  out.flush();
  int64_t count = 0;
  EXPECT_EQ(read_rows(folder_, "0", 1, 2, 100 << 20, count), longest + ",[2]");
  SpillReader lines(folder_, "0", 3);
  std::string line;
  ASSERT_TRUE(lines.next(line) && lines.next(line));
  EXPECT_EQ(line, longest);
  ASSERT_TRUE(lines.next(line));
  EXPECT_EQ(line, "[2]");
  EXPECT_FALSE(lines.next(line));
}

TEST(RowCells, AreFoundInARow) {
  std::vector<RowCell> cells;
  const std::string row = R"([1,"a,b]\"\\",null,true,-1.5e300,"","é\n"])";
  split_row(row, cells);
  std::vector<std::string> texts;
  for (const RowCell& cell : cells) texts.push_back(cell.text());
  EXPECT_EQ(texts, (std::vector<std::string>{"1", "a,b]\"\\", "null", "true", "-1.5e300", "", "é\n"}));
  EXPECT_TRUE(cells[2].is_null());
  EXPECT_TRUE(cells[5].is_text());
  split_row("[]", cells);
  EXPECT_TRUE(cells.empty());
}

TEST(Export, FormulasAreTexts) {
  for (const char* text : {"=1", "+1", "-1", "@a", "\t=1", "\ra", "\na", " =1", "\t\n@x"}) EXPECT_EQ(without_formula(text), std::string("'") + text);
  for (const char* text : {"", "a", "1", "a=1", " a"}) EXPECT_EQ(without_formula(text), text);
}

}  // namespace
}  // namespace tidemark::server
