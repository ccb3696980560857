#include <fmt/format.h>

#include "adapter/table.h"
#include "app/commands.h"
#include "app/open_project.h"
#include "app/warehouse.h"
#include "base/strings.h"

namespace tidemark::app {

namespace {

class Checks {
 public:
  explicit Checks(const Terminal& terminal) : terminal_(terminal) {}

  template <class Check>
  bool run(const std::string& what, Check check) {
    try {
      const std::string found = check();
      terminal_.events.info("DebugCheck", fmt::format("  {}: [OK{}]", what, found.empty() ? "" : " " + found));
      return true;
    } catch (const ErrorList& errors) {
      failed(what, errors.errors());
    } catch (const Error& error) {
      failed(what, {error});
    }
    return false;
  }

  bool all_passed() const { return faults_ == 0; }

 private:
  void failed(const std::string& what, const std::vector<Error>& errors) {
    ++faults_;
    std::string text = fmt::format("  {}: [ERROR]", what);
    for (const Error& error : errors) text += "\n" + std::string(trim(render_error(error)));
    terminal_.events.error("DebugCheck", text);
  }

  const Terminal& terminal_;
  int faults_ = 0;
};

}  // namespace

int debug(const Invocation& invocation, const Terminal& terminal) {
  terminal.events.info("DebugVersion", "tidemark " TIDEMARK_VERSION);
  terminal.events.info("DebugProject", "project folder: " + invocation.project_dir);
  Checks checks(terminal);
  ProjectFiles files;
  std::optional<Warehouse> warehouse;
  const bool readable = checks.run("dbt_project.yml and profiles.yml", [&] {
    files = open_project_files(invocation, terminal);
    return fmt::format("profile {}, target {}", files.target.profile_name, files.target.name);
  });
  if (readable) {
    checks.run("models, macros, tests", [&] {
      open_project(invocation, terminal);
      return std::string();
    });
    checks.run("warehouse", [&] {
      warehouse = open_warehouse(files.target);
      const std::unique_ptr<Session> session = warehouse->adapter->open_session("debug");
      const size_t schemas = session->list_schemas(files.target.database).size();
      return fmt::format("type {}, {}, {} schema{}", files.target.type, warehouse->place, schemas, schemas == 1 ? "" : "s");
    });
  }
  if (warehouse) {
    checks.run("engine", [&] {
      const std::unique_ptr<Session> session = warehouse->adapter->open_session("debug");
      return session->query("select version()").rows.at(0).at(0).text();
    });
  }
  if (!checks.all_passed()) {
    terminal.events.error("DebugResult", "Some checks failed");
    return kExitNodeFailed;
  }
  terminal.events.info("DebugResult", "All checks passed!");
  return kExitOk;
}

}  // namespace tidemark::app
