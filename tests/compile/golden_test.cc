// Projects of tests/resolve/projects against what dbt-core made of them (record.py): manifest, compiled SQL, selections.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "artifacts/manifest_json.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "compile/compiler.h"
#include "compile/fake_host.h"
#include "graph/selector.h"
#include "parsed_project.h"
#include "source_dir.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

fs::path projects() { return source_dir() / "tests/resolve/projects"; }

// record.py's plain(): without members that say nothing.
Json plain(const Json& value) {
  if (value.is_array()) {
    Json out = Json::array();
    for (const Json& item : value) out.push_back(plain(item));
    return out;
  }
  if (!value.is_object()) return value;
  Json out = Json::object();
  for (const auto& [key, item] : value.items()) {
    Json member = plain(item);
    const bool says_nothing = member.is_null() || ((member.is_array() || member.is_object()) && member.empty()) || member == "";
    if (!says_nothing) out[key] = std::move(member);
  }
  return out;
}

Json own_macros(const Json& ids) {
  std::vector<std::string> out;
  for (const Json& id : ids) {
    const std::string text = id.get<std::string>();
    if (!text.starts_with("macro.dbt.") && !text.starts_with("macro.dbt_duckdb.")) out.push_back(text);
  }
  std::sort(out.begin(), out.end());
  return out;
}

// Where `ours` does not say what `golden` says, and the other way round. `compared`: the members that are recorded; null: all.
void compare(const Json& golden, const Json& ours, const std::string& at, std::vector<std::string>& differences, const Json& compared = Json()) {
  if (golden.is_object() && ours.is_object()) {
    for (const auto& [key, value] : golden.items()) compare(value, ours.contains(key) ? ours[key] : Json(), at + "." + key, differences);
    for (const auto& [key, value] : ours.items()) {
      if (!golden.contains(key) && (compared.is_null() || compared.contains(key)))
        differences.push_back(at + "." + key + ": should not be there, is " + dump_json(value));
    }
    return;
  }
  if (nlohmann::json(golden) == nlohmann::json(ours)) return;  // whatever the order of members
  differences.push_back(at + "\n    dbt:  " + dump_json(golden) + "\n    ours: " + dump_json(ours));
}

std::vector<std::string> words(const std::string& line) {
  std::vector<std::string> out;
  for (const std::string& word : split(line, ' ')) {
    if (!word.empty()) out.push_back(word);
  }
  return out;
}

// Built-in macros are not written with dbt's blanks.
Json with_single_blanks(const Json& code) {
  std::string out;
  for (const char c : code.get<std::string>()) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank && out.ends_with(' ') && out.size() > 1 && (c == ')' || c == ',' || out[out.size() - 2] == '(')) out.pop_back();
    if (!blank || (!out.empty() && out.back() != ' ')) out.push_back(blank ? ' ' : c);
  }
  return out;
}

// "-" what dbt alone has, "+" what we alone have; sorted lists.
std::string difference(const std::vector<std::string>& golden, const std::vector<std::string>& ours) {
  std::string out;
  for (const std::string& id : golden) out += std::binary_search(ours.begin(), ours.end(), id) ? "" : "\n- " + id;
  for (const std::string& id : ours) out += std::binary_search(golden.begin(), golden.end(), id) ? "" : "\n+ " + id;
  return out;
}

class GoldenTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    opened_ = tests::open_project(projects() / GetParam());
    golden_ = parse_json(read_file(projects() / (GetParam() + ".json")), GetParam() + ".json", "TM9999");
  }

  artifacts::CompiledNodes compile_all() {
    artifacts::CompiledNodes out;
    const compile::Compiler compiler(opened_.resolved);
    tests::FakeHost host;
    for (const auto& [id, node] : opened_.resolved->manifest.nodes) {
      if (node->type == ResourceType::kSeed) continue;
      try {
        out[id] = compiler.compile(*node, host).node;
      } catch (const Error& error) {
        ADD_FAILURE() << id << ":\n" << render_error(error);
      }
    }
    return out;
  }

  Json manifest() {
    artifacts::ManifestArtifact artifact;
    artifact.manifest = &opened_.resolved->manifest;
    artifact.metadata.invocation_id = opened_.resolved->context->invocation.id;
    artifact.metadata.generated_at = artifact.metadata.invocation_started_at = wall_now();
    artifact.compiled = compile_all();
    return parse_json(artifacts::manifest_json(artifact), "manifest.json", "TM9999");
  }

  // Reads what manifest() writes with dbt-core's own classes.
  int dbt_core_says(const Json& json) const {
    const fs::path folder = fs::path(testing::TempDir()) / ("tm_manifest_" + GetParam());
    fs::create_directories(folder);
    std::ofstream(folder / "manifest.json") << dump_json(json);
    const std::string command = python() + " " + source_dir().string() + "/tests/artifacts/check_with_dbt.py " + folder.string();
    const int code = std::system(command.c_str());
    fs::remove_all(folder);
    return code;
  }
  static std::string python() {
    const char* path = std::getenv("TIDEMARK_PYTHON");
    return path == nullptr ? "python3" : path;
  }

  // Deviations that docs/compatibility.md tells, one a line in PROJECT.differences: "section id.member".
  std::vector<std::string> told() const {
    const fs::path path = projects() / (GetParam() + ".differences");
    return fs::exists(path) ? split(read_file(path), '\n') : std::vector<std::string>();
  }

  std::vector<std::string> answer(const std::string& line) const {
    graph::SelectionRequest request;
    if (!opened_.project->selectors.is_null()) request.selectors = opened_.project->selectors.to_json();
    std::vector<std::string> only, without;
    std::string flag;
    for (const std::string& word : words(line)) {
      if (word.starts_with("--")) {
        flag = word;
      } else if (flag == "--select") {
        request.select.push_back(word);
      } else if (flag == "--exclude") {
        request.exclude.push_back(word);
      } else if (flag == "--indirect-selection") {
        request.indirect = graph::indirect_selection_from(word);
      } else if (flag == "--selector") {
        request.selector = word;
      } else if (flag == "--resource-type") {
        only.push_back(word);
      } else if (flag == "--exclude-resource-type") {
        without.push_back(word);
      } else {
        ADD_FAILURE() << "not understood: " << line;
      }
    }
    const Manifest& manifest = opened_.resolved->manifest;
    std::vector<std::string> out;
    for (const std::string& id : graph::select(manifest, graph::Dag(manifest), request).ids) {
      const NodePtr node = manifest.find(id);
      const std::string type(to_string(node->type));
      if (node->type == ResourceType::kOperation || node->type == ResourceType::kAnalysis) continue;  // as `ls` does by default
      if (!only.empty() && std::find(only.begin(), only.end(), type) == only.end()) continue;
      if (std::find(without.begin(), without.end(), type) != without.end()) continue;
      out.push_back(id);
    }
    return out;
  }

  tests::OpenedProject opened_;
  Json golden_;
};

TEST_P(GoldenTest, Manifest) {
  const Json ours = manifest();
  std::vector<std::string> differences;
  for (const char* section : {"nodes", "sources", "exposures", "unit_tests", "disabled"}) {
    for (auto& [id, node] : golden_[section].items()) {
      if (!ours[section].contains(id)) {
        differences.push_back(std::string(section) + " " + id + ": missing");
        continue;
      }
      Json essence = ours[section][id];
      const auto tidy = [](Json& item) {
        if (item.contains("depends_on")) item["depends_on"]["macros"] = own_macros(item["depends_on"].value("macros", Json::array()));
        item = plain(item);
      };
      if (essence.is_array()) {
        for (size_t i = 0; i < node.size(); ++i) {
          if (i < essence.size()) tidy(essence[i]);
          compare(node[i], i < essence.size() ? essence[i] : Json(), std::string(section) + " " + id, differences, golden_["compared"]);
        }
      } else {
        tidy(essence);
        const bool by_macros = GetParam() == "macros" || essence.contains("test_metadata");
        if (by_macros && node.contains("compiled_code") && essence.contains("compiled_code")) {
          for (Json* item : {&node, &essence}) (*item)["compiled_code"] = with_single_blanks((*item)["compiled_code"]);
        }
        const bool has_file = id.starts_with("model.") || id.starts_with("seed.");
        if (!has_file) {
          node.erase("checksum");  // dbt has that of the YAML file
          essence.erase("checksum");
        }
        compare(node, essence, std::string(section) + " " + id, differences, golden_["compared"]);
      }
    }
    for (const auto& [id, node] : ours[section].items()) {
      if (!golden_[section].contains(id)) differences.push_back(std::string(section) + " " + id + ": dbt has none");
    }
  }
  for (const auto& [id, macro] : golden_["macros"].items()) {
    if (!ours["macros"].contains(id)) {
      differences.push_back("macros " + id + ": missing");
      continue;
    }
    Json essence = ours["macros"][id];
    essence["depends_on"] = own_macros(essence["depends_on"]["macros"]);
    compare(macro, plain(essence), "macros " + id, differences, macro);
  }
  for (const auto& [id, text] : golden_["docs"].items())
    compare(text, ours["docs"].contains(id) ? ours["docs"][id]["block_contents"] : Json(), "docs " + id, differences);
  for (auto& [id, group] : golden_["groups"].items()) {
    // dbt mixes the configuration of the models beside it in.
    group.erase("config");
    compare(group, ours["groups"].contains(id) ? plain(ours["groups"][id]) : Json(), "groups " + id, differences, Json::object());
  }

  std::vector<std::string> allowed = told();
  for (const std::string& difference : differences) {
    const std::string where = difference.substr(0, difference.find_first_of("\n:"));
    const auto found = std::find(allowed.begin(), allowed.end(), where);
    if (found == allowed.end()) {
      ADD_FAILURE() << difference;
    } else {
      allowed.erase(found);
    }
  }
  for (const std::string& line : allowed) EXPECT_TRUE(line.empty() || line.starts_with('#') || line.starts_with("ls ")) << "no longer differs: " << line;
}

TEST_P(GoldenTest, DbtCoreReadsTheManifest) {
  if (std::system((python() + " -c 'import dbt.artifacts.schemas.manifest' 2>/dev/null").c_str()) != 0) GTEST_SKIP() << "needs dbt-core 1.10";
  EXPECT_EQ(dbt_core_says(manifest()), 0);
}

TEST_P(GoldenTest, Selections) {
  for (const auto& [line, ids] : golden_["selections"].items()) {
    SCOPED_TRACE(GetParam() + ": " + line);
    try {
      const std::string differs = difference(ids.get<std::vector<std::string>>(), answer(line));
      const std::vector<std::string> allowed = told();
      if (std::find(allowed.begin(), allowed.end(), "ls " + line) == allowed.end()) {
        EXPECT_EQ(differs, "");
      } else {
        EXPECT_NE(differs, "") << "no longer differs";
      }
    } catch (const Error& error) {
      ADD_FAILURE() << render_error(error);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Projects, GoldenTest, ::testing::Values("shop", "configs", "macros", "wide"), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace tidemark
