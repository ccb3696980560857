// dbt's blocks, how files are cut into them, and calls that are seen without executing them.
#include <array>

#include <gtest/gtest.h>

#include "base/error.h"
#include "jinja/environment.h"
#include "jinja/scan.h"

namespace tidemark::jinja {
namespace {

constexpr std::array<std::string_view, 6> kKinds = {"macro", "materialization", "test", "data_test", "snapshot", "docs"};

TemplatePtr definitions_of(const std::string& text) {
  static const Environment environment;
  return environment.parse_definitions(make_source("macros/m.sql", text), kKinds);
}

std::string fault_of(const std::string& text) {
  try {
    definitions_of(text);
    return "no error";
  } catch (const Error& error) {
    return render_error(error);
  }
}

std::string run(const std::string& text, size_t index = 0, std::initializer_list<Value> arguments = {}) {
  static const Environment environment;
  const TemplatePtr t = definitions_of(text);
  MapGlobals globals;
  globals.set("return", make_return_function());
  globals.set("n", 5);
  for (const Definition& definition : t->definitions()) globals.set(definition.name, make_macro(t, definition));
  Render render(environment, globals);
  return to_repr(render.call(make_macro(t, t->definitions()[index]), std::vector<Value>(arguments)));
}

TEST(Definitions, Macro) {
  const TemplatePtr t = definitions_of("-- a comment\n{% macro add(a, b: int = 2, c: dict[str, list[int]] = {}) -%}\n  {{ a + b }}\n{%- endmacro %}\n");
  ASSERT_EQ(t->definitions().size(), 1U);
  const Definition& d = t->definitions()[0];
  EXPECT_EQ(d.kind, Definition::Kind::kMacro);
  EXPECT_EQ(d.name, "add");
  EXPECT_EQ(d.span.start().line, 2U);
  EXPECT_TRUE(d.span.text().starts_with("{% macro") && d.span.text().ends_with("endmacro %}"));
  EXPECT_EQ(d.body.text(), "\n  {{ a + b }}\n");
  ASSERT_EQ(d.parameters.size(), 3U);
  EXPECT_FALSE(d.parameters[0].has_default);
  EXPECT_EQ(d.parameters[1].annotation, "int");
  EXPECT_EQ(d.parameters[1].default_span.text(), "2");
  EXPECT_EQ(d.parameters[2].annotation, "dict[str, list[int]]");
}

TEST(Definitions, Materialization) {
  const TemplatePtr t = definitions_of(
      "{% materialization table, default %}a{% endmaterialization %}"
      "{% materialization table, adapter='lake' %}b{% endmaterialization %}"
      "{% materialization model, adapter = \"lake\", supported_languages=['sql', 'python'] %}c{% endmaterialization %}");
  const auto& all = t->definitions();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].adapter, "default");
  EXPECT_EQ(all[0].supported_languages, std::vector<std::string>{"sql"});
  EXPECT_EQ(all[1].adapter, "lake");
  EXPECT_EQ(all[1].name, "table");
  EXPECT_EQ(all[2].supported_languages, (std::vector<std::string>{"sql", "python"}));
  for (const Definition& d : all) EXPECT_EQ(d.kind, Definition::Kind::kMaterialization);
}

TEST(Definitions, TestsSnapshotsAndDocs) {
  const TemplatePtr t = definitions_of(
      "{% test positive(model, column_name, least=0) %}select * from {{ model }} where {{ column_name }} < {{ least }}{% endtest %}"
      "{% data_test other(model) %}x{% enddata_test %}"
      "{% snapshot orders %}select 1{% endsnapshot %}"
      "{% docs revenue %}All of *it*.{% enddocs %}");
  const auto& all = t->definitions();
  ASSERT_EQ(all.size(), 4U);
  EXPECT_EQ(all[0].kind, Definition::Kind::kTest);
  EXPECT_EQ(all[0].parameters.size(), 3U);
  EXPECT_EQ(all[1].kind, Definition::Kind::kTest);
  EXPECT_EQ(all[2].kind, Definition::Kind::kSnapshot);
  EXPECT_EQ(all[2].body.text(), "select 1");
  EXPECT_EQ(all[3].kind, Definition::Kind::kDocs);
  EXPECT_EQ(all[3].name, "revenue");
  EXPECT_EQ(all[3].body.text(), "All of *it*.");
}

TEST(Definitions, OnlyBlocksAreParsed) {
  const TemplatePtr t = definitions_of(
      "{{ not even ( Jinja }} {% whatever %}\n{# {% macro no() %} #}{% raw %}{% macro no() %}{% endraw %}{% macro yes() %}1{% endmacro %} {{ \"{% macro no() "
      "%}\" }}");
  ASSERT_EQ(t->definitions().size(), 1U);
  EXPECT_EQ(t->definitions()[0].name, "yes");
}

TEST(Definitions, MacrosAreCalled) {
  EXPECT_EQ(run("{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}", 0, {1}), "'1-2'");
  EXPECT_EQ(run("{% macro m() %}text{{ return([1, {'a': n}]) }}more{% endmacro %}"), "[1, {'a': 5}]");
  EXPECT_EQ(run("{% macro m() %}{% for i in range(9) %}{% if i == 3 %}{% do return(i) %}{% endif %}{% endfor %}{% endmacro %}"), "3");
  EXPECT_EQ(run("{% macro m() %}{% set x = inner() %}{{ return(x + 1) }}{% endmacro %}{% macro inner() %}{{ return(4) }}{% endmacro %}"), "5");
  EXPECT_EQ(run("{% macro m() %}{{ return(caller_of()) }}{% endmacro %}{% macro caller_of() %}{{ 'x' }}{% endmacro %}"), "'x'");
  EXPECT_EQ(run("{% macro m() %}{{ (return(1)) ~ 'x' }}{% endmacro %}"), "1");
  EXPECT_EQ(run("{% materialization m, default %}{{ supported_languages }}{% endmaterialization %}"), "\"['sql']\"");
  EXPECT_EQ(run("{% test t(model) %}from {{ model }}{% endtest %}", 0, {"x"}), "'from x'");
  EXPECT_EQ(run("{% docs d %}{{ n }}{% enddocs %}"), "'5'");
}

TEST(Definitions, Faults) {
  EXPECT_EQ(fault_of("{% macro m() %}x"),
            "macros/m.sql:1:1: error[TM2009]: the block 'macro' is never closed: expected 'endmacro'\n"
            "1 | {% macro m() %}x\n"
            "  | ^^^^^^^^^^^^^^^\n");
  EXPECT_NE(fault_of("{% macro a() %}{% macro b() %}{% endmacro %}{% endmacro %}").find("1:16: error[TM2009]: the block 'macro' stands within a block 'macro'"),
            std::string::npos);
  EXPECT_NE(fault_of("{% if x %}\n{% macro a() %}{% endmacro %}{% endif %}").find("2:1: error[TM2009]: the block 'macro' stands within 'if'"),
            std::string::npos);
  EXPECT_NE(fault_of("{% endif %}").find("error[TM2009]: unexpected 'endif'"), std::string::npos);
  EXPECT_NE(fault_of("{% for x in y %}{% endif %}").find("error[TM2009]: unexpected 'endif': expected 'endfor'"), std::string::npos);
  EXPECT_NE(fault_of("\n{# x").find("2:1: error[TM2009]: this comment is never closed"), std::string::npos);
  EXPECT_NE(fault_of("{{ x").find("error[TM2009]: this expression is never closed"), std::string::npos);
  EXPECT_NE(fault_of("{% macro m() %}\n{{ 1 + }}{% endmacro %}").find("macros/m.sql:2:"), std::string::npos);
  EXPECT_NE(fault_of("{% materialization x, adaptor='a' %}{% endmaterialization %}").find("error[TM2001]: a materialization has no option 'adaptor'"),
            std::string::npos);
  EXPECT_NE(fault_of("{% materialization x, adapter=n %}{% endmaterialization %}").find("must be a string literal"), std::string::npos);
  EXPECT_NE(fault_of("{% test t %}{% endtest %}").find("error[TM2001]"), std::string::npos);
}

TEST(Scan, FindsSpansOfBlocks) {
  const SourceTextPtr source = make_source("a.md", "x {%- docs one -%} A {%- enddocs -%} y {% docs two %}B{% enddocs %}");
  const std::array<std::string_view, 1> kinds = {"docs"};
  const auto blocks = scan_blocks(source, kinds);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].name, "one");
  EXPECT_EQ(blocks[0].contents.text(), " A ");
  EXPECT_EQ(blocks[1].span.text(), "{% docs two %}B{% enddocs %}");
}

TEST(Scan, KnowsPlainText) {
  EXPECT_FALSE(has_template_syntax("select { 1 } % # }{ "));
  for (const char* text : {"{{ a }}", "{% a", "{# a", "a }}", "%}", "#}"}) EXPECT_TRUE(has_template_syntax(text)) << text;
}

std::string summary(const std::vector<StaticCall>& calls) {
  std::string text;
  for (const StaticCall& call : calls) {
    text += call.name + "(";
    for (const auto& argument : call.positional) text += (argument ? to_repr(*argument) : "?") + ",";
    for (const auto& [name, argument] : call.keywords) text += name + "=" + (argument ? to_repr(*argument) : "?") + ",";
    text += std::string(")") + (call.literal ? "" : " dynamic") + (call.conditional ? " conditional" : "") + "\n";
  }
  return text;
}

TEST(StaticCalls, AreSeenWithTheirLiterals) {
  const Environment environment;
  const TemplatePtr t = environment.parse(
      make_source("models/m.sql",
                  "{{ config(materialized='table', tags=['a', 'b'], meta={'k': -1}) }}\n"
                  "select * from {{ ref('a') }} join {{ ref('pkg', 'b', v=2) }}\n"
                  "{% if is_incremental() %}where x > (select max(x) from {{ this }}) and {{ source('s', var('t')) }}{% endif %}\n"
                  "{% for c in cols(ref('c')) %}{{ f(c) }}{% endfor %}{{ ref('d') if x else ref('e') }}{{ a.b.c('no') }}{{ dbt_utils.star(*x) }}\n"
                  "{% macro m() %}{{ ref('in_macro') }}{% endmacro %}{% set y = ref('y') %}{% do g(none) %}"));
  EXPECT_EQ(summary(t->static_calls()),
            "config(materialized='table',tags=['a', 'b'],meta={'k': -1},)\n"
            "ref('a',)\n"
            "ref('pkg','b',v=2,)\n"
            "is_incremental()\n"
            "source('s',?,) dynamic conditional\n"
            "var('t',) conditional\n"
            "cols(?,) dynamic\n"
            "ref('c',)\n"
            "f(?,) dynamic conditional\n"
            "ref('d',) conditional\n"
            "ref('e',) conditional\n"
            "dbt_utils.star() dynamic\n"
            "ref('in_macro',) conditional\n"
            "ref('y',)\n"
            "g(None,)\n");
  const auto calls = t->static_calls();
  EXPECT_EQ(calls[2].span.text(), "ref('pkg', 'b', v=2)");
  EXPECT_EQ(calls[2].argument_spans[1].text(), "'b'");
  const auto names = t->global_names();
  EXPECT_NE(std::find(names.begin(), names.end(), "this"), names.end());
  EXPECT_EQ(std::find(names.begin(), names.end(), "y"), names.end());
}

}  // namespace
}  // namespace tidemark::jinja
