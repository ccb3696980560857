// Projects for tests: a folder with the files that a test names, and the parse phase over it.
#pragma once
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "project/profile.h"
#include "project/project.h"
#include "resolve/resolver.h"

namespace tidemark::tests {

// Gone with the object. dbt_project.yml and profiles.yml of a project `p` are there unless given.
class ProjectFolder {
 public:
  explicit ProjectFolder(const std::map<std::string, std::string>& files) : path_(std::filesystem::temp_directory_path() / ("tm_project_" + random_uuid())) {
    write("dbt_project.yml", "name: p\nconfig-version: 2\nprofile: p\n");
    write("profiles.yml", "p: {target: dev, outputs: {dev: {type: duckdb, path: ':memory:', schema: main, threads: 1}}}\n");
    for (const auto& [name, text] : files) write(name, text);
  }
  ~ProjectFolder() { std::filesystem::remove_all(path_); }
  ProjectFolder(const ProjectFolder&) = delete;
  ProjectFolder& operator=(const ProjectFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name) << text;
  }

 private:
  std::filesystem::path path_;
};

struct OpenedProject {
  project::ProjectPtr project;
  resolve::ResolvedPtr resolved;
  std::vector<Error> warnings;
};

inline OpenedProject open_project(const std::filesystem::path& folder, const std::string& command = "compile") {
  OpenedProject out;
  project::RenderFacts facts;
  facts.cli_vars = Json::object();
  facts.project_vars = Json::object();
  project::ProfileRequest profile;
  profile.profiles_dir = profile.project_folder = folder.string();
  profile.profile = project::profile_named_in(folder.string(), facts);
  profile.facts = facts;
  resolve::ResolveInput input;
  input.target = project::load_target(profile, out.warnings);
  facts.target = input.target.for_templates();
  input.project = out.project = project::load_project({.folder = folder.string(), .facts = facts}, out.warnings);
  input.dispatch_order = {"duckdb"};
  input.invocation.id = "00000000-0000-0000-0000-000000000000";
  input.invocation.flags = Json{{"WHICH", command}, {"FULL_REFRESH", false}};
  out.resolved = resolve::resolve(input, out.warnings);
  return out;
}

}  // namespace tidemark::tests
