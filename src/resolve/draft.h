// A node while it is being put together, and what all the builders of nodes share.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "project/text_renderer.h"
#include "resolve/parse_scope.h"
#include "resolve/properties.h"
#include "resolve/resolver.h"

namespace tidemark::resolve {

struct Draft {
  std::shared_ptr<Node> node;
  Findings findings;
  Property* property = nullptr;            // of YAML; null where there is none
  const project::Yaml* version = nullptr;  // the entry of `versions` that this is
  SourceSpan place;                        // for errors about the node as a whole
};

// One package with what its templates and YAML see.
struct Package {
  project::ProjectPtr project;
  std::unique_ptr<project::TextRenderer> yaml;  // renders property values
  const Json& configs(const char* tree) const;  // of dbt_project.yml: "models", …; an empty mapping where there are none
};

struct Workbench {
  const ResolveInput& input;
  std::shared_ptr<SharedContext> shared;
  std::map<std::string, Package> packages;  // by name, the root among them
  Properties properties;
  DocTable docs;
  std::vector<Draft> drafts;
  std::vector<NodePtr> sources, exposures, unit_tests;
  std::vector<NodePtr> disabled;
  std::map<std::string, Json> groups;
  ErrorSink errors;
  std::vector<Error>& warnings;
  double now = 0;  // created_at of everything

  const std::string& root() const { return shared->project_name; }
  bool is_root(const std::string& package) const { return package == root(); }
  const Package& package(const std::string& name) const { return packages.at(name); }
};

// The merged configuration of a node: its package's tree, YAML, its own config() calls, and for packages the root's tree.
// Also gives unrendered_config.
struct MergedConfig {
  Json rendered;
  Json unrendered = Json::object();
};
MergedConfig merge_config(const Workbench& bench, const char* tree, const std::string& package, const std::vector<std::string>& fqn, const Json& property,
                          const Json& config_call);

// The "config:" of a YAML entry, rendered, with the members that dbt also takes from beside it (meta, tags, docs, group, access).
Json property_config(const Workbench& bench, const Property& property, const project::Yaml& entry);

// Description with doc() resolved; its docs blocks go to `used_docs`.
std::string rendered_description(const Workbench& bench, const std::string& package, const project::Yaml& entry, std::vector<std::string>& used_docs);

// The columns of a YAML entry into the node.
void apply_columns(const Workbench& bench, Node& node, const project::Yaml& entry);
void add_column(const Workbench& bench, Node& node, const project::Yaml& column);

// "staging/stg_orders.sql" -> package, folders, and then `name`.
std::vector<std::string> fqn_of(const std::string& package, const std::string& path, const std::string& name);
std::string file_stem(const std::string& path);
// dbt's defaults into each constraint of a list: what an engine does not enforce or support is warned about.
void complete_constraints(Json& constraints);

// The columns of one version of a model: those that it takes over from the model, then its own.
std::vector<const project::Yaml*> version_columns(const project::Yaml& model, const project::Yaml& version);

// The builders, in the order in which resolve() calls them.
void load_macros(Workbench& bench);
void load_docs(Workbench& bench);
void build_models(Workbench& bench);
void build_seeds(Workbench& bench);
void build_snapshots(Workbench& bench);
void build_analyses(Workbench& bench);
void build_singular_tests(Workbench& bench);
void build_hooks(Workbench& bench);
void build_sources(Workbench& bench);
void build_generic_tests(Workbench& bench);
void build_exposures(Workbench& bench);
void build_groups(Workbench& bench);
void build_unit_tests(Workbench& bench);
// Once all edges are known: the configuration of microbatch models.
class Lookup;
void check_microbatch(Workbench& bench, const Lookup& lookup);
// After all builders: "primary_key" of models, as the manifest shows it.
void find_primary_keys(Workbench& bench);

// Renders the node's text for its refs, sources and configs (or reads them off where it is simple), then sets its
// configuration, tags, meta and names. `tree` names the config tree.
void parse_node(Workbench& bench, Draft& draft, const char* tree);
// The second half alone, from findings that are there.
void configure_node(Workbench& bench, Draft& draft, const char* tree);

}  // namespace tidemark::resolve
