#include "app/app.h"

#include <cstdlib>
#include <map>

#include <fmt/format.h>

#include "app/commands.h"
#include "app/run_journal.h"
#include "base/error.h"
#include "base/file_system.h"
#include "project/project.h"

namespace tidemark::app {

namespace {

using Command = int (*)(const Invocation&, const Terminal&);

const std::map<std::string, Command>& commands() {
  static const std::map<std::string, Command> kCommands{{"run", run},
                                                        {"build", run},
                                                        {"test", run},
                                                        {"seed", run},
                                                        {"snapshot", run},
                                                        {"parse", parse},
                                                        {"ls", list},
                                                        {"compile", compile},
                                                        {"show", show},
                                                        {"run-operation", run_operation},
                                                        {"debug", debug},
                                                        {"clean", clean},
                                                        {"deps", deps},
                                                        {"docs generate", docs_generate},
                                                        {"download", download},
                                                        {"retry", retry},
                                                        {"clone", clone},
                                                        {"source freshness", source_freshness},
                                                        {"plan", plan},
                                                        {"verify", verify},
                                                        {"history", history},
                                                        {"ledger", ledger},
                                                        {"partitions", partitions},
                                                        {"explain", explain},
                                                        {"vacuum", vacuum}};
  return kCommands;
}

void make_absolute(std::string& path) {
  if (!path.empty()) path = fs::absolute(path).lexically_normal().string();
}

// Relative paths of the command line are the user's, and lose their meaning when the working folder changes.
Invocation with_absolute_paths(const Invocation& given) {
  Invocation out = given;
  for (std::string* path : {&out.project_dir, &out.profiles_dir, &out.target_path, &out.selection.state, &out.log_path, &out.output_dir, &out.spark.folder,
                            &out.spark.spark_home, &out.serve.admin_password_file, &out.serve.tls_cert, &out.serve.tls_key, &out.serve.web_dir})
    make_absolute(*path);
  // DBT_PROFILES_DIR is read late; a profiles.yml of the folder that the user stands in comes before the project's.
  if (out.profiles_dir.empty() && std::getenv("DBT_PROFILES_DIR") != nullptr) {
    out.profiles_dir = std::getenv("DBT_PROFILES_DIR");
    make_absolute(out.profiles_dir);
  } else if (out.profiles_dir.empty() && stat_file("profiles.yml") && !stat_file("dbt_project.yml")) {
    out.profiles_dir = fs::current_path().string();
  }
  return out;
}

int execute_with_journal(Command command, const Invocation& invocation, const Terminal& terminal) {
  RunJournal journal(invocation, terminal.events);
  const Terminal watched{.events = journal, .out = terminal.out, .cancelled = terminal.cancelled, .open_log = terminal.open_log};
  try {
    const int code = command(invocation, watched);
    journal.finish(code, terminal.cancelled ? "cancelled" : "");
    return code;
  } catch (const ErrorList& errors) {
    journal.finish(kExitCommandFailed, render_error(errors.errors().front()));
    throw;
  } catch (const Error& error) {
    journal.finish(kExitCommandFailed, render_error(error));
    throw;
  }
}

}  // namespace

bool prints_data(const std::string& command) {
  return command == "ls" || command == "show" || command == "compile" || command == "plan" || command == "explain" || command == "verify" ||
         command == "history" || command == "ledger" || command == "partitions" || command == "spark status" || command == "spark logs";
}

int execute(const Invocation& given, const Terminal& terminal) {
  if (given.command == "init") return init(given, terminal);
  if (given.command.starts_with("spark ")) return spark(with_absolute_paths(given), terminal);
  const auto command = commands().find(given.command);
  if (command == commands().end()) throw Error("TM1901", fmt::format("the command '{}' is not there", given.command));
  const Invocation invocation = enter_project(given);
  return keeps_journal(invocation.command) ? execute_with_journal(command->second, invocation, terminal) : command->second(invocation, terminal);
}

Invocation enter_project(const Invocation& given) {
  Invocation invocation = with_absolute_paths(given);
  invocation.project_dir = project::find_project_folder(invocation.project_dir);
  fs::current_path(invocation.project_dir);
  return invocation;
}

}  // namespace tidemark::app
