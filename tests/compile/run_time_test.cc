// Templates rendered with a database at hand: adapter methods, statements and their tables, hooks, operations, what a
// model asks about its own table, and the way back from compiled SQL to the model's lines.
#include <gtest/gtest.h>

#include "adapter/table.h"
#include "base/strings.h"
#include "compile/compiler.h"
#include "compile/fake_host.h"
#include "parsed_project.h"

namespace tidemark {
namespace {

class RunTimeTest : public ::testing::Test {
 protected:
  void open(const std::map<std::string, std::string>& files) {
    folder_ = std::make_unique<tests::ProjectFolder>(files);
    opened_ = tests::open_project(folder_->path());
    compiler_ = std::make_unique<compile::Compiler>(opened_.resolved);
  }
  // The text as an inline query of a project with one macro file.
  std::string inline_text(const std::string& text, const std::string& macros = "") {
    open({{"models/a.sql", "select 1 as id"}, {"macros/m.sql", macros}});
    host_.session().execute("create table if not exists t as select 1 as id, 'x' as name, 1.5::decimal(4,2) as price, date '2024-02-29' as d, null::int as n");
    return std::string(trim(compiler_->compile_inline(text, host_).node->compiled_code));
  }
  const Node& node(const std::string& id) { return *opened_.resolved->manifest.find(id); }
  compile::Compiled compile(const std::string& name, const compile::CompileOptions& options = {}) {
    return compiler_->compile(node("model.p." + name), host_, options);
  }

  std::unique_ptr<tests::ProjectFolder> folder_;
  tests::OpenedProject opened_;
  std::unique_ptr<compile::Compiler> compiler_;
  tests::FakeHost host_;
};

TEST_F(RunTimeTest, RunQueryGivesRowsColumnsAndValues) {
  EXPECT_EQ(inline_text("{% set r = run_query('select * from t') %}{{ r.columns | length }} {{ r.column_names | join('/') }} {{ r.rows[0]['name'] }} "
                        "{{ r.rows[0][0] }} {{ r.rows[0].values() | length }} {{ r.columns[1].values()[0] }} {{ r.columns['id'].values() | list }}"),
            "5 id/name/price/d/n x 1 5 x [1]");
  EXPECT_EQ(inline_text("{%- for row in run_query('select 1 as a union all select 2 order by a') %}{{ row.a }}{{ ',' if not loop.last }}{% endfor %}"), "1,2");
}

TEST_F(RunTimeTest, ValuesKeepTheirKinds) {
  EXPECT_EQ(
      inline_text(
          "{% set row = run_query('select * from t').rows[0] %}{{ row['price'] + 1 }} {{ row['d'].year }} {{ row['n'] is none }} {{ row['id'] is number }}"),
      "2.5 2024 True True");
}

TEST_F(RunTimeTest, StatementsKeepResultsUnderTheirNames) {
  EXPECT_EQ(inline_text("{% call statement('one', fetch_result=true) %}select 7 as v{% endcall %}{% set r = load_result('one') %}"
                        "{{ r['data'][0][0] }} {{ r.table.columns[0].name }} {{ r['response'] }} {{ load_result('never') is none }}"),
            "7 v OK True");
  EXPECT_THROW(inline_text("{% call statement('one') %}select 7{% endcall %}{% do load_result('one') %}{% do load_result('one') %}"), Error);
}

TEST_F(RunTimeTest, AQueryMakesTheNodeDecidedAtRunTime) {
  open({{"models/a.sql", "{% if execute %}{% set r = run_query('select 3 as x') %}select {{ r.rows[0].x }} as x{% else %}select 1 as x{% endif %}"},
        {"models/b.sql", "select 1 as x"}});
  const compile::Compiled a = compile("a");
  EXPECT_EQ(a.node->compiled_code, "select 3 as x");
  EXPECT_TRUE(a.node->decided_at_run_time);
  EXPECT_NE(a.node->decided_by.find("adapter.execute()"), std::string::npos) << a.node->decided_by;
  EXPECT_FALSE(compile("b").node->decided_at_run_time);
}

TEST_F(RunTimeTest, RelationsAndColumns) {
  EXPECT_EQ(inline_text("{% set t = adapter.get_relation('memory', 'main', 't') %}{{ t }} {{ t.type }} {{ t.is_table }} {{ adapter.get_relation('memory', "
                        "'main', 'no') is none }} "
                        "{% for c in adapter.get_columns_in_relation(t) %}{{ c.name }}:{{ c.data_type }}{{ ' ' if not loop.last }}{% endfor %}"),
            R"("memory"."main"."t" table True True id:INTEGER name:VARCHAR price:DECIMAL(4,2) d:DATE n:INTEGER)");
  EXPECT_EQ(inline_text("{{ adapter.quote('a\"b') }} {{ api.Relation.create(database='d', schema='s', identifier='i') }} {{ "
                        "load_relation(api.Relation.create(database='memory', schema='main', identifier='t')).identifier }}"),
            R"("a""b" "d"."s"."i" t)");
}

TEST_F(RunTimeTest, SchemasAreMadeAndRelationsRenamedAndDropped) {
  inline_text(
      "{% set s = api.Relation.create(database='memory', schema='new_one') %}{% do adapter.create_schema(s) %}"
      "{% do run_query('create table new_one.x as select 1 as i') %}"
      "{% set x = adapter.get_relation('memory', 'new_one', 'x') %}{% set y = api.Relation.create(database='memory', schema='new_one', identifier='y', "
      "type='table') %}"
      "{% do adapter.rename_relation(x, y) %}select 1");
  EXPECT_EQ(host_.session().query("select i from new_one.y").rows.size(), 1U);
  EXPECT_GT(host_.changes, 0);
  EXPECT_EQ(inline_text("{{ adapter.check_schema_exists('memory', 'new_one') }} {{ adapter.check_schema_exists('memory', 'gone') }} "
                        "{{ adapter.list_relations('memory', 'new_one') | map(attribute='identifier') | join }}"
                        "{% do adapter.drop_relation(adapter.get_relation('memory', 'new_one', 'y')) %} {{ adapter.get_relation('memory', 'new_one', 'y') }}"),
            "True False y None");
}

TEST_F(RunTimeTest, UnknownAdapterMethodsAreNamedWithANearOne) {
  try {
    inline_text("select {{ adapter.get_relatoin('a', 'b', 'c') }}");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM2107");
    EXPECT_EQ(render_error(error),
              "<inline>:1:11: error[TM2107]: adapter has no method 'get_relatoin'\n"
              "1 | select {{ adapter.get_relatoin('a', 'b', 'c') }}\n"
              "  |           ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
              "hint: did you mean 'get_relation'?\n");
  }
}

TEST_F(RunTimeTest, UnknownMacrosAreNamed) {
  try {
    inline_text("select {{ cent('a') }}", "{% macro cents(x) %}{{ x }} * 100{% endmacro %}");
    FAIL() << "no error";
  } catch (const Error& error) {
    const std::string text = render_error(error);
    EXPECT_TRUE(text.starts_with("<inline>:1:11: error[TM2")) << text;
    EXPECT_NE(text.find("'cent' is undefined"), std::string::npos) << text;
  }
}

TEST_F(RunTimeTest, DispatchTakesTheAdaptersMacroFirst) {
  const std::string macros =
      "{% macro pick() %}{{ return(adapter.dispatch('pick')()) }}{% endmacro %}{% macro default__pick() %}default{% endmacro %}"
      "{% macro duckdb__pick() %}duckdb{% endmacro %}{% macro other() %}{{ return(adapter.dispatch('other', 'p')()) }}{% endmacro %}{% macro default__other() "
      "%}d{% endmacro %}";
  EXPECT_EQ(inline_text("{{ pick() }} {{ other() }}", macros), "duckdb d");
}

const char* const kIncremental =
    "{{ config(materialized='incremental') }}\nselect 1 as day\n{% if is_incremental() %}where {{ affected_partitions('day') }} -- {{ "
    "affected_partitions('day').is_all }}{% endif %}";

TEST_F(RunTimeTest, IsIncrementalIsTheHostsAnswer) {
  open({{"models/a.sql", kIncremental}});
  EXPECT_EQ(std::string(trim(compile("a").node->compiled_code)), "select 1 as day");
  host_.incremental = true;
  host_.affected = {false, {"DATE '2024-01-02'", "NULL"}};
  const compile::Compiled compiled = compile("a");
  EXPECT_TRUE(compiled.asked_is_incremental);
  EXPECT_EQ(compiled.affected_columns, std::vector<std::string>{"day"});
  const std::string code = compiled.node->compiled_code;
  EXPECT_NE(code.find("DATE '2024-01-02'"), std::string::npos) << code;
  EXPECT_NE(code.find("is null"), std::string::npos) << code;
  EXPECT_NE(code.find("-- False"), std::string::npos) << code;
  // The truth of the model asks neither.
  EXPECT_EQ(std::string(trim(compile("a", {.incremental = false, .empty = false, .scan = {}}).node->compiled_code)), "select 1 as day");
}

TEST_F(RunTimeTest, AllPartitionsAffectedIsTrue) {
  open({{"models/a.sql", kIncremental}});
  host_.incremental = true;
  const std::string code = compile("a").node->compiled_code;
  EXPECT_NE(code.find("where true -- True"), std::string::npos) << code;
}

TEST_F(RunTimeTest, AffectedPartitionsSelectTheirRowsAndNulls) {
  open({{"models/a.sql", "{{ config(materialized='incremental') }}select * from (values (1), (2), (null)) v(day) where {{ affected_partitions('day') }}"}});
  host_.incremental = true;
  host_.affected = {false, {"1", "NULL"}};
  EXPECT_EQ(host_.session().query(compile("a").node->compiled_code).rows.size(), 2U);
  host_.affected = {false, {}};
  EXPECT_EQ(host_.session().query(compile("a").node->compiled_code).rows.size(), 0U);
}

TEST_F(RunTimeTest, EmptyRunsReadNoRows) {
  open({{"models/a.sql", "select 1 as id"}, {"models/b.sql", "select * from {{ ref('a') }}"}});
  EXPECT_EQ(compile("b", {.incremental = true, .empty = true, .scan = {}}).node->compiled_code,
            R"(select * from (select * from "memory"."main"."a" where false limit 0))");
}

TEST_F(RunTimeTest, HooksSeeTheirModelAndTheResults) {
  open({{"models/a.sql", "select 1"}});
  EXPECT_EQ(compiler_->render("grant select on {{ this }} to {{ var('who', 'me') }}", "a (post-hook)", &node("model.p.a"), host_),
            R"(grant select on "memory"."main"."a" to me)");
  EXPECT_EQ(compiler_->render("{{ schemas | join(',') }} {{ results | length }}", "on-run-end", nullptr, host_,
                              Json{{"schemas", {"s1", "s2"}}, {"results", {1, 2, 3}}}),
            "s1,s2 3");
}

TEST_F(RunTimeTest, OperationsTakeArgumentsAndGiveTheirReturn) {
  open({{"models/a.sql", "select 1"},
        {"macros/m.sql",
         "{% macro grow(n, by=2) %}{% do run_query('create or replace table grown as select ' ~ n * by ~ ' as v') %}{{ log('grown ' ~ n, info=true) }}{{ "
         "return({'n': n * by}) }}{% endmacro %}"}});
  EXPECT_EQ(compiler_->run_operation("grow", Json{{"n", 4}}, host_), (Json{{"n", 8}}));
  EXPECT_EQ(host_.session().query("select v from grown").rows.at(0).at(0).text(), "8");
  EXPECT_EQ(host_.messages, std::vector<std::string>{"info: grown 4"});
  try {
    compiler_->run_operation("grew", Json::object(), host_);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM2114");
    EXPECT_EQ(error.hint(), "did you mean 'grow'?");
  }
}

TEST_F(RunTimeTest, TestsAreWrappedByTheirThresholds) {
  open({{"models/a.sql", "select 1 as id union all select 1"},
        {"models/s.yml", "models: [{name: a, columns: [{name: id, data_tests: [{unique: {config: {warn_if: '>0', error_if: '>1', limit: 10}}}]}]}]"}});
  host_.session().execute("create table a as select 1 as id union all select 1");
  const Node* test = nullptr;
  for (const auto& [id, each] : opened_.resolved->manifest.nodes) {
    if (each->type == ResourceType::kTest) test = each.get();
  }
  ASSERT_NE(test, nullptr);
  const Table result = host_.session().query(compiler_->test_sql(compiler_->compile(*test, host_), host_));
  ASSERT_EQ(result.rows.size(), 1U);
  EXPECT_EQ(result.rows[0][0].text(), "1");     // failures
  EXPECT_EQ(result.rows[0][1].text(), "true");  // should_warn
  EXPECT_EQ(result.rows[0][2].text(), "false");
}

// ---- the way back to the model's text

// "file:line" of the place that `needle` comes from.
std::string origin(const compile::Compiled& compiled, const std::string& needle) {
  const size_t at = compiled.node->compiled_code.find(needle);
  if (at == std::string::npos) return "not in " + compiled.node->compiled_code;
  const SourceSpan span = compiled.source_map.at(at);
  return span.source ? fmt::format("{}:{}", span.source->name, span.start().line) : "nowhere";
}

TEST_F(RunTimeTest, PlacesOfPlainLines) {
  open({{"models/a.sql", "{{ config(materialized='table') }}\n\nselect\n  1 as one,\n  twoo as two\nfrom x"}});
  EXPECT_EQ(origin(compile("a"), "twoo"), "models/a.sql:5");
  EXPECT_EQ(origin(compile("a"), "from x"), "models/a.sql:6");
}

TEST_F(RunTimeTest, PlacesOfLinesWithExpressionsAndLoops) {
  open({{"models/b.sql", "select 1 as id"},
        {"models/a.sql",
         "select\n{% for c in ['p', 'q', 'r'] %}\n  sum({{ c }}) as {{ c }}_sum,\n{% endfor %}\n  count(*) as n\nfrom {{ ref('b') }}\nwhere broken > 1"}});
  const compile::Compiled a = compile("a");
  for (const char* name : {"p_sum", "q_sum", "r_sum"}) EXPECT_EQ(origin(a, name), "models/a.sql:3");
  EXPECT_EQ(origin(a, "count(*)"), "models/a.sql:5");
  EXPECT_EQ(origin(a, "from "), "models/a.sql:6");
  EXPECT_EQ(origin(a, "broken"), "models/a.sql:7");
}

TEST_F(RunTimeTest, PlacesOfMacrosAreTheirCalls) {
  open({{"macros/m.sql", "{% macro many() %}\n  one_of_macro,\n  two_of_macro\n{% endmacro %}"},
        {"models/a.sql", "select\n  first_of_model,\n  {{ many() }},\n  last_of_model\nfrom x"}});
  const compile::Compiled a = compile("a");
  EXPECT_EQ(origin(a, "first_of_model"), "models/a.sql:2");
  EXPECT_EQ(origin(a, "two_of_macro"), "models/a.sql:3");
  EXPECT_EQ(origin(a, "last_of_model"), "models/a.sql:4");
}

TEST_F(RunTimeTest, PlacesInEphemeralModelsAreTheirOwnFiles) {
  open({{"models/e1.sql", "{{ config(materialized='ephemeral') }}\nselect\n  in_e1 as x"},
        {"models/e2.sql", "{{ config(materialized='ephemeral') }}\nselect\n  in_e2\nfrom {{ ref('e1') }}"},
        {"models/a.sql", "with own as (\n  select in_own\n)\nselect in_main\nfrom {{ ref('e2') }}, own"}});
  const compile::Compiled a = compile("a");
  EXPECT_EQ(origin(a, "in_e1"), "models/e1.sql:3");
  EXPECT_EQ(origin(a, "in_e2"), "models/e2.sql:3");
  EXPECT_EQ(origin(a, "in_own"), "models/a.sql:2");
  EXPECT_EQ(origin(a, "in_main"), "models/a.sql:4");
}

}  // namespace
}  // namespace tidemark
