#include "resolve/node_value.h"

#include "jinja/json.h"
#include "resolve/members.h"

namespace tidemark::resolve {

namespace {

using jinja::Value;

Value text_or_none(const std::string& text) { return text.empty() ? Value::none() : Value(text); }

Value version_or_none(const std::optional<std::string>& version) {
  if (!version) return Value::none();
  const std::optional<Value> number = jinja::literal_eval(*version);
  return number && number->is_number() ? *number : Value(*version);
}

Value columns_value(const Node& node) {
  Value columns = Value::dict();
  for (const std::string& name : node.column_order) {
    const auto it = node.columns.find(name);
    if (it == node.columns.end()) continue;
    const ColumnInfo& column = it->second;
    put(columns.as_dict(), name,
        Value::dict({{"name", Value(column.name)},
                     {"description", Value(column.description)},
                     {"data_type", text_or_none(column.data_type)},
                     {"quote", column.quote ? Value(true) : Value::none()},
                     {"meta", jinja::from_json(column.meta)},
                     {"tags", Value::strings(column.tags)},
                     {"constraints", jinja::from_json(column.constraints)}}));
  }
  return columns;
}

void add_references(jinja::Dict& out, const Node& node) {
  std::vector<Value> refs;
  for (const RefArgs& ref : node.refs) {
    refs.push_back(
        Value::dict({{"name", Value(ref.name)}, {"package", ref.package ? Value(*ref.package) : Value::none()}, {"version", version_or_none(ref.version)}}));
  }
  std::vector<Value> sources;
  for (const auto& [source, table] : node.sources) sources.push_back(Value::strings({source, table}));
  put(out, "refs", Value::list(std::move(refs)));
  put(out, "sources", Value::list(std::move(sources)));
  put(out, "depends_on", Value::dict({{"macros", Value::strings(node.depends_on_macros)}, {"nodes", Value::strings(node.depends_on_nodes)}}));
}

void add_source_part(jinja::Dict& out, const Node& node) {
  put(out, "source_name", Value(node.source_name));
  put(out, "source_description", Value(node.source_description));
  put(out, "identifier", Value(node.identifier));
  put(out, "loader", Value(node.loader));
  put(out, "loaded_at_field", text_or_none(node.loaded_at_field));
  put(out, "freshness", jinja::from_json(node.freshness));
  put(out, "external", jinja::from_json(node.external));
  put(out, "source_meta", jinja::from_json(node.source_meta));
  put(out, "relation_name", Value(node.relation().render()));
}

void add_test_part(jinja::Dict& out, const Node& node) {
  put(out, "column_name", text_or_none(node.column_name));
  put(out, "attached_node", text_or_none(node.attached_node));
  put(out, "file_key_name", Value(node.file_key_name));
  put(out, "test_metadata",
      Value::dict({{"name", Value(node.test_metadata->name)},
                   {"namespace", text_or_none(node.test_metadata->package)},
                   {"kwargs", jinja::from_json(node.test_metadata->kwargs)}}));
}

}  // namespace

Value node_value(const Node& node) {
  Value value = Value::dict();
  jinja::Dict& out = value.as_dict();
  const bool source = node.type == ResourceType::kSource;
  put(out, "database", text_or_none(node.database));
  put(out, "schema", Value(node.schema));
  put(out, "name", Value(node.name));
  put(out, "resource_type", Value(to_string(node.type)));
  put(out, "package_name", Value(node.package_name));
  put(out, "path", Value(node.path));
  put(out, "original_file_path", Value(node.original_file_path));
  put(out, "unique_id", Value(node.unique_id));
  put(out, "fqn", Value::strings(node.fqn));
  put(out, "alias", Value(source ? node.identifier : node.alias));
  put(out, "identifier", Value(source ? node.identifier : node.alias));
  put(out, "config", jinja::from_json(node.config.values()));
  put(out, "tags", Value::strings(node.tags));
  put(out, "meta", jinja::from_json(node.meta));
  put(out, "description", Value(node.description));
  put(out, "columns", columns_value(node));
  put(out, "group", text_or_none(node.group));
  put(out, "access", Value(node.access));
  put(out, "language", Value(node.language));
  put(out, "patch_path", text_or_none(node.patch_path));
  put(out, "version", version_or_none(node.version));
  put(out, "latest_version", version_or_none(node.latest_version));
  put(out, "raw_code", Value(node.raw_code));
  put(out, "raw_sql", Value(node.raw_code));
  put(out, "checksum", Value::dict({{"name", Value(node.checksum.empty() ? "none" : "sha256")}, {"checksum", Value(node.checksum)}}));
  put(out, "unrendered_config", jinja::from_json(node.unrendered_config));
  put(out, "created_at", Value(node.created_at));
  add_references(out, node);
  if (source) {
    add_source_part(out, node);
  } else if (node.type != ResourceType::kExposure) {
    const bool has_relation = node.is_refable() && !node.is_ephemeral();
    put(out, "relation_name", has_relation ? Value(node.relation().render()) : Value::none());
  }
  if (node.test_metadata) add_test_part(out, node);
  for (const auto& [name, value_of] : node.extra.items()) {
    if (item(out, name) == nullptr) put(out, name, jinja::from_json(value_of));
  }
  return value;
}

Value graph_value(const Manifest& manifest) {
  const auto group = [](const std::map<std::string, NodePtr>& nodes) {
    Value out = Value::dict();
    for (const auto& [id, node] : nodes) put(out.as_dict(), id, node_value(*node));
    return out;
  };
  Value groups = Value::dict();
  for (const auto& [id, json] : manifest.groups) put(groups.as_dict(), id, jinja::from_json(json));
  return Value::dict({{"nodes", group(manifest.nodes)},
                      {"sources", group(manifest.sources)},
                      {"exposures", group(manifest.exposures)},
                      {"unit_tests", group(manifest.unit_tests)},
                      {"metrics", Value::dict()},
                      {"semantic_models", Value::dict()},
                      {"saved_queries", Value::dict()},
                      {"groups", groups}});
}

}  // namespace tidemark::resolve
