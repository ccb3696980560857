// Every type of the engine goes into a table and comes back as the type map documents.
#include "adapter_lake/lake_fixture.h"

namespace tidemark {
namespace {

using LakeTypes = LakeFixture;

struct TypeCase {
  const char* value;
  const char* type;  // what the table has; nullptr: the column is refused
};

TEST_F(LakeTypes, ComeBackAsDocumented) {
  const TypeCase cases[] = {
      {"true", "BOOLEAN"},
      {"1::TINYINT", "TINYINT"},
      {"-2::SMALLINT", "SMALLINT"},
      {"3", "INTEGER"},
      {"9223372036854775807", "BIGINT"},
      {"255::UTINYINT", "SMALLINT"},
      {"65535::USMALLINT", "INTEGER"},
      {"4294967295::UINTEGER", "BIGINT"},
      {"18446744073709551615::UBIGINT", "DECIMAL(20,0)"},
      {"12345678901234567890123::HUGEINT", "DECIMAL(38,0)"},
      {"1.5::FLOAT", "FLOAT"},
      {"'-inf'::DOUBLE", "DOUBLE"},
      {"'nan'::DOUBLE", "DOUBLE"},
      {"1.25::DECIMAL(4,2)", "DECIMAL(4,2)"},
      {"-1.25::DECIMAL(38,10)", "DECIMAL(38,10)"},
      {"'text''s ü'", "VARCHAR"},
      {"''", "VARCHAR"},
      {"'\\x00\\xFF'::BLOB", "BLOB"},
      {"DATE '0044-03-15'", "DATE"},
      {"TIMESTAMP '2024-02-29 12:34:56.123456'", "TIMESTAMP"},
      {"'2024-02-29 12:34:56'::TIMESTAMP_S", "TIMESTAMP"},
      {"'2024-02-29 12:34:56.123'::TIMESTAMP_MS", "TIMESTAMP"},
      {"'2024-02-29 12:34:56.123456789'::TIMESTAMP_NS", nullptr},
      {"TIMESTAMPTZ '2024-02-29 12:34:56.123456+02'", "TIMESTAMP WITH TIME ZONE"},
      {"TIME '12:34:56.123456'", "TIME"},
      {"'12:34:56+02'::TIMETZ", "TIME WITH TIME ZONE"},
      {"INTERVAL '1 year 2 days 03:04:05.000006'", "INTERVAL"},
      {"'12345678-1234-1234-1234-123456789abc'::UUID", "UUID"},
      {"'10101'::BIT", "BIT"},
      {"'{\"a\": [1, 2]}'::JSON", "JSON"},
      {"'b'::ENUM('a', 'b')", "VARCHAR"},
      {"[1, 2, NULL]", "INTEGER[]"},
      {"['a', NULL]::VARCHAR[2]", "VARCHAR[]"},
      {"[[1], []]", "INTEGER[][]"},
      {"{'x': 1, 'y y': {'z': [DATE '2024-01-01']}}", "STRUCT(\"x\" INTEGER, \"y y\" STRUCT(\"z\" DATE[]))"},
      {"MAP {'k': 1.5::DECIMAL(3,1), 'l': NULL}", "MAP(VARCHAR, DECIMAL(3,1))"},
      {"[{'a': 1::UTINYINT, 'b': 5::HUGEINT}]", "STRUCT(\"a\" SMALLINT, \"b\" DECIMAL(38,0))[]"},
      {"NULL", "INTEGER"},
      {"union_value(a := 1)", nullptr},
  };
  session_->execute("SET TimeZone = 'UTC'");
  oracle_->execute("SET TimeZone = 'UTC'");
  for (const TypeCase& c : cases) {
    const std::string select = std::string("SELECT ") + c.value + " AS v UNION ALL SELECT NULL";
    std::string message;
    const std::string code = code_of([&] { create("t", select); }, &message);
    if (!c.type) {
      EXPECT_EQ(code, "TM4310") << c.value;
      EXPECT_NE(message.find("'v'"), std::string::npos) << message;
      continue;
    }
    ASSERT_EQ(code, "no error") << c.value << ": " << message;
    EXPECT_EQ(session_->columns(rel("t")).at(0).type, c.type) << c.value;
    const std::string want = oracle(std::string("SELECT CAST(v AS ") + c.type + ") AS v FROM (" + select + ") ORDER BY ALL");
    EXPECT_EQ(lake("SELECT * FROM s.t ORDER BY ALL"), want) << c.value;
    // written again as itself, the type no longer changes; and rewriting a file keeps it
    create("u", "SELECT * FROM s.t");
    EXPECT_EQ(session_->columns(rel("u")), session_->columns(rel("t"))) << c.value;
    PublishRequest append;
    append.target = rel("u");
    append.mode = WriteMode::kDeleteInsert;
    append.unique_key = {"v"};
    publish("SELECT * FROM s.t", append);
    const std::string distinct = oracle(std::string("SELECT DISTINCT CAST(v AS ") + c.type + ") AS v FROM (" + select + ") ORDER BY ALL");
    EXPECT_EQ(lake("SELECT DISTINCT * FROM s.u ORDER BY ALL"), distinct) << c.value;
  }
}

TEST_F(LakeTypes, ValuesThatDoNotFitAreErrors) {
  EXPECT_NE(code_of([&] { create("t", "SELECT 170141183460469231731687303715884105727::HUGEINT AS v"); }), "no error");
  EXPECT_FALSE(session_->find_relation(rel("t")));
}

TEST_F(LakeTypes, StatisticsOfEveryOrderedTypeFindTheFiles) {
  const char* types[] = {
      "BOOLEAN", "TINYINT", "INTEGER", "BIGINT",  "DOUBLE", "FLOAT", "DECIMAL(18,3)", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE",
      "TIME",    "UUID",    "BLOB",    "INTERVAL"};
  const auto value = [](const std::string& type, int i) {
    const std::string n = std::to_string(i);
    if (type == "BOOLEAN") return std::string(i ? "true" : "false");
    if (type == "VARCHAR") return "repeat('k', 300) || " + n;
    if (type == "DATE") return "DATE '2024-01-01' + " + n;
    if (type == "TIME") return "TIME '01:00:00' + INTERVAL (" + n + ") MINUTE";
    if (type.starts_with("TIMESTAMP")) return "CAST('2024-01-01 00:00:00.000001' AS " + type + ") + INTERVAL (" + n + ") MICROSECOND";
    if (type == "UUID") return "'00000000-0000-0000-0000-00000000000" + n + "'::UUID";
    if (type == "BLOB") return "encode('b" + n + "')";
    if (type == "INTERVAL") return "INTERVAL (" + n + ") DAY";
    return "CAST(" + n + " AS " + type + ")";
  };
  for (const std::string type : types) {
    create("t", "SELECT " + value(type, 0) + " AS k, 0 AS v", {"k"});
    for (int i = 1; i < (type == "BOOLEAN" ? 2 : 5); ++i) {
      PublishRequest append;
      append.target = rel("t");
      append.mode = WriteMode::kAppend;
      publish("SELECT " + value(type, i) + " AS k, " + std::to_string(i) + " AS v", append, {"k"});
    }
    PublishRequest replace;
    replace.target = rel("t");
    replace.mode = WriteMode::kReplacePartitions;
    replace.partitions.columns = {"k"};
    const PublishResult replaced = publish("SELECT " + value(type, 1) + " AS k, 100 AS v", replace, {"k"});
    EXPECT_EQ(replaced.rows_deleted, 1) << type;
    PublishRequest merge;
    merge.target = rel("t");
    merge.mode = WriteMode::kMerge;
    merge.unique_key = {"k"};
    EXPECT_EQ(publish("SELECT " + value(type, 0) + " AS k, 200 AS v", merge, {"k"}).rows_deleted, 1) << type;
    EXPECT_EQ(lake("SELECT v FROM s.t ORDER BY v"), type == "BOOLEAN" ? "v INTEGER, \n100|\n200|\n" : "v INTEGER, \n2|\n3|\n4|\n100|\n200|\n") << type;
  }
}

}  // namespace
}  // namespace tidemark
