#include "sql/hive.h"

#include <gtest/gtest.h>

namespace tidemark::sql {
namespace {

using Columns = std::vector<ColumnType>;

TEST(HiveColumns, NamesAreSortedAndTypesFitAllValues) {
  EXPECT_EQ(hive_columns({"in/y=2024/m=01/a.parquet", "in/y=2025/m=02/a.parquet"}), (Columns{{"m", "BIGINT"}, {"y", "BIGINT"}}));
  EXPECT_EQ(hive_columns({"d=2024-01-31/a", "d=2024-02-01/b"}), (Columns{{"d", "DATE"}}));
  EXPECT_EQ(hive_columns({"d=2024-01-31/a", "d=x/b"}), (Columns{{"d", "VARCHAR"}}));
  EXPECT_EQ(hive_columns({"d=1/a", "d=__HIVE_DEFAULT_PARTITION__/b"}), (Columns{{"d", "BIGINT"}}));
}

TEST(HiveColumns, AllFilesMustHaveTheSameOnes) {
  EXPECT_TRUE(hive_columns({"y=1/a", "a"}).empty());
  EXPECT_TRUE(hive_columns({"y=1/a", "y=1/m=2/a"}).empty());
  EXPECT_TRUE(hive_columns({"y=1/a", "z=1/a"}).empty());
  EXPECT_TRUE(hive_columns({"plain/a", "y=1"}).empty());  // a file's own name is none of a folder
  EXPECT_TRUE(hive_columns({}).empty());
}

}  // namespace
}  // namespace tidemark::sql
