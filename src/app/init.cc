#include <fmt/format.h>

#include "app/commands.h"
#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::app {

namespace {

constexpr const char* kProject = R"(name: {0}
version: "1.0.0"
config-version: 2

profile: {0}

model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
test-paths: [tests]
clean-targets: [target, logs]

models:
  {0}:
    +materialized: view
)";

constexpr const char* kProfiles = R"({0}:
  target: dev
  outputs:
    dev:
      type: lake
      path: data/warehouse
      schema: analytics
      threads: 2
)";

constexpr const char* kModel = R"({{ config(materialized='table') }}

select 1 as id, date '2024-01-01' as day
union all
select 2, date '2024-01-02'
)";

constexpr const char* kSchema = R"(models:
  - name: first_model
    description: Two rows to begin with.
    columns:
      - name: id
        data_tests: [unique, not_null]
)";

constexpr const char* kIgnore = "target/\nlogs/\ndbt_packages/\ndata/\n.tidemark/\n";

void require_name(const std::string& name) {
  const bool word = !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == std::string::npos &&
                    std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  if (!word) throw Error("TM1940", fmt::format("'{}' can't be a project's name", name)).hint("letters, digits and underscores, a letter or underscore first");
}

}  // namespace

int init(const Invocation& invocation, const Terminal& terminal) {
  const std::string& name = invocation.project_name;
  require_name(name);
  const fs::path folder = (invocation.project_dir.empty() ? fs::path(".") : fs::path(invocation.project_dir)) / name;
  if (fs::exists(folder)) throw Error("TM1941", fmt::format("'{}' is there already", folder.lexically_normal().string())).hint("init makes a new folder");
  for (const char* part : {"models", "seeds", "macros", "tests"}) make_directories(folder / part);
  write_file(folder / "dbt_project.yml", fmt::format(fmt::runtime(kProject), name));
  write_file(folder / "profiles.yml", fmt::format(fmt::runtime(kProfiles), name));
  write_file(folder / "models" / "first_model.sql", kModel);
  write_file(folder / "models" / "schema.yml", kSchema);
  write_file(folder / ".gitignore", kIgnore);
  terminal.events.info("ProjectCreated", fmt::format("Made the project '{0}' in {1}\n  cd {1}\n  tidemark build", name, folder.lexically_normal().string()));
  return kExitOk;
}

}  // namespace tidemark::app
