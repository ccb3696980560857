#include "adapter/lake/statement.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

std::string target(const Statement& statement) { return join(statement.target.parts, "|"); }

TEST(SplitStatements, KeepsSemicolonsInLiteralsAndComments) {
  EXPECT_EQ(sql::split_statements("select ';' ; /* a;b /* c; */ */ select 2 -- ;\n; ;select $x$;$x$"),
            (std::vector<std::string>{"select ';'", "select 2", "select $x$;$x$"}));
  EXPECT_EQ(sql::split_statements("select \"a;\"\"b\""), (std::vector<std::string>{"select \"a;\"\"b\""}));
  EXPECT_THROW(sql::split_statements("select 'a"), Error);
  EXPECT_THROW(sql::split_statements("select /* a"), Error);
  EXPECT_THROW(sql::split_statements("select $q$ a"), Error);
}

TEST(DottedNames, FindsChainsButNoCalls) {
  std::vector<std::string> names;
  for (const sql::Name& name : sql::dotted_names(sql::tokenize("from \"w\".\"a b\".t join s.u on lower(x) = w.\"a b\".t.c")))
    names.push_back(join(name.parts, "|"));
  EXPECT_EQ(names, (std::vector<std::string>{"from", "w|a b|t", "join", "s|u", "on", "x", "w|a b|t"}));
}

struct Case {
  const char* sql;
  StatementKind kind;
  const char* target;
  const char* body;
};

TEST(ParseStatement, KnowsOperationTargetAndBody) {
  const Case cases[] = {
      {"select 1", StatementKind::kEngine, "", ""},
      {"(select 1)", StatementKind::kEngine, "", ""},
      {"set threads = 1", StatementKind::kEngine, "", ""},
      {"create temp table t as select 1", StatementKind::kEngine, "t", ""},
      {"create or replace temporary view t as select 1", StatementKind::kEngine, "t", ""},
      {"create macro f(a) as a + 1", StatementKind::kEngine, "", ""},
      {"BEGIN TRANSACTION", StatementKind::kTransaction, "", "begin"},
      {"create or replace table \"w\".\"s\".\"t\" as (select 1 as a)", StatementKind::kCreateTableAs, "w|s|t", "(select 1 as a)"},
      {"create table if not exists s.t as\nfrom u", StatementKind::kCreateTableAs, "s|t", "from u"},
      {"create table t(a, b) as select 1, 2", StatementKind::kCreateTableAs, "t", "select 1, 2"},
      {"create table s.t (a decimal(3, 2), b int not null)", StatementKind::kCreateTable, "s|t", "(a decimal(3, 2), b int not null)"},
      {"create view s.v (x) as select 1", StatementKind::kCreateView, "s|v", "select 1"},
      {"create schema if not exists w.s", StatementKind::kCreateSchema, "w|s", ""},
      {"drop table if exists s.t cascade", StatementKind::kDropTable, "s|t", ""},
      {"drop view v", StatementKind::kDropView, "v", ""},
      {"drop schema s", StatementKind::kDropSchema, "s", ""},
      {"drop macro f", StatementKind::kEngine, "", ""},
      {"insert into s.t (a, b) select 1, 2", StatementKind::kInsert, "s|t", "select 1, 2"},
      {"insert into t by name select 1 as a", StatementKind::kInsert, "t", "select 1 as a"},
      {"insert into t values (1)", StatementKind::kInsert, "t", "values (1)"},
      {"insert into t (select 1)", StatementKind::kInsert, "t", "(select 1)"},
      {"delete from s.t where a = 1", StatementKind::kDelete, "s|t", "delete from s.t where a = 1"},
      {"update t as x set a = 1", StatementKind::kUpdate, "t", "update t as x set a = 1"},
      {"merge into t using s on t.a = s.a when matched then delete", StatementKind::kMerge, "t", "merge into t using s on t.a = s.a when matched then delete"},
      {"truncate table t", StatementKind::kTruncate, "t", ""},
      {"alter table s.t rename to u", StatementKind::kRename, "s|t", "u"},
      {"alter table s.t add column b integer", StatementKind::kAlterTable, "s|t", "add column b integer"},
      {"comment on table s.t is 'it''s'", StatementKind::kCommentOn, "s|t", "it's"},
      {"create unique index i on t (a)", StatementKind::kUnsupported, "", ""},
      {"with x as (select 1) select * from x", StatementKind::kEngine, "", ""},
      {"with x as (select 1) insert into t select * from x", StatementKind::kUnsupported, "", ""},
      {"insert into t select 1 on conflict do nothing", StatementKind::kUnsupported, "t", "select 1 on conflict do nothing"},
  };
  for (const Case& c : cases) {
    const Statement statement = parse_statement(c.sql);
    EXPECT_EQ(statement.kind, c.kind) << c.sql;
    EXPECT_EQ(target(statement), c.target) << c.sql;
    EXPECT_EQ(statement.body, c.body) << c.sql;
  }
}

TEST(ParseStatement, ReadsFlagsAndAliases) {
  EXPECT_TRUE(parse_statement("create or replace table t as select 1").or_replace);
  EXPECT_TRUE(parse_statement("create table if not exists t as select 1").if_not_exists);
  EXPECT_TRUE(parse_statement("drop table if exists t cascade").if_exists);
  EXPECT_TRUE(parse_statement("drop schema s cascade").cascade);
  EXPECT_EQ(parse_statement("update t as x set a = 1").alias, "x");
  EXPECT_EQ(parse_statement("delete from t y using u where y.a = u.a").alias, "y");
  EXPECT_EQ(parse_statement("delete from t").alias, "");
  EXPECT_EQ(parse_statement("comment on column s.t.c is null").columns, std::vector<std::string>{"c"});
  EXPECT_EQ(parse_statement("insert into t (a, \"B c\") select 1, 2").columns, (std::vector<std::string>{"a", "B c"}));
}

TEST(ParseStatement, RefusesWhatIsCutShort) {
  for (const char* sql : {"create table", "create table t as", "drop view", "insert into t", "delete t", "create view v"}) {
    EXPECT_THROW(parse_statement(sql), Error) << sql;
  }
}

}  // namespace
}  // namespace tidemark::lake_adapter
