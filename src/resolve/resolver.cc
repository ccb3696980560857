#include "resolve/resolver.h"

#include "base/hash.h"
#include "jinja/environment.h"
#include "resolve/draft.h"
#include "resolve/edges.h"

namespace tidemark::resolve {

namespace {

// Variables as templates of `package` see them, for Jinja in YAML.
Json yaml_variables(const project::Project& root, const project::Project& package) {
  Json out = Json::object();
  const auto add = [&](const Json& vars) {
    if (!vars.is_object()) return;
    for (const auto& [name, value] : vars.items()) out[name] = value;
    const auto own = vars.find(package.name);
    if (own == vars.end() || !own->is_object()) return;
    for (const auto& [name, value] : own->items()) out[name] = value;
  };
  if (&root != &package) add(package.vars);
  add(root.vars);
  return out;
}

void add_packages(Workbench& bench) {
  const ResolveInput& input = bench.input;
  const auto add = [&](const project::ProjectPtr& project, bool is_root) {
    project::RenderFacts facts;
    facts.cli_vars = input.invocation.cli_vars;
    facts.env = input.invocation.env;
    facts.project_vars = yaml_variables(*input.project, *project);
    facts.target = input.target.for_templates();
    if (bench.packages.contains(project->name)) {
      bench.errors.add(Error("TM1201", fmt::format("two packages are named '{}'", project->name)));
      return;
    }
    bench.packages.emplace(project->name, Package{project, std::make_unique<project::TextRenderer>(std::move(facts))});
    bench.shared->variables.set_project(project->name, project->vars, is_root);
    bench.properties.add(*project, bench.errors);
  };
  add(input.project, true);
  for (const project::ProjectPtr& package : input.project->packages) add(package, false);
}

std::shared_ptr<SharedContext> new_context(const ResolveInput& input) {
  auto shared = std::make_shared<SharedContext>(input.project->name);
  shared->invocation = input.invocation;
  shared->variables.set_cli(input.invocation.cli_vars);
  TargetFacts& target = shared->target;
  target.values = input.target.for_templates();
  target.type = input.target.type;
  target.database = input.target.database;
  target.schema = input.target.schema;
  target.dispatch_order = input.dispatch_order;
  if (input.target.type == "spark") target.quote_character = '`';
  return shared;
}

// Disabled drafts leave; the rest can be found by name.
void sort_out(Workbench& bench, Lookup& lookup) {
  std::vector<Draft> enabled;
  enabled.reserve(bench.drafts.size());
  for (Draft& draft : bench.drafts) {
    if (draft.node->config.enabled()) {
      lookup.add(draft.node);
      enabled.push_back(std::move(draft));
    } else {
      lookup.add_disabled(draft.node);
      draft.node->refs = draft.findings.refs;
      draft.node->sources = draft.findings.sources;
      draft.node->depends_on_macros = draft.findings.macros;
      bench.disabled.push_back(draft.node);
    }
  }
  bench.drafts = std::move(enabled);
  for (const NodePtr& source : bench.sources) lookup.add(source);
  for (const NodePtr& node : bench.disabled) {
    if (node->type == ResourceType::kSource) lookup.add_disabled(node);
  }
}

Manifest make_manifest(Workbench& bench) {
  Manifest manifest;
  manifest.project_name = bench.root();
  manifest.project_id = md5_hex(bench.root());
  manifest.adapter_type = bench.shared->target.type;
  for (Draft& draft : bench.drafts) {
    std::map<std::string, NodePtr>& nodes = draft.node->type == ResourceType::kExposure   ? manifest.exposures
                                            : draft.node->type == ResourceType::kUnitTest ? manifest.unit_tests
                                                                                          : manifest.nodes;
    const std::string& id = draft.node->unique_id;
    nodes[id] = draft.node;
  }
  for (const NodePtr& source : bench.sources) {
    const auto [it, is_new] = manifest.sources.try_emplace(source->unique_id, source);
    if (is_new) continue;
    bench.errors.add(Error("TM1201", fmt::format("source '{}.{}' is declared twice", source->source_name, source->name))
                         .at(SourceSpan{source->source, source->code_offset, 1})
                         .at(SourceSpan{it->second->source, it->second->code_offset, 1}));
  }
  for (const auto& [id, macro] : bench.shared->macros.macros()) manifest.macros[id] = macro->info;
  manifest.docs = bench.docs;
  manifest.groups = bench.groups;
  manifest.disabled = bench.disabled;
  return manifest;
}

void check_groups(Workbench& bench) {
  std::vector<std::string> known;
  for (const auto& [id, group] : bench.groups) known.push_back(group["name"].get<std::string>());
  for (const Draft& draft : bench.drafts) {
    const Node& node = *draft.node;
    if (node.type != ResourceType::kModel || node.group.empty() || std::find(known.begin(), known.end(), node.group) != known.end()) continue;
    Error error("TM1212", fmt::format("model '{}' is in group '{}', which does not exist", node.name, node.group));
    error.at(draft.place);
    if (const std::string near = nearest_name(node.group, known); !near.empty()) error.hint("did you mean '" + near + "'?");
    bench.errors.add(error);
  }
}

}  // namespace

ResolvedPtr resolve(const ResolveInput& input, std::vector<Error>& warnings) {
  auto resolved = std::make_shared<Resolved>();
  resolved->context = new_context(input);
  Workbench bench{.input = input,
                  .shared = resolved->context,
                  .packages = {},
                  .properties = {},
                  .docs = {},
                  .drafts = {},
                  .sources = {},
                  .exposures = {},
                  .unit_tests = {},
                  .disabled = {},
                  .groups = {},
                  .errors = {},
                  .warnings = warnings};
  bench.now = std::chrono::duration<double>(wall_now().time_since_epoch()).count();
  add_packages(bench);
  load_docs(bench);
  load_macros(bench);
  bench.errors.throw_if_any();  // templates can't be rendered without all macros
  build_groups(bench);
  build_models(bench);
  build_seeds(bench);
  build_snapshots(bench);
  build_analyses(bench);
  build_singular_tests(bench);
  build_hooks(bench);
  build_sources(bench);
  build_generic_tests(bench);
  build_exposures(bench);
  build_unit_tests(bench);
  sort_out(bench, resolved->lookup);
  bench.errors.throw_if_any();  // a node that did not parse is not "unknown"
  check_unique(bench);
  check_groups(bench);
  connect(bench, resolved->lookup);
  if (bench.errors.empty()) check_microbatch(bench, resolved->lookup);
  find_primary_keys(bench);
  bench.properties.report_unused(warnings);
  resolved->manifest = make_manifest(bench);
  resolved->query_comment = input.project->query_comment;
  bench.errors.throw_if_any();
  return resolved;
}

}  // namespace tidemark::resolve
