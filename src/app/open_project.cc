#include "app/open_project.h"

#include <fmt/format.h>

#include "app/warehouse.h"
#include "artifacts/manifest_json.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "project/text_renderer.h"
#include "resolve/resolver.h"

namespace tidemark::app {

namespace {

std::string environment(const std::map<std::string, std::string>& env, const char* name) {
  const auto found = env.find(name);
  return found == env.end() ? std::string() : found->second;
}

project::RenderFacts render_facts(const Invocation& invocation, std::map<std::string, std::string> env) {
  project::RenderFacts facts;
  facts.cli_vars = invocation.vars;
  facts.env = std::move(env);
  facts.project_vars = Json::object();
  return facts;
}

project::Target load_target(const Invocation& invocation, const std::string& profile, const project::RenderFacts& facts, std::vector<Error>& warnings) {
  project::ProfileRequest request;
  request.profiles_dir = invocation.profiles_dir;
  request.project_folder = ".";
  request.profile = invocation.profile.empty() ? profile : invocation.profile;
  request.target = invocation.target;
  request.facts = facts;
  project::Target target = project::load_target(request, warnings);
  if (invocation.threads) {
    target.threads = *invocation.threads;
    target.values["threads"] = target.threads;
  }
  return target;
}

std::string show_source_path(const Invocation& invocation, const std::string& text) { return replace_all(text, invocation.project_dir + "/", ""); }

resolve::Invocation template_facts(const Invocation& invocation, const Terminal& terminal, const std::string& target_name,
                                   std::map<std::string, std::string> env) {
  resolve::Invocation out;
  out.id = invocation.id;
  out.started_at = invocation.started_at;
  out.args = flags_json(invocation, target_name);
  for (const auto& [name, value] : out.args.items()) out.flags[to_upper(name)] = value;
  out.cli_vars = invocation.vars;
  out.env = std::move(env);
  run::EventSink& events = terminal.events;
  out.sinks.log = [&events](std::string_view message, bool info) {
    events.emit({"LogLine", info ? run::Level::kInfo : run::Level::kDebug, std::string(message)});
  };
  out.sinks.print = [&events](std::string_view message) { events.info("PrintLine", std::string(message)); };
  out.sinks.warn = [&events](const Error& warning) { events.warn("Warning", render_error(warning, "warning"), Json{{"code", warning.code()}}); };
  return out;
}

std::map<std::string, Json> selectors_by_name(const project::Project& project) {
  std::map<std::string, Json> out;
  const Json selectors = project.selectors.is_null() ? Json() : project.selectors.to_json();
  if (!selectors.is_object() || !selectors.contains("selectors")) return out;
  for (const Json& selector : selectors["selectors"]) {
    if (selector.is_object() && selector.contains("name")) out[selector["name"].get<std::string>()] = selector;
  }
  return out;
}

}  // namespace

void report_warnings(const Invocation& invocation, const Terminal& terminal, const std::vector<Error>& warnings) {
  if (invocation.warn_error && !warnings.empty()) throw ErrorList(warnings);
  for (const Error& warning : warnings) {
    terminal.events.warn("Warning", show_source_path(invocation, render_error(warning, "warning")), Json{{"code", warning.code()}});
  }
}

Json flags_json(const Invocation& invocation, const std::string& target_name) {
  const SelectionFlags& selection = invocation.selection;
  Json out{{"which", invocation.command},
           {"project_dir", invocation.project_dir},
           {"profiles_dir", invocation.profiles_dir},
           {"target", target_name},
           {"vars", invocation.vars},
           {"select", selection.select},
           {"exclude", selection.exclude},
           {"indirect_selection", selection.indirect_selection},
           {"defer", selection.defer},
           {"favor_state", selection.favor_state},
           {"full_refresh", invocation.full_refresh},
           {"fail_fast", invocation.fail_fast},
           {"store_failures", invocation.store_failures},
           {"empty", invocation.empty},
           {"warn_error", invocation.warn_error},
           {"quiet", invocation.quiet},
           {"print", !invocation.no_print},
           {"log_format", invocation.log_format},
           {"log_level", invocation.log_level},
           {"use_colors", invocation.use_colors.value_or(true)},
           {"introspect", true},
           {"write_json", true},
           {"partial_parse", !invocation.no_partial_parse},
           {"invocation_command", "tidemark " + join(invocation.arguments, " ")}};
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out[name] = value;
  };
  add("profile", invocation.profile);
  add("selector", selection.selector);
  add("state", selection.state);
  add("sample", invocation.sample);
  add("event_time_start", invocation.event_time_start);
  add("event_time_end", invocation.event_time_end);
  add("macro", invocation.macro);
  if (!invocation.macro.empty()) out["args"] = invocation.macro_args;
  if (!selection.resource_types.empty()) out["resource_types"] = selection.resource_types;
  if (!selection.exclude_resource_types.empty()) out["exclude_resource_types"] = selection.exclude_resource_types;
  if (invocation.threads) out["threads"] = *invocation.threads;
  return out;
}

ProjectFiles open_project_files(const Invocation& invocation, const Terminal& terminal) {
  const std::map<std::string, std::string> env = project::process_environment();
  project::RenderFacts facts = render_facts(invocation, env);
  std::vector<Error> warnings;
  ProjectFiles out;
  out.target = load_target(invocation, project::profile_named_in(invocation.project_dir, facts), facts, warnings);
  facts.target = out.target.for_templates();
  out.project = project::load_project({.folder = invocation.project_dir, .facts = facts}, warnings);
  if (terminal.open_log) terminal.open_log(invocation.log_path.empty() ? out.project->log_path : invocation.log_path);
  out.target_path = invocation.target_path.empty() ? out.project->target_path : invocation.target_path;
  report_warnings(invocation, terminal, warnings);
  return out;
}

OpenProject open_project(const Invocation& invocation, const Terminal& terminal) {
  ProjectFiles files = open_project_files(invocation, terminal);
  OpenProject out{files.project, std::move(files.target), nullptr, std::move(files.target_path)};
  std::vector<Error> warnings;
  out.resolved = resolve::resolve({.project = out.project,
                                   .target = out.target,
                                   .dispatch_order = dispatch_order(out.target),
                                   .invocation = template_facts(invocation, terminal, out.target.name, project::process_environment()),
                                   .macros_folder = environment(project::process_environment(), "TIDEMARK_MACROS")},
                                  warnings);
  report_warnings(invocation, terminal, warnings);
  return out;
}

artifacts::Metadata metadata(const Invocation& invocation) {
  artifacts::Metadata out;
  out.invocation_id = invocation.id;
  out.invocation_started_at = invocation.started_at;
  out.generated_at = wall_now();
  constexpr std::string_view kPrefix = "DBT_ENV_CUSTOM_ENV_";
  for (const auto& [name, value] : project::process_environment()) {
    if (name.starts_with(kPrefix)) out.env[name.substr(kPrefix.size())] = value;
  }
  return out;
}

void write_manifest_file(const Invocation& invocation, const OpenProject& open) {
  artifacts::ManifestArtifact artifact;
  artifact.metadata = metadata(invocation);
  artifact.manifest = &open.manifest();
  artifact.target_path = open.target_path;
  artifact.selectors = selectors_by_name(*open.project);
  make_directories(open.target_path);
  artifacts::write_manifest(fs::path(open.target_path) / "manifest.json", artifact);
}

}  // namespace tidemark::app
