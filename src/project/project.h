// A dbt project as its files say it: dbt_project.yml read and checked, resources found, nothing rendered but YAML values.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/source_span.h"
#include "project/text_renderer.h"
#include "project/yaml.h"

namespace tidemark::project {

// A file of the project. Paths use '/', without "./" in front.
struct ResourceFile {
  std::string path;                // relative to its resource folder: "staging/stg_trips.sql"
  std::string original_file_path;  // relative to the project: "models/staging/stg_trips.sql"
  SourceTextPtr text;              // named as the user sees it: the original path, for packages with theirs in front; null for seeds
  std::string absolute_path;
};

struct PropertyFile {
  ResourceFile file;
  Yaml content;  // a mapping
};

struct HookText {
  std::string sql;
  bool transaction = true;
  SourceSpan span;
};

struct Project {
  std::string name;
  std::string version;
  std::string profile;  // empty: none named
  std::string root;     // absolute
  bool is_root = true;  // else an installed package
  std::vector<std::string> model_paths, seed_paths, test_paths, macro_paths, snapshot_paths, analysis_paths, docs_paths;
  std::string target_path = "target";
  std::string log_path = "logs";
  std::vector<std::string> clean_targets;
  std::string packages_install_path = "dbt_packages";
  Json vars = Json::object();
  // Config trees by resource: "models", "seeds", "snapshots", "data_tests", "sources", "exposures", "analyses", "unit_tests".
  Json configs = Json::object();
  std::vector<HookText> on_run_start, on_run_end;
  Json quoting = Json::object();
  Json query_comment;             // null: none given
  Json dispatch = Json::array();  // [{macro_namespace, search_order}]
  Json require_dbt_version;
  Json flags = Json::object();
  SourceTextPtr source;  // dbt_project.yml

  std::vector<ResourceFile> models, seeds, singular_tests, generic_tests, macros, snapshots, analyses, docs;
  std::vector<PropertyFile> properties;
  Yaml selectors;                                        // selectors.yml; null where there is none
  std::vector<std::shared_ptr<const Project>> packages;  // installed, without nesting
};

using ProjectPtr = std::shared_ptr<const Project>;

struct LoadOptions {
  std::string folder;  // holds dbt_project.yml
  RenderFacts facts;   // for Jinja in YAML, the target among them
};

// `folder` if given, else the working folder or the nearest one above it that holds dbt_project.yml. TM1020 where none does.
std::string find_project_folder(const std::string& folder);

// The profile that dbt_project.yml in `folder` names; empty where it names none. The target is found by it, and the rest of
// the file may ask for the target.
std::string profile_named_in(const std::string& folder, const RenderFacts& facts);

// Reads the project and its packages. Throws Error or ErrorList (TM10xx); `warnings` receives what is odd but usable.
ProjectPtr load_project(const LoadOptions& options, std::vector<Error>& warnings);

}  // namespace tidemark::project
