#include "run/unit_test.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"

namespace tidemark::run {
namespace {

TEST(CsvRows, AreMappingsOfTexts) {
  EXPECT_EQ(csv_rows("id,name\n1,Ann\n2,\n"), (Json{{{"id", "1"}, {"name", "Ann"}}, {{"id", "2"}, {"name", nullptr}}}));
  EXPECT_EQ(csv_rows("id , name\r\n1,\"a, \"\"b\"\"\nc\"\r\n"), (Json{{{"id", "1"}, {"name", "a, \"b\"\nc"}}}));
  EXPECT_EQ(csv_rows("id,name\n\n3"), (Json{{{"id", "3"}}}));
  EXPECT_EQ(csv_rows("id\n"), Json::array());
  EXPECT_EQ(csv_rows(""), Json::array());
}

TEST(CsvRows, ARowMustNotBeLongerThanTheHeader) { EXPECT_THROW(csv_rows("id\n1,2\n"), Error); }

}  // namespace
}  // namespace tidemark::run
