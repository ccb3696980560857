// Where to compute and publish: an output of profiles.yml, or the default warehouse where there is no profile.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/json.h"
#include "project/text_renderer.h"

namespace tidemark::project {

struct Target {
  std::string profile_name;
  std::string name;  // of the output
  std::string type;  // "lake", "duckdb", "spark"
  std::string database;
  std::string schema;
  int threads = 1;
  // The output's keys as written, rendered; paths are not resolved. Passwords and tokens are here.
  Json values = Json::object();

  // As {{ target }} shows it: values without secrets, plus name, profile_name, target_name.
  Json for_templates() const;
};

struct ProfileRequest {
  std::string profiles_dir;  // --profiles-dir; empty: DBT_PROFILES_DIR, the working folder, the project's, ~/.dbt
  std::string project_folder;
  std::string profile;  // --profile or the project's; empty: none named
  std::string target;   // --target; empty: the profile's own
  RenderFacts facts;
};

// TM1030 no such profile, TM1031 no such output, TM1032 a type that is not known, TM1033 a value of the wrong kind.
Target load_target(const ProfileRequest& request, std::vector<Error>& warnings);

}  // namespace tidemark::project
