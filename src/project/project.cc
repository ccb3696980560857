#include "project/project.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/strings.h"
#include "project/resource_files.h"

namespace tidemark::project {

namespace {

constexpr const char* kProjectFile = "dbt_project.yml";

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> kKeys{
      "name",           "version",        "config-version",  "profile",       "model-paths", "seed-paths",    "test-paths",      "macro-paths",
      "snapshot-paths", "analysis-paths", "asset-paths",     "docs-paths",    "target-path", "log-path",      "clean-targets",   "packages-install-path",
      "vars",           "models",         "seeds",           "snapshots",     "tests",       "data_tests",    "unit_tests",      "sources",
      "exposures",      "analyses",       "on-run-start",    "on-run-end",    "quoting",     "query-comment", "dispatch",        "require-dbt-version",
      "flags",          "metrics",        "semantic-models", "saved-queries", "packages",    "dbt-cloud",     "restrict-access", "function-paths",
      "functions",      "source-paths",   "data-paths"};
  return kKeys;
}

// As dbt's project renderer: hooks and vars keep their templates.
bool keep_template(const TextRenderer::Path& path) {
  if (path.empty()) return false;
  static const std::set<std::string> kTop{"on-run-start", "on-run-end", "query-comment", "vars"};
  if (kTop.contains(path.front())) return true;
  static const std::set<std::string> kHooks{"pre-hook", "post-hook", "pre_hook", "post_hook"};
  return std::any_of(path.begin(), path.end(), [](const std::string& part) {
    const size_t begin = part.find_first_not_of("+ ");
    return begin != std::string::npos && kHooks.contains(part.substr(begin));
  });
}

class Loader {
 public:
  Loader(const LoadOptions& options, std::vector<Error>& warnings, bool is_root) : options_(options), warnings_(warnings) { project_->is_root = is_root; }

  std::shared_ptr<Project> load(const std::string& folder, const std::string& shown_root) {
    project_->root = folder;
    const std::string path = folder + "/" + kProjectFile;
    project_->source = make_source(shown_root + kProjectFile, read_file(path));
    document_ = parse_yaml(project_->source, &warnings_);
    if (!document_.is_map()) throw Error("TM1023", fmt::format("{} holds a mapping, and this is {}", kProjectFile, document_.kind_name())).at(document_.span());
    check_keys();
    values_ = TextRenderer(options_.facts).render(document_, keep_template);
    read_settings();
    find_resources(*project_, shown_root, errors_, warnings_);
    read_selectors(shown_root);
    errors_.throw_if_any();
    return project_;
  }

 private:
  void check_keys() {
    for (const auto& [key, value] : document_.entries()) {
      const std::string name = key.scalar_text();
      const auto& known = known_keys();
      if (std::find(known.begin(), known.end(), name) != known.end()) continue;
      Error warning("TM1024", fmt::format("'{}' is no key of {}", name, kProjectFile));
      warning.at(key.span());
      if (const std::string near = nearest_name(name, known); !near.empty()) warning.hint(fmt::format("did you mean '{}'?", near));
      warnings_.push_back(std::move(warning));
    }
  }

  SourceSpan span_of(const std::string& key) const {
    const Yaml* value = document_.find(key);
    return value == nullptr ? document_.span() : value->span();
  }

  std::string text(const std::string& key, const std::string& fallback = {}) {
    const auto found = values_.find(key);
    if (found == values_.end() || found->is_null()) return fallback;
    if (found->is_string()) return found->get<std::string>();
    if (found->is_number()) return found->dump();
    errors_.add(Error("TM1025", fmt::format("'{}' wants a text", key)).at(span_of(key)));
    return fallback;
  }

  std::vector<std::string> texts(const std::string& key, std::vector<std::string> fallback) {
    const auto found = values_.find(key);
    if (found == values_.end() || found->is_null()) return fallback;
    std::vector<std::string> out;
    if (found->is_string()) return {found->get<std::string>()};
    if (found->is_array()) {
      for (const Json& item : *found) {
        if (item.is_string()) out.push_back(item.get<std::string>());
      }
      if (out.size() == found->size()) return out;
    }
    errors_.add(Error("TM1025", fmt::format("'{}' wants a list of texts", key)).at(span_of(key)));
    return fallback;
  }

  std::vector<std::string> paths(const std::string& key, std::vector<std::string> fallback) {
    std::vector<std::string> out = texts(key, std::move(fallback));
    for (std::string& path : out) {
      while (path.starts_with("./")) path.erase(0, 2);
      while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    }
    return out;
  }

  Json mapping(const std::string& key) {
    const auto found = values_.find(key);
    if (found == values_.end() || found->is_null()) return Json::object();
    if (found->is_object()) return *found;
    errors_.add(Error("TM1025", fmt::format("'{}' wants a mapping", key)).at(span_of(key)));
    return Json::object();
  }

  void read_settings() {
    Project& p = *project_;
    p.name = text("name");
    if (p.name.empty()) {
      errors_.add(Error("TM1026", "the project has no name").at(document_.span()).hint("name: my_project"));
    } else if (p.name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != std::string::npos ||
               std::isdigit(static_cast<unsigned char>(p.name[0])) != 0) {
      errors_.add(Error("TM1026", fmt::format("'{}' can't be a project's name", p.name))
                      .at(span_of("name"))
                      .hint("letters, digits and underscores, a letter or underscore first"));
    }
    p.version = text("version");
    p.profile = text("profile");
    p.model_paths = paths("model-paths", values_.contains("source-paths") ? texts("source-paths", {}) : std::vector<std::string>{"models"});
    p.seed_paths = paths("seed-paths", values_.contains("data-paths") ? texts("data-paths", {}) : std::vector<std::string>{"seeds"});
    p.test_paths = paths("test-paths", {"tests"});
    p.macro_paths = paths("macro-paths", {"macros"});
    p.snapshot_paths = paths("snapshot-paths", {"snapshots"});
    p.analysis_paths = paths("analysis-paths", {"analyses"});
    p.docs_paths = paths("docs-paths", {});
    p.target_path = text("target-path", "target");
    p.log_path = text("log-path", "logs");
    p.clean_targets = paths("clean-targets", {p.target_path});
    p.packages_install_path = text("packages-install-path", "dbt_packages");
    p.vars = mapping("vars");
    for (const char* key : {"models", "seeds", "snapshots", "sources", "exposures", "analyses", "unit_tests"}) p.configs[key] = mapping(key);
    p.configs["data_tests"] = mapping(values_.contains("data_tests") ? "data_tests" : "tests");
    p.on_run_start = hooks("on-run-start");
    p.on_run_end = hooks("on-run-end");
    p.quoting = mapping("quoting");
    if (values_.contains("query-comment")) p.query_comment = values_["query-comment"];
    if (values_.contains("dispatch") && values_["dispatch"].is_array()) p.dispatch = values_["dispatch"];
    if (values_.contains("require-dbt-version")) p.require_dbt_version = values_["require-dbt-version"];
    p.flags = mapping("flags");
  }

  std::vector<HookText> hooks(const std::string& key) {
    std::vector<HookText> out;
    const Yaml* value = document_.find(key);
    if (value == nullptr || value->is_null()) return out;
    const auto add = [&](const Yaml& item) {
      if (item.is_string()) {
        out.push_back({item.as_string(), true, item.span()});
      } else if (const Yaml* sql = item.find("sql"); sql != nullptr && sql->is_string()) {
        const Yaml* transaction = item.find("transaction");
        out.push_back({sql->as_string(), transaction == nullptr || !transaction->is_bool() || transaction->as_bool(), sql->span()});
      } else {
        errors_.add(Error("TM1025", fmt::format("'{}' wants SQL texts", key)).at(item.span()));
      }
    };
    if (value->is_list()) {
      for (const Yaml& item : value->items()) add(item);
    } else {
      add(*value);
    }
    return out;
  }

  void read_selectors(const std::string& shown_root) {
    if (!project_->is_root) return;
    const std::string path = project_->root + "/selectors.yml";
    if (!stat_file(path)) return;
    try {
      project_->selectors = parse_yaml(make_source(shown_root + "selectors.yml", read_file(path)), &warnings_);
    } catch (const Error& error) {
      errors_.add(error);
    }
  }

  const LoadOptions& options_;
  std::vector<Error>& warnings_;
  std::shared_ptr<Project> project_ = std::make_shared<Project>();
  Yaml document_;
  Json values_;
  ErrorSink errors_;
};

// Folders of packages: `local:` entries of packages.yml or dependencies.yml, and whatever `deps` has installed.
std::vector<std::string> package_folders(const Project& root, std::vector<Error>& warnings) {
  std::vector<std::string> out;
  std::set<std::string> seen;
  const auto add = [&](const std::string& folder) {
    std::error_code fault;
    const std::string real = fs::canonical(folder, fault).string();
    if (!fault && stat_file(real + "/" + kProjectFile) && seen.insert(real).second) out.push_back(real);
    return !fault;
  };
  for (const char* name : {"packages.yml", "dependencies.yml"}) {
    const std::string path = root.root + "/" + name;
    if (!stat_file(path)) continue;
    const Yaml content = parse_yaml(make_source(name, read_file(path)), &warnings);
    const Yaml* packages = content.find("packages");
    if (packages == nullptr) continue;
    for (const Yaml& package : packages->items()) {
      const Yaml* local = package.find("local");
      if (local == nullptr || !local->is_string()) continue;
      const std::string folder = local->as_string().starts_with('/') ? local->as_string() : root.root + "/" + local->as_string();
      if (!add(folder)) throw Error("TM1027", fmt::format("there is no package in '{}'", local->as_string())).at(local->span());
    }
  }
  const std::string installed = root.root + "/" + root.packages_install_path;
  for (const std::string& name : list_directory(installed)) add(installed + "/" + name);
  return out;
}

}  // namespace

std::string find_project_folder(const std::string& folder) {
  const Error missing = Error("TM1020", fmt::format("no {} in {}", kProjectFile, folder.empty() ? "this folder or any above it" : "'" + folder + "'"))
                            .hint("go to the project's folder, or name it with --project-dir");
  if (!folder.empty()) {
    std::error_code fault;
    const fs::path real = fs::canonical(folder, fault);
    if (fault || !stat_file(real / kProjectFile)) throw Error(missing);
    return real.string();
  }
  for (fs::path here = fs::current_path();; here = here.parent_path()) {
    if (stat_file(here / kProjectFile)) return here.string();
    if (here == here.root_path()) throw Error(missing);
  }
}

std::string profile_named_in(const std::string& folder, const RenderFacts& facts) {
  const std::string path = folder + "/" + kProjectFile;
  const Yaml document = parse_yaml(make_source(kProjectFile, read_file(path)));
  const Yaml* profile = document.find("profile");
  if (profile == nullptr || !profile->is_string()) return "";
  const Json rendered = TextRenderer(facts).render(profile->as_string(), profile->span());
  return rendered.is_string() ? rendered.get<std::string>() : "";
}

ProjectPtr load_project(const LoadOptions& options, std::vector<Error>& warnings) {
  std::shared_ptr<Project> root = Loader(options, warnings, true).load(options.folder, "");
  for (const std::string& folder : package_folders(*root, warnings)) {
    const std::string shown = fs::relative(folder, root->root).string() + "/";
    std::shared_ptr<Project> package = Loader(options, warnings, false).load(folder, shown);
    for (const ProjectPtr& other : root->packages) {
      if (other->name == package->name)
        throw Error("TM1028", fmt::format("two packages are called '{}'", package->name)).hint(other->root + " and " + package->root);
    }
    if (package->name == root->name) throw Error("TM1028", fmt::format("a package has the project's own name, '{}'", root->name)).hint(package->root);
    root->packages.push_back(std::move(package));
  }
  return root;
}

}  // namespace tidemark::project
