#include "run/schema_change.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tidemark::run {
namespace {

const std::vector<ColumnType> kTable{{"day", "DATE"}, {"trips", "BIGINT"}};

TEST(SchemaChange, NothingToDoWhereColumnsAreTheSame) {
  for (const OnSchemaChange mode : {OnSchemaChange::kIgnore, OnSchemaChange::kFail, OnSchemaChange::kAppendNewColumns, OnSchemaChange::kSyncAllColumns}) {
    const SchemaChange change = reconcile_columns(mode, kTable, kTable, "m");
    EXPECT_TRUE(change.select_list.empty());
    EXPECT_TRUE(change.new_columns.empty());
  }
}

TEST(SchemaChange, AnotherOrderIsNoChange) {
  const SchemaChange change = reconcile_columns(OnSchemaChange::kFail, kTable, {kTable[1], kTable[0]}, "m");
  EXPECT_EQ(change.select_list, (std::vector<std::string>{"\"day\"", "\"trips\""}));
}

TEST(SchemaChange, IgnoreDropsNewColumns) {
  const SchemaChange change = reconcile_columns(OnSchemaChange::kIgnore, kTable, {{"day", "DATE"}, {"trips", "INTEGER"}, {"tips", "DOUBLE"}}, "m");
  EXPECT_EQ(change.select_list, (std::vector<std::string>{"\"day\"", "cast(\"trips\" as BIGINT) as \"trips\""}));
  EXPECT_TRUE(change.new_columns.empty());
}

TEST(SchemaChange, IgnoreRefusesMissingColumns) { EXPECT_THROW(reconcile_columns(OnSchemaChange::kIgnore, kTable, {{"day", "DATE"}}, "m"), Error); }

TEST(SchemaChange, FailListsTheDifference) {
  try {
    reconcile_columns(OnSchemaChange::kFail, kTable, {{"day", "TIMESTAMP"}, {"tips", "DOUBLE"}}, "m");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM6106");
    EXPECT_NE(error.message().find("new in the query: tips DOUBLE; only in the table: trips BIGINT; day is DATE in the table, TIMESTAMP in the query"),
              std::string::npos);
  }
}

TEST(SchemaChange, AppendKeepsOldColumnsAndAddsNewOnes) {
  const SchemaChange change = reconcile_columns(OnSchemaChange::kAppendNewColumns, kTable, {{"day", "DATE"}, {"tips", "DOUBLE"}}, "m");
  EXPECT_EQ(change.select_list, (std::vector<std::string>{"\"day\"", "cast(null as BIGINT) as \"trips\"", "\"tips\""}));
  EXPECT_EQ(change.new_columns, (std::vector<ColumnType>{{"day", "DATE"}, {"trips", "BIGINT"}, {"tips", "DOUBLE"}}));
}

TEST(SchemaChange, SyncTakesTheQuerysColumns) {
  const std::vector<ColumnType> query{{"day", "DATE"}, {"tips", "DOUBLE"}};
  const SchemaChange change = reconcile_columns(OnSchemaChange::kSyncAllColumns, kTable, query, "m");
  EXPECT_EQ(change.select_list, (std::vector<std::string>{"\"day\"", "\"tips\""}));
  EXPECT_EQ(change.new_columns, query);
}

}  // namespace
}  // namespace tidemark::run
