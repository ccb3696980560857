// Sources out of YAML.
#include "base/strings.h"
#include "resolve/draft.h"
#include "resolve/external_source.h"
#include "resolve/node_config.h"
#include "resolve/relation_names.h"

namespace tidemark::resolve {

using project::Yaml;

namespace {

Json rendered(const Workbench& bench, const std::string& package, const Yaml* value) {
  return value == nullptr ? Json() : bench.package(package).yaml->render(*value);
}

std::string rendered_text(const Workbench& bench, const std::string& package, const Yaml& map, const char* key) {
  const Yaml* value = map.find(key);
  if (value == nullptr || value->is_null()) return "";
  const Json json = rendered(bench, package, value);
  if (json.is_structured()) throw Error("TM1213", fmt::format("'{}' must be a text", key)).at(value->span());
  return json.is_string() ? json.get<std::string>() : json.is_null() ? "" : json.dump();
}

// A member of an entry, or of its config.
const Yaml* member_or_config(const Yaml& map, const char* key) {
  if (const Yaml* value = map.find(key)) return value;
  const Yaml* config = map.find("config");
  return config == nullptr ? nullptr : config->find(key);
}

Json threshold(const Json& given) {
  Json out{{"count", nullptr}, {"period", nullptr}};
  if (given.is_object()) {
    for (const char* key : {"count", "period"}) {
      if (given.contains(key)) out[key] = given[key];
    }
  }
  return out;
}

void check_threshold(const Json& value, const SourceSpan& span) {
  const Json& period = value["period"];
  const bool known = period.is_null() || (period.is_string() && (period == "minute" || period == "hour" || period == "day"));
  const bool counted = value["count"].is_null() || value["count"].is_number_integer();
  if (!known || !counted)
    throw Error("TM1213", "a freshness threshold has a count and a period").at(span).hint("{count: 12, period: hour}; minute, hour or day");
}

// The source's and the table's freshness together; null where the table says null or neither says anything.
Json merged_freshness(const Workbench& bench, const std::string& package, const Yaml& source, const Yaml& table) {
  const Yaml* outer = member_or_config(source, "freshness");
  const Yaml* inner = member_or_config(table, "freshness");
  if (inner != nullptr && inner->is_null()) return Json();
  Json merged{{"warn_after", threshold(Json())}, {"error_after", threshold(Json())}, {"filter", nullptr}};
  for (const Yaml* level : {outer, inner}) {
    if (level == nullptr || level->is_null()) continue;
    if (!level->is_map()) throw Error("TM1213", "freshness must be a mapping").at(level->span()).hint("{warn_after: {count: 12, period: hour}}");
    const Json given = rendered(bench, package, level);
    for (const char* key : {"warn_after", "error_after"}) {
      if (!given.contains(key)) continue;
      merged[key] = threshold(given[key]);
      check_threshold(merged[key], level->span());
    }
    if (given.contains("filter")) merged["filter"] = given["filter"];
  }
  return merged;
}

bool says_nothing(const Json& freshness) {
  return freshness["warn_after"]["count"].is_null() && freshness["error_after"]["count"].is_null() && freshness["filter"].is_null();
}

// Of the project's configuration, with the members that it leaves out.
Json complete_freshness(const Json& given) {
  Json out{{"warn_after", threshold(Json())}, {"error_after", threshold(Json())}, {"filter", nullptr}};
  for (const char* key : {"warn_after", "error_after"}) {
    if (given.is_object() && given.contains(key)) out[key] = threshold(given[key]);
  }
  if (given.is_object() && given.contains("filter")) out["filter"] = given["filter"];
  return out;
}

Json merged_mapping(const Workbench& bench, const std::string& package, const char* key, std::initializer_list<const Yaml*> levels) {
  Json out = Json::object();
  for (const Yaml* level : levels) {
    if (level == nullptr) continue;
    const Yaml* value = map_member(*level, key);
    if (value == nullptr) continue;
    const Json given = rendered(bench, package, value);
    for (const auto& [name, item] : given.items()) out[name] = item;
  }
  return out;
}

Json external_json(const Workbench& bench, const std::string& package, const Yaml& table) {
  const Yaml* external = table.find("external");
  if (external == nullptr || external->is_null()) return Json();
  const Json given = rendered(bench, package, external);
  if (given.is_string()) return Json{{"location", given}};
  if (!given.is_object()) throw Error("TM1213", "external must be a mapping with a location").at(external->span());
  Json out{{"location", nullptr}, {"file_format", nullptr}, {"row_format", nullptr}, {"tbl_properties", nullptr}, {"partitions", nullptr}};
  for (const auto& [key, value] : given.items()) out[key] = value;
  return out;
}

// Configuration: the project's tree, the source's, the table's.
MergedConfig source_config(const Workbench& bench, const Property& property, const Yaml& table, const std::vector<std::string>& fqn, const Json& freshness) {
  project::ConfigMerge own;
  own.add(property_config(bench, property, property.yaml));
  own.add(property_config(bench, property, table));
  Json config = own.result();
  const bool says_freshness = member_or_config(property.yaml, "freshness") != nullptr || member_or_config(table, "freshness") != nullptr;
  config.erase("freshness");
  if (says_freshness) config["freshness"] = freshness;
  // A table that says how it is loaded says it in full.
  const bool table_says = member_or_config(table, "loaded_at_field") != nullptr || member_or_config(table, "loaded_at_query") != nullptr;
  for (const char* key : {"loaded_at_field", "loaded_at_query"}) {
    config[key] = rendered(bench, property.package, member_or_config(table_says ? table : property.yaml, key));
  }
  return merge_config(bench, "sources", property.package, fqn, config, Json::object());
}

void build_table(Workbench& bench, Property& property, const Yaml& table) {
  if (!table.is_map())
    throw Error("TM1213", fmt::format("a table of a source must be a mapping, and this is {}", table.kind_name())).at(table.span()).hint("- name: …");
  const std::string& package = property.package;
  const Yaml& source = property.yaml;
  const project::ResourceFile& file = property.file->file;
  auto node = std::make_shared<Node>();
  node->type = ResourceType::kSource;
  node->name = text_member(table, "name");
  if (node->name.empty()) throw Error("TM1213", "a table of a source has no name").at(table.span());
  node->source_name = property.name;
  node->package_name = package;
  node->unique_id = "source." + package + "." + property.name + "." + node->name;
  node->path = node->original_file_path = file.original_file_path;
  node->root_path = bench.package(package).project->root;
  node->fqn = fqn_of(package, file.path, property.name);
  node->fqn.push_back(node->name);
  node->source = file.text;
  node->code_offset = table.find("name")->span().offset;
  std::vector<std::string> docs_of_source;  // dbt lists those of the table alone
  node->source_description = rendered_description(bench, package, source, docs_of_source);
  node->description = rendered_description(bench, package, table, node->doc_blocks);
  node->identifier = rendered_text(bench, package, table, "identifier");
  if (node->identifier.empty()) node->identifier = node->name;
  node->alias = node->identifier;
  node->schema = rendered_text(bench, package, source, "schema");
  if (node->schema.empty()) node->schema = property.name;
  node->database = rendered_text(bench, package, source, "database");
  if (node->database.empty()) node->database = rendered_text(bench, package, source, "catalog");
  if (node->database.empty()) node->database = bench.shared->target.database;
  node->loader = rendered_text(bench, package, source, "loader");
  if (table.find("loader") != nullptr) node->loader = rendered_text(bench, package, table, "loader");
  node->quoting = merged_mapping(bench, package, "quoting", {&source, &table});
  node->external = external_json(bench, package, table);
  node->freshness = merged_freshness(bench, package, source, table);
  node->created_at = bench.now;
  node->extra["unrendered_schema"] = source.find("schema") == nullptr ? Json() : Json(text_member(source, "schema"));
  apply_columns(bench, *node, table);
  quote_relation(bench, *node);

  MergedConfig merged = source_config(bench, property, table, node->fqn, node->freshness);
  node->config = Config(finish_config(ResourceType::kSource, merged.rendered));
  node->unrendered_config = std::move(merged.unrendered);
  if (const Json* freshness = node->config.find("freshness"); freshness != nullptr && node->freshness.is_object() && says_nothing(node->freshness)) {
    node->freshness = complete_freshness(*freshness);
  }
  node->loaded_at_field = node->config.text("loaded_at_field");
  node->extra["loaded_at_query"] = node->config.values().value("loaded_at_query", Json());
  node->tags = node->config.list("tags");
  if (const Json* meta = node->config.find("meta")) node->meta = *meta;
  node->source_meta = merged_mapping(bench, package, "meta", {map_member(source, "config"), &source});
  if (const std::optional<ExternalFiles> files = external_files(*node, files_dialect(bench.shared->target.type))) node->extra["relation_name"] = files->sql;
  if (!node->config.enabled()) {
    bench.disabled.push_back(std::move(node));
  } else {
    bench.sources.push_back(std::move(node));
  }
}

}  // namespace

void build_sources(Workbench& bench) {
  for (Property* property : bench.properties.all("sources")) {
    try {
      for (const Yaml& table : list_member(property->yaml, "tables")) build_table(bench, *property, table);
    } catch (const Error& error) {
      bench.errors.add(error);
    }
  }
}

}  // namespace tidemark::resolve
