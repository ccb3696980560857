#include "project/resource_files.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/file_system.h"

namespace tidemark::project {

namespace {

class Finder {
 public:
  Finder(Project& project, std::string shown_root, ErrorSink& errors, std::vector<Error>& warnings)
      : project_(project), shown_root_(std::move(shown_root)), errors_(errors), warnings_(warnings) {}

  void find_all() {
    each_file(project_.model_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".sql") keep(project_.models, std::move(file));
    });
    each_file(project_.seed_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".csv") project_.seeds.push_back(std::move(file));
    });
    each_file(project_.test_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension != ".sql") return;
      const bool is_generic = file.path.starts_with("generic/");
      keep(is_generic ? project_.generic_tests : project_.singular_tests, std::move(file));
    });
    each_file(project_.macro_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".sql") keep(project_.macros, std::move(file));
    });
    each_file(project_.snapshot_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".sql") keep(project_.snapshots, std::move(file));
    });
    each_file(project_.analysis_paths, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".sql") keep(project_.analyses, std::move(file));
    });
    find_docs();
  }

 private:
  template <class Visit>
  void each_file(const std::vector<std::string>& folders, const Visit& visit) {
    for (const std::string& folder : folders) walk(folder, "", visit);
  }

  template <class Visit>
  void walk(const std::string& folder, const std::string& below, const Visit& visit) {
    const std::string absolute = project_.root + "/" + folder + (below.empty() ? "" : "/" + below);
    for (const std::string& name : list_directory(absolute)) {
      if (name.front() == '.') continue;
      const std::string path = below.empty() ? name : below + "/" + name;
      const fs::path full = absolute + "/" + name;
      std::error_code ignored;
      if (fs::is_directory(full, ignored)) {
        walk(folder, path, visit);
        continue;
      }
      ResourceFile file;
      file.path = path;
      file.original_file_path = folder + "/" + path;
      file.absolute_path = full.string();
      const std::string extension = full.extension().string();
      if (extension == ".yml" || extension == ".yaml") {
        add_properties(std::move(file));
      } else {
        visit(std::move(file), extension);
      }
    }
  }

  bool read(ResourceFile& file) {
    try {
      file.text = make_source(shown_root_ + file.original_file_path, read_file(file.absolute_path));
      return true;
    } catch (const Error& error) {
      errors_.add(Error("TM1021", error.message()));
      return false;
    }
  }

  void keep(std::vector<ResourceFile>& list, ResourceFile file) {
    if (seen_.insert(file.original_file_path).second && read(file)) list.push_back(std::move(file));
  }

  void add_properties(ResourceFile file) {
    if (!seen_.insert(file.original_file_path).second || !read(file)) return;
    try {
      Yaml content = parse_yaml(file.text, &warnings_);
      if (content.is_null()) return;
      if (!content.is_map()) throw Error("TM1022", fmt::format("a property file holds a mapping, and this is {}", content.kind_name())).at(content.span());
      project_.properties.push_back({std::move(file), std::move(content)});
    } catch (const Error& error) {
      errors_.add(error);
    }
  }

  // Markdown with docs blocks: in docs-paths if given, else beside every resource, as dbt looks for them.
  void find_docs() {
    std::vector<std::string> folders = project_.docs_paths;
    if (folders.empty()) {
      for (const auto* paths :
           {&project_.model_paths, &project_.seed_paths, &project_.snapshot_paths, &project_.analysis_paths, &project_.macro_paths, &project_.test_paths}) {
        for (const std::string& path : *paths) {
          if (std::find(folders.begin(), folders.end(), path) == folders.end()) folders.push_back(path);
        }
      }
    }
    each_file(folders, [this](ResourceFile file, const std::string& extension) {
      if (extension == ".md") keep(project_.docs, std::move(file));
    });
  }

  Project& project_;
  std::string shown_root_;
  ErrorSink& errors_;
  std::vector<Error>& warnings_;
  std::set<std::string> seen_;  // folders may overlap
};

}  // namespace

void find_resources(Project& project, const std::string& shown_root, ErrorSink& errors, std::vector<Error>& warnings) {
  Finder(project, shown_root, errors, warnings).find_all();
}

}  // namespace tidemark::project
