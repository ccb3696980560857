// Exposures, groups and unit tests out of YAML.
#include "base/strings.h"
#include "resolve/draft.h"
#include "resolve/node_config.h"

namespace tidemark::resolve {

using project::Yaml;

namespace {

std::shared_ptr<Node> new_node(const Workbench& bench, ResourceType type, const Property& property) {
  auto node = std::make_shared<Node>();
  node->type = type;
  node->name = property.name;
  node->package_name = property.package;
  node->unique_id = std::string(to_string(type)) + "." + property.package + "." + property.name;
  node->path = property.file->file.path;
  node->original_file_path = property.file->file.original_file_path;
  node->root_path = bench.package(property.package).project->root;
  node->fqn = fqn_of(property.package, node->path, property.name);
  node->created_at = bench.now;
  return node;
}

// The refs and sources of "ref('x')" texts.
void read_dependencies(Workbench& bench, Draft& draft, const Yaml::List& items) {
  for (const Yaml& item : items) {
    const std::string text = item.scalar_text();
    ParseScope scope(*bench.shared, draft.node->package_name, draft.node.get(), bench.docs);
    const jinja::TemplatePtr parsed = bench.shared->environment.parse_expression(make_source("<depends_on>", text));
    try {
      jinja::Render(bench.shared->environment, scope, parse_options()).evaluate(*parsed);
    } catch (Error& error) {
      Error placed(error.code(), error.message());
      throw placed.at(item.span()).hint("ref('model') or source('source', 'table')");
    }
    for (const RefArgs& ref : scope.findings.refs) {
      draft.findings.refs.push_back(ref);
      draft.findings.ref_spans.push_back(item.span());
    }
    for (const SourceArgs& source : scope.findings.sources) {
      draft.findings.sources.push_back(source);
      draft.findings.source_spans.push_back(item.span());
    }
  }
}

void configure(Workbench& bench, Draft& draft, const char* tree) {
  Node& node = *draft.node;
  MergedConfig merged = merge_config(bench, tree, node.package_name, node.fqn, property_config(bench, *draft.property, draft.property->yaml), Json::object());
  node.config = Config(finish_config(node.type, merged.rendered));
  node.unrendered_config = std::move(merged.unrendered);
  node.tags = node.config.list("tags");
  if (const Json* meta = node.config.find("meta")) node.meta = *meta;
}

void build_exposure(Workbench& bench, Property& property) {
  Draft draft;
  draft.property = &property;
  draft.place = property.yaml.span();
  draft.node = new_node(bench, ResourceType::kExposure, property);
  Node& node = *draft.node;
  const project::TextRenderer& renderer = *bench.package(property.package).yaml;
  node.description = rendered_description(bench, property.package, property.yaml, node.doc_blocks);
  const Yaml* owner = map_member(property.yaml, "owner");
  if (owner == nullptr)
    throw Error("TM1213", fmt::format("exposure '{}' has no owner", property.name)).at(property.yaml.span()).hint("owner: {name: …, email: …}");
  node.extra["type"] = text_member(property.yaml, "type");
  node.extra["owner"] = renderer.render(*owner);
  for (const char* key : {"label", "maturity", "url"}) {
    const Yaml* value = property.yaml.find(key);
    node.extra[key] = value == nullptr ? Json() : renderer.render(*value);
  }
  read_dependencies(bench, draft, list_member(property.yaml, "depends_on"));
  configure(bench, draft, "exposures");
  bench.drafts.push_back(std::move(draft));
}

// Rows without a format are mappings.
void name_formats(Json& unit_test) {
  const auto complete = [](Json& fixture) {
    if (fixture.is_object() && !fixture.contains("format")) fixture["format"] = "dict";
  };
  if (unit_test.contains("given") && unit_test["given"].is_array()) {
    for (Json& given : unit_test["given"]) complete(given);
  }
  if (unit_test.contains("expect")) complete(unit_test["expect"]);
}

void build_unit_test(Workbench& bench, Property& property) {
  Draft draft;
  draft.property = &property;
  draft.place = property.yaml.span();
  draft.node = new_node(bench, ResourceType::kUnitTest, property);
  Node& node = *draft.node;
  const std::string model = text_member(property.yaml, "model");
  if (model.empty()) throw Error("TM1213", fmt::format("unit test '{}' has no model", property.name)).at(property.yaml.span());
  node.unique_id = "unit_test." + property.package + "." + model + "." + property.name;
  node.fqn.back() = model;
  node.fqn.push_back(property.name);
  node.schema = bench.shared->target.schema;
  node.description = rendered_description(bench, property.package, property.yaml, node.doc_blocks);
  for (const char* key : {"model", "given", "expect", "overrides", "versions"}) {
    if (const Yaml* value = property.yaml.find(key)) node.extra[key] = value->to_json();
  }
  name_formats(node.extra);
  draft.findings.refs.push_back({model, std::nullopt, std::nullopt});
  draft.findings.ref_spans.push_back(property.yaml.find("model")->span());
  configure(bench, draft, "unit_tests");
  bench.drafts.push_back(std::move(draft));
}

template <class Build>
void each(Workbench& bench, const char* section, const Build& build) {
  for (Property* property : bench.properties.all(section)) {
    try {
      build(bench, *property);
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
}

}  // namespace

void build_exposures(Workbench& bench) { each(bench, "exposures", build_exposure); }
void build_unit_tests(Workbench& bench) { each(bench, "unit_tests", build_unit_test); }

void build_groups(Workbench& bench) {
  each(bench, "groups", [](Workbench& b, Property& property) {
    const Yaml* owner = map_member(property.yaml, "owner");
    if (owner == nullptr)
      throw Error("TM1213", fmt::format("group '{}' has no owner", property.name)).at(property.yaml.span()).hint("owner: {name: …, email: …}");
    const std::string id = "group." + property.package + "." + property.name;
    const std::string description = text_member(property.yaml, "description");
    b.groups[id] = Json{{"name", property.name},
                        {"resource_type", "group"},
                        {"package_name", property.package},
                        {"path", property.file->file.path},
                        {"original_file_path", property.file->file.original_file_path},
                        {"unique_id", id},
                        {"owner", b.package(property.package).yaml->render(*owner)},
                        {"description", description.empty() ? Json() : Json(description)},
                        {"config", property_config(b, property, property.yaml)}};
  });
}

}  // namespace tidemark::resolve
