#include <cstring>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/commands.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "project/text_renderer.h"
#include "project/yaml.h"

namespace tidemark::app {

namespace {

struct PackageEntry {
  std::string kind;  // "local", "git", …
  std::string location;
  std::string revision;      // git: branch, tag or commit; empty: the default branch
  std::string subdirectory;  // git
  SourceSpan span;
};

std::string member(const Json& entry, const char* key) {
  const auto found = entry.find(key);
  if (found == entry.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

PackageEntry read_entry(const project::Yaml& yaml, const project::TextRenderer& renderer) {
  const Json entry = renderer.render(yaml);
  for (const char* kind : {"local", "git"}) {
    if (entry.is_object() && entry.contains(kind)) {
      return {kind, member(entry, kind), member(entry, "revision"), member(entry, "subdirectory"), yaml.span()};
    }
  }
  const char* what = !entry.is_object()          ? "an entry that is no mapping"
                     : entry.contains("package") ? "a package of the hub"
                     : entry.contains("tarball") ? "a tarball"
                                                 : "an entry of an unknown kind";
  Error error("TM1930", fmt::format("{}: this version installs local and git packages only", what));
  error.at(yaml.span());
  if (entry.is_object() && entry.contains("package")) {
    error.hint(fmt::format("name the repository of {} instead: git: \"https://…\", revision: …", member(entry, "package")));
  }
  throw error;
}

std::vector<PackageEntry> read_entries(const Invocation& invocation) {
  project::RenderFacts facts;
  facts.cli_vars = invocation.vars;
  facts.env = project::process_environment();
  facts.project_vars = Json::object();
  const project::TextRenderer renderer(std::move(facts));
  std::vector<PackageEntry> out;
  ErrorSink errors;
  for (const char* name : {"packages.yml", "dependencies.yml"}) {
    if (!stat_file(name)) continue;
    const project::Yaml content = project::parse_yaml(make_source(name, read_file(name)));
    const project::Yaml* packages = content.find("packages");
    if (packages == nullptr) continue;
    for (const project::Yaml& entry : packages->items()) {
      try {
        out.push_back(read_entry(entry, renderer));
      } catch (const Error& error) {
        errors.add(error);
      }
    }
  }
  errors.throw_if_any();
  return out;
}

std::string package_name(const fs::path& folder, const PackageEntry& entry) {
  const fs::path file = folder / "dbt_project.yml";
  if (!stat_file(file)) throw Error("TM1931", fmt::format("there is no dbt_project.yml in '{}'", entry.location)).at(entry.span);
  const project::Yaml content = project::parse_yaml(make_source(file.string(), read_file(file)));
  const project::Yaml* name = content.find("name");
  if (name == nullptr || !name->is_string()) throw Error("TM1931", fmt::format("the package in '{}' has no name", entry.location)).at(entry.span);
  return name->as_string();
}

// Runs a program without a shell; its output is the user's.
void run_program(const std::vector<std::string>& arguments, const PackageEntry& entry) {
  const pid_t child = ::fork();
  if (child == 0) {
    std::vector<char*> argv;
    for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) < 0) throw Error("TM1932", fmt::format("cannot start '{}': {}", arguments[0], std::strerror(errno)));
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
  Error error("TM1932", WIFEXITED(status) && WEXITSTATUS(status) == 127 ? fmt::format("'{}' is not installed", arguments[0])
                                                                        : fmt::format("'{}' failed for {}", join(arguments, " "), entry.location));
  throw error.at(entry.span);
}

void replace_with(const fs::path& from, const fs::path& to) {
  std::error_code fault;
  fs::remove_all(to, fault);
  fs::rename(from, to, fault);
  if (fault) throw Error("TM4902", fmt::format("cannot put '{}' in place: {}", to.string(), fault.message()));
}

std::string install_local(const PackageEntry& entry, const fs::path& folder) {
  const fs::path from = fs::weakly_canonical(entry.location);
  const std::string name = package_name(from, entry);
  const fs::path link = folder / (".new-" + random_uuid());
  std::error_code fault;
  fs::create_directory_symlink(from, link, fault);
  if (fault) throw Error("TM4902", fmt::format("cannot link '{}': {}", entry.location, fault.message()));
  if (fs::is_symlink(folder / name) || !fs::exists(folder / name)) {
    fs::rename(link, folder / name);
  } else {
    replace_with(link, folder / name);
  }
  return name;
}

std::string install_git(const PackageEntry& entry, const fs::path& folder) {
  const fs::path clone = folder / (".new-" + random_uuid());
  run_program({"git", "clone", "--quiet", "--", entry.location, clone.string()}, entry);
  if (!entry.revision.empty()) run_program({"git", "-C", clone.string(), "-c", "advice.detachedHead=false", "checkout", "--quiet", entry.revision}, entry);
  const fs::path package = entry.subdirectory.empty() ? clone : clone / entry.subdirectory;
  std::string name;
  try {
    name = package_name(package, entry);
    replace_with(package, folder / name);
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(clone, ignored);
    throw;
  }
  std::error_code ignored;
  fs::remove_all(clone, ignored);
  return name;
}

std::string install_folder() {
  const project::Yaml content = project::parse_yaml(make_source("dbt_project.yml", read_file("dbt_project.yml")));
  const project::Yaml* path = content.find("packages-install-path");
  return path != nullptr && path->is_string() ? path->as_string() : "dbt_packages";
}

}  // namespace

int deps(const Invocation& invocation, const Terminal& terminal) {
  const std::vector<PackageEntry> entries = read_entries(invocation);
  if (entries.empty()) {
    terminal.events.warn("DepsNoPackagesFound", "No packages were found in packages.yml or dependencies.yml");
    return kExitOk;
  }
  const fs::path folder = install_folder();
  make_directories(folder);
  for (const PackageEntry& entry : entries) {
    terminal.events.info("DepsStartPackageInstall", fmt::format("Installing {}", entry.location));
    const std::string name = entry.kind == "local" ? install_local(entry, folder) : install_git(entry, folder);
    terminal.events.info("DepsInstallInfo", fmt::format("  Installed {} from {}{}", name, entry.kind, entry.revision.empty() ? "" : " at " + entry.revision));
  }
  return kExitOk;
}

}  // namespace tidemark::app
