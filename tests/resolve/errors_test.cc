// Faults of projects as users read them: the place with its caret, what is wrong, what to do.
#include <gtest/gtest.h>

#include "base/strings.h"
#include "graph/dag.h"
#include "parsed_project.h"

namespace tidemark {
namespace {

// The whole text of what parsing the project says; empty: nothing is wrong.
std::string faults(const std::map<std::string, std::string>& files) {
  const tests::ProjectFolder folder(files);
  std::string out;
  try {
    const tests::OpenedProject opened = tests::open_project(folder.path());
    const graph::Dag dag(opened.resolved->manifest);
  } catch (const Error& error) {
    out = render_error(error);
  } catch (const ErrorList& list) {
    for (const Error& error : list.errors()) out += render_error(error);
  }
  return replace_all(out, folder.path().string() + "/", "");
}

std::string warnings(const std::map<std::string, std::string>& files) {
  const tests::ProjectFolder folder(files);
  std::string out;
  for (const Error& warning : tests::open_project(folder.path()).warnings) out += render_error(warning, "warning");
  return out;
}

TEST(Faults, YamlSyntaxHasLineAndColumn) {
  const std::string text = faults({{"models/s.yml", "models:\n  - name: a\n   description: x\n"}});
  EXPECT_TRUE(text.starts_with("models/s.yml:3:")) << text;
  EXPECT_NE(text.find("error[TM1001]"), std::string::npos) << text;
  EXPECT_NE(text.find("3 |    description: x"), std::string::npos) << text;
}

TEST(Faults, UnknownRef) {
  EXPECT_EQ(faults({{"models/stg_trips.sql", "select 1 as id"}, {"models/a.sql", "select *\nfrom {{ ref('stg_trip') }}"}}),
            "models/a.sql:2:9: error[TM3101]: ref('stg_trip') names no model, seed or snapshot\n"
            "2 | from {{ ref('stg_trip') }}\n"
            "  |         ^^^^^^^^^^^^^^^\n"
            "hint: did you mean 'stg_trips'?\n");
}

TEST(Faults, UnknownSource) {
  const std::string text =
      faults({{"models/s.yml", "sources: [{name: raw, tables: [{name: events}]}]"}, {"models/a.sql", "select * from {{ source('raw', 'event') }}"}});
  EXPECT_EQ(text,
            "models/a.sql:1:18: error[TM3102]: source('raw', 'event') is not declared\n"
            "1 | select * from {{ source('raw', 'event') }}\n"
            "  |                  ^^^^^^^^^^^^^^^^^^^^^^\n"
            "hint: did you mean source('raw', 'events')?\n");
}

TEST(Faults, DisabledRef) {
  const std::string text = faults({{"models/off.sql", "{{ config(enabled=false) }}select 1"}, {"models/a.sql", "select * from {{ ref('off') }}"}});
  EXPECT_TRUE(text.starts_with("models/a.sql:1:18: error[TM3103]: ref('off') names a model that is disabled\n")) << text;
}

TEST(Faults, PrivateModelsOfAnotherGroup) {
  const std::string text = faults({{"models/s.yml",
                                    "groups: [{name: g, owner: {name: G}}, {name: h, owner: {name: H}}]\n"
                                    "models: [{name: a, config: {group: g, access: private}}, {name: b, config: {group: h}}]"},
                                   {"models/a.sql", "select 1"},
                                   {"models/b.sql", "select * from {{ ref('a') }}"}});
  EXPECT_TRUE(text.starts_with("models/b.sql:1:18: error[TM3105]: model 'a' is private to group 'g'\n")) << text;
}

TEST(Faults, CyclesShowTheirFiles) {
  const std::string text = faults(
      {{"models/a.sql", "select * from {{ ref('c') }}"}, {"models/b.sql", "select * from {{ ref('a') }}"}, {"models/c.sql", "select * from {{ ref('b') }}"}});
  EXPECT_NE(text.find("TM3001"), std::string::npos) << text;
  for (const char* file : {"models/a.sql", "models/b.sql", "models/c.sql"}) EXPECT_NE(text.find(file), std::string::npos) << text;
}

TEST(Faults, TwoModelsOfOneName) {
  const std::string text = faults({{"models/x/a.sql", "select 1"}, {"models/y/a.sql", "select 2"}});
  EXPECT_NE(text.find("error[TM1201]: two models are named 'a' (models/x/a.sql and models/y/a.sql)"), std::string::npos) << text;
  EXPECT_NE(text.find("hint: rename one of them"), std::string::npos) << text;
}

TEST(Faults, TwoModelsOfOneRelation) {
  const std::string text = faults({{"models/a.sql", "{{ config(alias='t') }}select 1"}, {"models/b.sql", "{{ config(alias='T') }}select 2"}});
  EXPECT_NE(text.find("error[TM1203]: model.p.a and model.p.b would both make \"memory\".\"main\".\"T\""), std::string::npos) << text;
}

TEST(Faults, TwoMacrosOfOneName) {
  const std::string text = faults({{"macros/a.sql", "{% macro m() %}1{% endmacro %}"}, {"macros/b.sql", "\n{% macro m() %}2{% endmacro %}"}});
  EXPECT_TRUE(text.starts_with("macros/b.sql:2:10: error[TM1202]: two macros of package 'p' are named 'm'\n")) << text;
  EXPECT_NE(text.find("macros/a.sql:1:"), std::string::npos) << text;
}

TEST(Faults, JinjaSyntax) {
  const std::string text = faults({{"models/a.sql", "select 1\n{% if true %}\nfrom x"}});
  EXPECT_TRUE(text.starts_with("models/a.sql:2:")) << text;
  EXPECT_NE(text.find("endif"), std::string::npos) << text;
}

TEST(Faults, RequiredVariables) {
  const std::string text = faults({{"dbt_project.yml", "name: p\nprofile: p\nvars: {start_date: x}\n"}, {"models/a.sql", "select '{{ var('start_dat') }}'"}});
  EXPECT_TRUE(text.starts_with("models/a.sql:1:12: error[TM")) << text;
  EXPECT_NE(text.find("start_dat"), std::string::npos) << text;
  EXPECT_NE(text.find("start_date"), std::string::npos) << text;
}

TEST(Faults, ConfigsOfTheWrongKind) {
  const std::string enabled = faults({{"models/a.sql", "{{ config(enabled='maybe') }}select 1"}});
  EXPECT_NE(enabled.find("models/a.sql:1:"), std::string::npos) << enabled;
  EXPECT_NE(enabled.find("error[TM1212]: config 'enabled' must be true or false, not \"maybe\""), std::string::npos) << enabled;
  const std::string meta = faults({{"models/a.sql", "select 1"}, {"models/s.yml", "models:\n  - name: a\n    config: {meta: [1]}\n"}});
  EXPECT_NE(meta.find("error[TM1212]: config 'meta' must be a mapping, not [1]"), std::string::npos) << meta;
  const std::string tags = faults({{"models/a.sql", "select 1"}, {"models/s.yml", "models:\n  - name: a\n    config: {tags: [x, yes]}\n"}});
  EXPECT_NE(tags.find("error[TM1212]: config 'tags' must be a text or a list of texts"), std::string::npos) << tags;
  const std::string severity =
      faults({{"models/a.sql", "select 1"}, {"models/s.yml", "models: [{name: a, data_tests: [{unique: {column_name: x, config: {severity: fatal}}}]}]"}});
  EXPECT_NE(severity.find("error[TM1212]: config 'severity' is \"fatal\""), std::string::npos) << severity;
}

TEST(Faults, GenericTests) {
  const std::string unknown =
      faults({{"models/a.sql", "select 1 as id"}, {"models/s.yml", "models:\n  - name: a\n    columns:\n      - name: id\n        data_tests: [uniqe]\n"}});
  EXPECT_EQ(unknown,
            "models/s.yml:5:22: error[TM1214]: there is no generic test 'uniqe'\n"
            "5 |         data_tests: [uniqe]\n"
            "  |                      ^^^^^\n"
            "hint: did you mean 'unique'?\n");
  const std::string argument = faults(
      {{"models/a.sql", "select 1 as id"}, {"models/s.yml", "models: [{name: a, columns: [{name: id, data_tests: [{accepted_values: {valeus: [1]}}]}]}]"}});
  EXPECT_NE(argument.find("test 'accepted_values' has no argument 'valeus'"), std::string::npos) << argument;
  EXPECT_NE(argument.find("did you mean 'values'?"), std::string::npos) << argument;
}

TEST(Faults, UnknownDocsBlocksAndGroups) {
  const std::string doc = faults({{"models/a.sql", "select 1"}, {"models/s.yml", "models:\n  - name: a\n    description: \"{{ doc('nope') }}\"\n"}});
  EXPECT_NE(doc.find("error[TM1211]"), std::string::npos) << doc;
  EXPECT_NE(doc.find("models/s.yml:3:"), std::string::npos) << doc;
  const std::string group =
      faults({{"models/a.sql", "select 1"}, {"models/s.yml", "groups: [{name: finance, owner: {name: F}}]\nmodels: [{name: a, config: {group: finanze}}]"}});
  EXPECT_NE(group.find("model 'a' is in group 'finanze', which does not exist"), std::string::npos) << group;
  EXPECT_NE(group.find("did you mean 'finance'?"), std::string::npos) << group;
}

TEST(Faults, SeveralAtOnce) {
  const std::string text = faults({{"models/a.sql", "select * from {{ ref('no_such_one') }}"}, {"models/b.sql", "select * from {{ ref('nor_this') }}"}});
  EXPECT_NE(text.find("models/a.sql:1:18:"), std::string::npos) << text;
  EXPECT_NE(text.find("models/b.sql:1:18:"), std::string::npos) << text;
}

TEST(Faults, EntriesWithoutANodeAreWarnedAbout) {
  const std::string text = warnings({{"models/a.sql", "select 1"}, {"models/s.yml", "models:\n  - name: a\n  - name: bb\n"}});
  EXPECT_TRUE(text.starts_with("models/s.yml:3:")) << text;
  EXPECT_NE(text.find("warning[TM1215]"), std::string::npos) << text;
}

TEST(Faults, UnknownKeysOfTheProjectAreWarnedAbout) {
  const std::string text = warnings({{"dbt_project.yml", "name: p\nprofile: p\nmodel-path: [m]\n"}});
  EXPECT_TRUE(text.starts_with("dbt_project.yml:3:1: warning[TM1024]: 'model-path' is no key of dbt_project.yml\n")) << text;
  EXPECT_NE(text.find("did you mean 'model-paths'?"), std::string::npos) << text;
}

TEST(Faults, TheTargetMayBeAskedForInDbtProjectYml) {
  EXPECT_EQ(faults({{"dbt_project.yml", "name: p\nprofile: \"{{ env_var('TIDEMARK_NOT_SET', 'p') }}\"\nmodels: {+enabled: \"{{ target.name == 'dev' }}\"}\n"},
                    {"models/a.sql", "select 1"},
                    {"models/b.sql", "select * from {{ ref('a') }}"}}),
            "");
}

}  // namespace
}  // namespace tidemark
