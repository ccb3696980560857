// Invocation → Project → Manifest: what every command but a few begins with. No engine is loaded.
#pragma once
#include <string>

#include "app/app.h"
#include "artifacts/metadata.h"
#include "project/profile.h"
#include "project/project.h"
#include "resolve/resolved.h"

namespace tidemark::app {

struct OpenProject {
  project::ProjectPtr project;
  project::Target target;
  resolve::ResolvedPtr resolved;
  std::string target_path;  // folder of the artifacts

  const Manifest& manifest() const { return resolved->manifest; }
};

struct ProjectFiles {
  project::ProjectPtr project;
  project::Target target;
  std::string target_path;
};

// dbt_project.yml and profiles.yml alone; opens the log file.
ProjectFiles open_project_files(const Invocation& invocation, const Terminal& terminal);
// All of it. Warnings become events, or errors where the invocation says so.
OpenProject open_project(const Invocation& invocation, const Terminal& terminal);

artifacts::Metadata metadata(const Invocation& invocation);
// <target path>/manifest.json
void write_manifest_file(const Invocation& invocation, const OpenProject& open);

// The invocation's flags by dbt's names in lower case: `args` of run_results.json, {{ invocation_args_dict }}.
Json flags_json(const Invocation& invocation, const std::string& target_name);

// What loading found odd; thrown as errors with --warn-error.
void report_warnings(const Invocation& invocation, const Terminal& terminal, const std::vector<Error>& warnings);

}  // namespace tidemark::app
