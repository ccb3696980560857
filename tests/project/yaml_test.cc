#include "project/yaml.h"

#include <cstdio>

#include <gtest/gtest.h>

#include "base/file_system.h"
#include "base/hash.h"
#include "base/json.h"

namespace tidemark::project {
namespace {

Json read(const std::string& text) { return parse_yaml(make_source("a.yml", text)).to_json(); }

TEST(Yaml, CollectionsMergeKeysAndAliases) {
  EXPECT_EQ(dump_json(read("a: &base {x: 1, y: 2}\nb:\n  <<: *base\n  y: 3\nc: [*base, text]\n")),
            R"({"a":{"x":1,"y":2},"b":{"y":3,"x":1},"c":[{"x":1,"y":2},"text"]})");
  EXPECT_EQ(read(""), Json());
}

TEST(Yaml, ASyntaxFaultHasItsPlace) {
  try {
    read("version: 2\nmodels:\n  - name: a\n   description: b\n");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "TM1001");
    EXPECT_EQ(error.spans().at(0).start().line, 4U);
  }
}

TEST(Yaml, DuplicateKeysWarnAndTheLastCounts) {
  std::vector<Error> warnings;
  const Yaml value = parse_yaml(make_source("a.yml", "a: 1\nb: 2\na: 3\n"), &warnings);
  EXPECT_EQ(value.find("a")->as_int(), 3);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].spans().at(0).start().line, 3U);
}

TEST(Yaml, SpansCountBytesInTextsWithAccents) {
  const Yaml value = parse_yaml(make_source("a.yml", "é: 1\nb: two\n"));
  EXPECT_EQ(value.find("b")->span().text(), "two");
}

TEST(Yaml, UnquotedJinjaIsExplained) { EXPECT_THROW(read("a: {{ var('x') }}"), Error); }

TEST(Yaml, AliasesCannotExhaustMemory) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += "*a" + std::to_string(i - 1) + (k == 9 ? "]\n" : ", ");
  }
  EXPECT_THROW(read(text), Error);
}

TEST(Yaml, CommandLineMappings) {
  EXPECT_EQ(parse_cli_mapping("", "--vars"), Json::object());
  EXPECT_EQ(parse_cli_mapping("n: 8", "--vars"), (Json{{"n", 8}}));
  EXPECT_THROW(parse_cli_mapping("[1]", "--vars"), Error);
}

// The oracle is PyYAML itself.
TEST(Yaml, PlainScalarsMeanWhatPyYamlSays) {
  const std::vector<std::string> scalars{"yes",
                                         "No",
                                         "ON",
                                         "off",
                                         "true",
                                         "True",
                                         "TRUE",
                                         "tRue",
                                         "y",
                                         "n",
                                         "~",
                                         "null",
                                         "Null",
                                         "nULL",
                                         "0",
                                         "00",
                                         "010",
                                         "0o10",
                                         "08",
                                         "-1",
                                         "+1",
                                         "1_000",
                                         "_1",
                                         "0x1F",
                                         "-0x1f",
                                         "0b101",
                                         "190:20:30",
                                         "1:70",
                                         "0:30",
                                         "1.5",
                                         "1.",
                                         ".5",
                                         "-.5",
                                         "1e3",
                                         "1.0e+3",
                                         "1.0e3",
                                         "1.5e-3",
                                         "6.02E+23",
                                         ".inf",
                                         "-.Inf",
                                         "+.INF",
                                         ".nan",
                                         "-.nan",
                                         "1_0.5",
                                         "12:30:45.5",
                                         "2024-01-01",
                                         "2024-01-01 10:00:00",
                                         "1.2.3",
                                         "1-2",
                                         "-",
                                         "+",
                                         ".",
                                         "e",
                                         "0x",
                                         "0b",
                                         "9223372036854775807",
                                         "-9223372036854775807",
                                         "text",
                                         "1 2",
                                         "12e03",
                                         "-12",
                                         "+12.5",
                                         "..5",
                                         "0.1",
                                         "1__0"};
  const std::string folder = fs::temp_directory_path() / ("tm_yaml_" + random_uuid());
  fs::create_directories(folder);
  std::string input;
  for (const std::string& scalar : scalars) input += "- " + scalar + "\n";
  write_file(folder + "/in.yml", input);
  const std::string script =
      "import yaml,json,datetime\n"
      "def one(v):\n"
      "  if isinstance(v, float): return 'float ' + repr(v)\n"
      "  if isinstance(v, (datetime.date, datetime.datetime)): return 'date'\n"
      "  return type(v).__name__ + ' ' + str(v)\n"
      "json.dump([one(yaml.safe_load(l[2:])) for l in open('" +
      folder + "/in.yml')], open('" + folder + "/out.json','w'))\n";
  write_file(folder + "/oracle.py", script);
  if (std::system(("python3 " + folder + "/oracle.py 2>/dev/null").c_str()) != 0) GTEST_SKIP() << "python3 with PyYAML is not there";
  const Json expected = parse_json(read_file(folder + "/out.json"), "out.json", "TM1");
  for (size_t i = 0; i < scalars.size(); ++i) {
    const Yaml value = parse_yaml(make_source("a.yml", scalars[i]));
    const std::string wanted = expected[i].get<std::string>();
    std::string found;
    if (value.is_null()) found = "NoneType None";
    if (value.is_bool()) found = value.as_bool() ? "bool True" : "bool False";
    if (value.is_int()) found = "int " + std::to_string(value.as_int());
    if (value.is_float()) found = "float";
    if (value.is_string()) found = wanted == "date" ? "date" : "str " + value.as_string();
    if (value.is_list()) found = "list";
    if (value.is_float()) {
      ASSERT_TRUE(wanted.starts_with("float ")) << scalars[i] << " is " << wanted;
      const double number = std::strtod(wanted.substr(6).c_str(), nullptr);
      EXPECT_TRUE(number == value.as_float() || (std::isnan(number) && std::isnan(value.as_float()))) << scalars[i];
    } else if (wanted.starts_with("list")) {
      EXPECT_EQ(found, "list") << scalars[i];
    } else {
      EXPECT_EQ(found, wanted) << scalars[i];
    }
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tidemark::project
