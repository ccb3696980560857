// Values read from vectors against the engine's own CAST(... AS VARCHAR) and DESCRIBE.
#include <cstdlib>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "adapter/duckdb/database.h"

namespace tidemark::duckdb {
namespace {

class Values : public ::testing::Test {
 protected:
  void expect_same(const std::string& expression) {
    Value value = connection_->query("SELECT " + expression).rows[0][0];
    Value text = connection_->query("SELECT CAST((" + expression + ") AS VARCHAR)").rows[0][0];
    EXPECT_EQ(value.text(), text.text()) << expression;
    EXPECT_EQ(value.is_null(), text.is_null()) << expression;
    std::string type = connection_->describe("SELECT " + expression)[0].type;
    EXPECT_EQ(type, connection_->query("DESCRIBE SELECT " + expression).rows[0][1].text()) << expression;
  }

  Database database_{DatabaseOptions{}};
  std::unique_ptr<Connection> connection_ = database_.connect();
};

TEST_F(Values, ScalarsPrintAsTheEngineCasts) {
  for (const char* expression : {
           "NULL",
           "true",
           "false",
           "NULL::BOOLEAN",
           "1::TINYINT",
           "(-128)::TINYINT",
           "255::UTINYINT",
           "(-32768)::SMALLINT",
           "65535::USMALLINT",
           "(-2147483648)::INTEGER",
           "4294967295::UINTEGER",
           "(-9223372036854775807 - 1)::BIGINT",
           "18446744073709551615::UBIGINT",
           "42::UBIGINT",
           "170141183460469231731687303715884105727::HUGEINT",
           "(-170141183460469231731687303715884105727 - 1)::HUGEINT",
           "7::HUGEINT",
           "340282366920938463463374607431768211455::UHUGEINT",
           "7::UHUGEINT",
           "'123456789012345678901234567890123456789012345678901234567890'::BIGNUM",
           "'-98765432109876543210987654321098765432109876543210'::BIGNUM",
           "0::BIGNUM",
           "255::BIGNUM",
           "(-256)::BIGNUM",
           "'abc'",
           "''",
           "'it''s é 🦆'",
           "'12 char text'",
           "'thirteen char'",
           "'a' || chr(0) || 'b'",
           "'0.05'::DECIMAL(2,2)",
           "'-0.05'::DECIMAL(3,2)",
           "'1.50'::DECIMAL(18,2)",
           "'-12345678901234567890.123'::DECIMAL(38,3)",
           "'99999.9'::DECIMAL(6,1)",
           "'7'::DECIMAL(4,0)",
           "'-0.00'::DECIMAL(4,2)",
           "'\\x00\\xFFab'' \"\\x5C'::BLOB",
           "''::BLOB",
           "'01011'::BIT",
           "'1'::BIT",
           "'10101010101010101'::BIT",
           "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID",
           "'00000000-0000-0000-0000-000000000001'::UUID",
           "'b'::ENUM('a', 'b', 'it''s')",
           "'{\"a\": 1}'::JSON",
       }) {
    expect_same(expression);
  }
}

TEST_F(Values, TimesPrintAsTheEngineCasts) {
  for (const char* expression : {
           "DATE '2024-02-29'",
           "DATE '0001-01-01'",
           "DATE '0044-03-15 (BC)'",
           "DATE '12345-06-07'",
           "'infinity'::DATE",
           "'-infinity'::DATE",
           "DATE '1969-12-31'",
           "TIME '00:00:00'",
           "TIME '23:59:59.999999'",
           "TIME '12:30:00.5'",
           "TIME '24:00:00'",
           "'12:30:00.123456789'::TIME_NS",
           "'12:30:00.000000001'::TIME_NS",
           "'12:30:00.5'::TIME_NS",
           "TIMETZ '12:00:00+05:30'",
           "TIMETZ '12:00:00.25-08'",
           "TIMETZ '12:00:00+01:02:03'",
           "TIMETZ '12:00:00-01:00:03'",
           "TIMESTAMP '2024-01-01 00:00:00'",
           "TIMESTAMP '1969-12-31 23:59:59.999999'",
           "TIMESTAMP '1900-01-01 12:00:00.1'",
           "'infinity'::TIMESTAMP",
           "'-infinity'::TIMESTAMP",
           "TIMESTAMP '0044-03-15 (BC) 01:02:03'",
           "'2024-01-01 01:02:03'::TIMESTAMP_S",
           "'2024-01-01 01:02:03.456'::TIMESTAMP_MS",
           "'1960-01-01 01:02:03.000000009'::TIMESTAMP_NS",
           "'2024-01-01 01:02:03.123456789'::TIMESTAMP_NS",
           "'2024-01-01 01:02:03.5'::TIMESTAMP_NS",
           "'infinity'::TIMESTAMP_NS",
           "INTERVAL '1' YEAR",
           "INTERVAL '14 months 3 days 04:05:06.789'",
           "INTERVAL '-14 months -1 days -04:05:06.7'",
           "INTERVAL '0' DAY",
           "INTERVAL '1000 hours'",
           "INTERVAL '-1 month 1 day'",
           "INTERVAL '0.000001 seconds'",
           "TIMESTAMPTZ '2024-07-01 12:00:00+00'",
           "'infinity'::TIMESTAMPTZ",
       }) {
    expect_same(expression);
  }
}

TEST_F(Values, NestedTypesPrintAsTheEngineCasts) {
  for (const char* expression : {
           "[1, 2, NULL]",
           "[]",
           "NULL::INTEGER[]",
           "[['a', NULL], []]",
           "['', ' a', 'a ', 'null', 'NULL', 'a,b', 'a''b', 'a\\b', '[x]', 'plain', 'a b', 'x:y', '(', '\"']",
           "[1, 2, 3]::INTEGER[3]",
           "[[1, 2], [3, 4]]::INTEGER[2][2]",
           "{'a': 1, 'b': 'x', 'c': NULL}",
           "{'select': 1, 'B c': 'it''s', 'Abc': [1], 'year': 2, 'é': 3}",
           "row(1, 'a, b', NULL)",
           "MAP {'a': 1, 'b, c': NULL}",
           "MAP {1: ['x']}",
           "MAP {}",
           "MAP {[1]: {'a': 'q,r'}}",
           "union_value(num := 3)",
           "union_value(str := 'a, b')",
           "[union_value(str := 'a, b')]",
           "{'u': union_value(str := '')}",
           "[DATE '2024-01-01', 'infinity'::DATE]",
           "[TIMESTAMP '2024-01-01 00:00:00']",
           "[1.5::DOUBLE, 'nan'::DOUBLE]",
           "['\\x00'::BLOB]",
           "[INTERVAL 1 DAY]",
           "{'a': {'b': {'c': [NULL]}}}",
           "['a'::ENUM('a', 'b')]",
           "[true, NULL]",
           "{'d': '1.0'::DECIMAL(3,1), 't': TIME '01:02:03'}",
       }) {
    expect_same(expression);
  }
}

TEST_F(Values, TypesThatNoVectorHoldsComeAsText) {
  Table table = connection_->query("SELECT 1::VARIANT AS v, 2 AS i, [{'a': 'x'}]::VARIANT AS w ;\n");
  EXPECT_EQ(table.columns[0].type, "VARIANT");
  EXPECT_EQ(table.columns[0].name, "v");
  EXPECT_EQ(table.columns[1].name, "i");
  EXPECT_EQ(table.rows[0][0].text(), "1");
  EXPECT_EQ(table.rows[0][1].as_integer(), 2);
  EXPECT_EQ(table.rows[0][2].text(), connection_->query("SELECT [{'a': 'x'}]::VARIANT::VARCHAR").rows[0][0].text());
  EXPECT_EQ(connection_->query("SELECT 'POINT (1 2)'::GEOMETRY").rows[0][0].text(), "POINT (1 2)");
}

TEST_F(Values, DoublesPrintAsTheEngineCasts) {
  for (const char* expression : {"0.0::DOUBLE", "'-0.0'::DOUBLE", "1e15::DOUBLE", "1e16::DOUBLE", "123456789012345678::DOUBLE", "0.0001::DOUBLE",
                                 "0.00001::DOUBLE", "1e300::DOUBLE", "5e-324::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "'nan'::DOUBLE", "0.1::FLOAT",
                                 "16777216::FLOAT", "1e16::FLOAT", "3.4e38::FLOAT", "1e-45::FLOAT", "'nan'::FLOAT"}) {
    expect_same(expression);
  }
  const char* given = std::getenv("TIDEMARK_SEED");
  uint64_t seed = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  std::cout << "TIDEMARK_SEED=" << seed << "\n";
  Table table = connection_->query(
      "SELECT x, x::VARCHAR, y, y::VARCHAR, x::FLOAT z, x::FLOAT::VARCHAR, t, t::VARCHAR, d, d::VARCHAR FROM (SELECT (random() - 0.5) * 10 ** (random() * 60 - "
      "30) AS x, "
      "round(random() * 1e6) / 100 AS y, TIMESTAMP '2000-01-01' + to_microseconds(((random() - 0.5) * 1e17)::BIGINT) AS t, DATE '2000-01-01' + ((random() - "
      "0.5) * 3e6)::INTEGER AS d "
      "FROM (SELECT setseed(" +
      std::to_string(static_cast<double>(seed % 1000) / 1000) + ")), range(5000))");
  ASSERT_EQ(table.rows.size(), 5000U);
  for (const auto& row : table.rows) {
    for (size_t i = 0; i < row.size(); i += 2) ASSERT_EQ(row[i].text(), row[i + 1].text());
  }
}

TEST_F(Values, TimestampsWithTimeZoneFollowTheSession) {
  for (const char* zone : {"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"}) {
    connection_->execute("SET TimeZone = '" + std::string(zone) + "'");
    Table table = connection_->query(
        "SELECT t, t::VARCHAR, [t], [t]::VARCHAR FROM (SELECT make_timestamptz(i * 6007123457) AS t FROM range(-400000, 500000, 997) r(i) "
        "UNION ALL SELECT '2024-03-31 01:00:00+00'::TIMESTAMPTZ - to_microseconds(i) FROM range(3) r(i) "
        "UNION ALL SELECT '1890-03-31 01:00:00+00'::TIMESTAMPTZ + to_hours((i * 997)::INTEGER) FROM range(500) r(i) UNION ALL SELECT NULL)");
    for (const auto& row : table.rows) {
      ASSERT_EQ(row[0].text() == "NULL" ? "NULL" : row[0].text(), row[1].text()) << zone;
      ASSERT_EQ(row[2].text(), row[3].text()) << zone;
    }
  }
}

TEST_F(Values, ManyRowsAndNestedChunksKeepTheirPlaces) {
  Table table = connection_->query(
      "SELECT i, [i, i + 1], CASE WHEN i % 3 = 0 THEN NULL ELSE 'text number ' || i END, {'k': i, 'l': range(i % 4)} FROM range(10000) t(i)");
  ASSERT_EQ(table.rows.size(), 10000U);
  for (int64_t i = 0; i < 10000; ++i) {
    const Row& row = table.rows[static_cast<size_t>(i)];
    ASSERT_EQ(row[0].as_integer(), i);
    ASSERT_EQ(row[1].elements()[1].as_integer(), i + 1);
    ASSERT_EQ(row[2].is_null(), i % 3 == 0);
    ASSERT_EQ(row[2].text(), i % 3 == 0 ? "NULL" : "text number " + std::to_string(i));
    ASSERT_EQ(row[3].fields()[1].second.elements().size(), static_cast<size_t>(i % 4));
  }
}

TEST_F(Values, ParametersArriveAsTheyAre) {
  std::vector<Value> values = {
      Value(),
      Value::boolean(true),
      Value::integer(-5),
      Value::number("12345678901234567890.12"),
      Value::number("170141183460469231731687303715884105727"),
      Value::real(0.1),
      Value::real(-0.0),
      Value::single(0.5F),
      Value::string(std::string("a\0b'c", 5)),
      Value::blob(std::string("\x00\xff", 2)),
      Value::date(19000),
      Value::moment(ValueKind::kTime, {3'600'000'000, 0, 0}),
      Value::moment(ValueKind::kTimestamp, {-1, 0, 0}),
      Value::moment(ValueKind::kTimestampTz, {1'700'000'000'000'000, 0, 0}),
      Value::moment(ValueKind::kTimeTz, {3'600'000'000, 0, -3600}),
      Value::moment(ValueKind::kTimestamp, {5, 7, 0}),
      Value::interval({1, 2, 3}),
      Value::list({Value::integer(1), Value()}),
      Value::list({Value::list({Value::string("x")})}),
  };
  for (const auto& value : values) EXPECT_EQ(connection_->scalar("SELECT $1", {value}), value) << value.text();
  EXPECT_EQ(connection_->scalar("SELECT $2 || $1", {Value::string("a"), Value::string("b")}).text(), "ba");
}

}  // namespace
}  // namespace tidemark::duckdb
