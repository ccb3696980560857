#include <gtest/gtest.h>

#include "adapter/spark/spark_errors.h"
#include "adapter/spark/spark_session.h"
#include "adapter/spark/spark_values.h"
#include "adapter/table.h"
#include "base/source_span.h"
#include "thrift/fake_server.h"

namespace tidemark::spark {
namespace {

using thrift::testing::FakeServer;

std::shared_ptr<Cluster> cluster_of(const FakeServer& fake) {
  SparkOptions options;
  options.server.host = "127.0.0.1";
  options.server.port = fake.port;
  options.server.password = "secret";
  return std::make_shared<Cluster>(options);
}

TEST(Values, OfABatch) {
  FakeServer fake({.rows = 5});
  SparkSession session(cluster_of(fake));
  const Table table = session.query("select 1;", 4);
  ASSERT_EQ(table.rows.size(), 4U);
  EXPECT_TRUE(table.truncated);
  EXPECT_TRUE(table.rows[0][0].is_null());
  EXPECT_EQ(table.rows[1][0], Value::integer(1));
  EXPECT_EQ(table.rows[2][1], Value::number("2222"));
  EXPECT_EQ(table.columns[1].type, "decimal(18,2)");
}

TEST(Values, Literals) {
  EXPECT_EQ(literal({}), "NULL");
  EXPECT_EQ(literal(Value::string("it's \\ \n")), "'it\\'s \\\\ \\n'");
  EXPECT_EQ(literal(Value::number("1.50")), "1.50BD");
  EXPECT_EQ(literal(Value::date(19'723)), "DATE '2024-01-01'");
  EXPECT_EQ(literal(Value::real(1e300)), "CAST('1e+300' AS DOUBLE)");
  EXPECT_EQ(quote_name("a`b"), "`a``b`");
}

TEST(Values, Types) {
  EXPECT_EQ(type_word("VARCHAR"), "string");
  EXPECT_EQ(type_word("HUGEINT"), "decimal(38,0)");
  EXPECT_EQ(type_word("TIMESTAMP"), "timestamp_ntz");
  EXPECT_EQ(type_word("DECIMAL(18,2)"), "decimal(18,2)");
}

TEST(Errors, PointAtTheStatementAndLoseThePlan) {
  const Error given("TM4406",
                    "[UNRESOLVED_COLUMN.WITH_SUGGESTION] org.apache.spark.sql.AnalysisException: [UNRESOLVED_COLUMN.WITH_SUGGESTION] no column `x`; line 2 pos "
                    "7;\n'Project ['x]\n+- OneRowRelation");
  const Error error = readable(given, "select 1,\n       x");
  EXPECT_EQ(error.message(), "[UNRESOLVED_COLUMN.WITH_SUGGESTION] no column `x`");
  ASSERT_EQ(error.spans().size(), 1U);
  EXPECT_EQ(error.spans()[0].text(), "x");
  EXPECT_EQ(error.spans()[0].start().line, 2U);
}

TEST(Errors, OfTheParser) {
  const Error error =
      readable(Error("TM4406", "[PARSE_SYNTAX_ERROR] Syntax error at or near 'selct'. SQLSTATE: 42601 (line 1, pos 0)\n\n== SQL ==\nselct 1\n^^^"), "selct 1");
  EXPECT_EQ(error.message(), "[PARSE_SYNTAX_ERROR] Syntax error at or near 'selct'. SQLSTATE: 42601");
  ASSERT_EQ(error.spans().size(), 1U);
  EXPECT_EQ(error.spans()[0].text(), "selct");
}

TEST(Errors, ACancelledStatementIsOneAsOnTheEmbeddedEngine) { EXPECT_EQ(readable(Error("TM4407", "cancelled"), "select 1").code(), "TM4115"); }

TEST(Session, AnInterruptEndsTheStatementAndOnlyThat) {
  FakeServer fake({.polls = -1, .rows = 1});
  SparkSession session(cluster_of(fake));
  std::thread later([&] {
    while (fake.statements == 0) std::this_thread::yield();
    session.interrupt();
  });
  try {
    session.query("select 1", -1);
    ADD_FAILURE() << "it was not cancelled";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM4115");
  }
  later.join();
  fake.script.polls = 0;
  fake.cancels = 0;
  EXPECT_EQ(session.query("select 1", -1).rows.size(), 1U);
}

}  // namespace
}  // namespace tidemark::spark
