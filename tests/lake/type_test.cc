#include "lake/type.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace tidemark::lake {
namespace {

TEST(LakeType, NothingChangesSilently) {
  const std::vector<std::array<const char*, 3>> cases{
      {"BOOLEAN", "\"boolean\"", "BOOLEAN"},
      {"HUGEINT", "\"decimal(38,0)\"", "DECIMAL(38,0)"},
      {"UTINYINT", "\"short\"", "SMALLINT"},
      {"UBIGINT", "\"decimal(20,0)\"", "DECIMAL(20,0)"},
      {"DECIMAL(18,2)", "\"decimal(18,2)\"", "DECIMAL(18,2)"},
      {"TIMESTAMP", "\"timestamp_ntz\"", "TIMESTAMP"},
      {"TIMESTAMP WITH TIME ZONE", "\"timestamp\"", "TIMESTAMP WITH TIME ZONE"},
      {"UUID", "\"string\"", "UUID"},
      {"TIME", "\"string\"", "TIME"},
      {"ENUM('a', 'b,c')", "\"string\"", "VARCHAR"},
      {"INTEGER[]", R"({"type":"array","elementType":"integer","containsNull":true})", "INTEGER[]"},
      {"INTEGER[3]", R"({"type":"array","elementType":"integer","containsNull":true})", "INTEGER[]"},
      {"MAP(VARCHAR, DOUBLE)", R"({"type":"map","keyType":"string","valueType":"double","valueContainsNull":true})", "MAP(VARCHAR, DOUBLE)"},
      {"STRUCT(a INTEGER, \"b c\" VARCHAR[])",
       R"({"type":"struct","fields":[{"name":"a","type":"integer","nullable":true,"metadata":{}},{"name":"b c","type":{"type":"array","elementType":"string","containsNull":true},"nullable":true,"metadata":{}}]})",
       "STRUCT(\"a\" INTEGER, \"b c\" VARCHAR[])"},
  };
  for (const auto& [engine, delta, read_as] : cases) {
    const Field field = make_field("x", engine);
    EXPECT_EQ(field.type.dump(), delta) << engine;
    EXPECT_EQ(engine_type(field), read_as) << engine;
  }
}

TEST(LakeType, WhatCannotBeHeldIsRefusedByName) {
  for (const char* type : {"TIMESTAMP_NS", "UNION(a INTEGER, b VARCHAR)", "GEOMETRY"}) {
    try {
      make_field("when_it_was", type);
      FAIL() << type;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "TM4310");
      EXPECT_NE(error.message().find("when_it_was"), std::string::npos);
    }
  }
}

TEST(LakeType, SchemasReadBack) {
  const Schema schema{{make_field("day", "DATE"), make_field("id", "UUID"), make_field("n", "INTEGER[]")}};
  const Schema again = parse_schema(schema_text(schema), "t");
  EXPECT_EQ(schema_text(again), schema_text(schema));
  EXPECT_EQ(engine_type(again.fields[1]), "UUID");
  EXPECT_THROW(parse_schema("[1]", "t"), Error);
}

}  // namespace
}  // namespace tidemark::lake
