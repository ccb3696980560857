// What YAML property files say of models, sources, tests, … by name. Values are rendered when they are applied.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "project/project.h"

namespace tidemark::resolve {

// One entry under "models:", "sources:", …
struct Property {
  std::string section;  // "models", "seeds", "snapshots", "analyses", "macros", "sources", "exposures", "groups", "unit_tests", "data_tests"
  std::string package;
  std::string name;
  const project::PropertyFile* file = nullptr;
  project::Yaml yaml;  // a mapping
  bool used = false;

  std::string file_id() const { return package + "://" + file->file.original_file_path; }
};

class Properties {
 public:
  // Reads the entries of a package's property files. Faults of single entries go to `errors`.
  void add(const project::Project& package, ErrorSink& errors);

  Property* find(const std::string& section, const std::string& package, const std::string& name);
  // In the order of the files.
  std::vector<Property*> all(const std::string& section);
  // Entries that no node took: warnings TM1215.
  void report_unused(std::vector<Error>& warnings) const;

 private:
  void add_entry(const project::Project& package, const project::PropertyFile& file, const std::string& section, const project::Yaml& entry, ErrorSink& errors);
  std::vector<std::unique_ptr<Property>> entries_;
  std::map<std::pair<std::string, std::string>, std::map<std::string, Property*>> by_name_;  // (section, package)
};

// Members of a mapping, checked: TM1213 at the value where it is of another kind. Absent and null: empty.
std::string text_member(const project::Yaml& map, const char* key);
const project::Yaml::List& list_member(const project::Yaml& map, const char* key);
const project::Yaml* map_member(const project::Yaml& map, const char* key);  // nullptr where absent

}  // namespace tidemark::resolve
