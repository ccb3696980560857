#include "artifacts/node_json.h"

#include "artifacts/json_writer.h"
#include "artifacts/manifest_json.h"
#include "base/json.h"

namespace tidemark::artifacts {

namespace {

// dbt's versions are numbers where they look like one.
void write_version(JsonWriter& out, std::string_view name, const std::optional<std::string>& version) {
  out.key(name);
  if (!version) {
    out.null();
  } else if (!version->empty() && version->find_first_not_of("0123456789") == std::string::npos && version->size() < 18) {
    out.integer(std::stoll(*version));
  } else {
    out.text(*version);
  }
}

void write_identity(JsonWriter& out, const Node& node) {
  out.member("name", node.name).member("resource_type", to_string(node.type)).member("package_name", node.package_name);
  out.member("path", node.path).member("original_file_path", node.original_file_path).member("unique_id", node.unique_id);
  out.member("fqn", node.fqn);
}

Json extra(const Node& node, const char* name, Json fallback = Json()) {
  const auto it = node.extra.find(name);
  return it == node.extra.end() ? std::move(fallback) : *it;
}

void write_columns(JsonWriter& out, const Node& node) {
  out.key("columns").begin_object();
  const Json docs = extra(node, "column_doc_blocks");
  for (const std::string& name : node.column_order) {
    const auto it = node.columns.find(name);
    if (it == node.columns.end()) continue;
    const ColumnInfo& column = it->second;
    out.key(name).begin_object();
    out.member("name", column.name).member("description", column.description).member("meta", column.meta);
    out.text_or_null("data_type", column.data_type);
    out.member("constraints", column.constraints);
    out.key("quote");
    if (column.quote) {
      out.boolean(true);
    } else {
      out.null();
    }
    out.key("config").begin_object().member("meta", column.meta).member("tags", column.tags).end_object();
    out.member("tags", column.tags).key("granularity").null().member("doc_blocks", docs.is_object() ? docs.value(name, Json::array()) : Json::array());
    out.end_object();
  }
  out.end_object();
}

void write_references(JsonWriter& out, const Node& node) {
  out.key("refs").begin_array();
  for (const RefArgs& ref : node.refs) {
    out.begin_object().member("name", ref.name).member("package", ref.package);
    write_version(out, "version", ref.version);
    out.end_object();
  }
  out.end_array();
  out.key("sources").begin_array();
  for (const auto& [source, table] : node.sources) out.texts({source, table});
  out.end_array();
  out.key("metrics").begin_array().end_array();
}

void write_depends_on(JsonWriter& out, const Node& node) {
  out.key("depends_on").begin_object().member("macros", node.depends_on_macros);
  if (node.type != ResourceType::kSeed) out.member("nodes", node.depends_on_nodes);
  out.end_object();
}

bool has_relation(const Node& node) {
  switch (node.type) {
    case ResourceType::kModel:
      return !node.is_ephemeral();
    case ResourceType::kSeed:
    case ResourceType::kSnapshot:
    case ResourceType::kSource:
      return true;
    case ResourceType::kTest:
      return node.config.flag("store_failures", false);
    default:
      return false;
  }
}

void write_relation_name(JsonWriter& out, const Node& node) {
  out.key("relation_name");
  if (!has_relation(node)) {
    out.null();
    return;
  }
  out.text(extra(node, "relation_name", node.relation().render()).get<std::string>());
}

void write_compiled(JsonWriter& out, const Node& node, const CompiledNode* compiled, const std::string& target_path) {
  out.key("compiled_path");
  if (compiled == nullptr) {
    out.null();
    return;
  }
  out.text(compiled_path(node, target_path));
  out.key("compiled").boolean(true);
  out.member("compiled_code", compiled->compiled_code);
  out.key("extra_ctes_injected").boolean(true);
  out.key("extra_ctes").begin_array();
  for (const auto& [id, sql] : compiled->extra_ctes) out.begin_object().member("id", id).member("sql", sql).end_object();
  out.end_array();
}

void write_contract(JsonWriter& out, const Node& node) {
  const Json* config = node.config.find("contract");
  const bool enforced = config != nullptr && config->is_object() && config->value("enforced", false);
  out.key("contract").begin_object();
  out.key("enforced").boolean(enforced).key("alias_types").boolean(true).key("checksum").null();
  out.end_object();
}

void write_model_part(JsonWriter& out, const Node& node) {
  out.member("access", node.access).member("constraints", extra(node, "constraints", Json::array()));
  write_version(out, "version", node.version);
  write_version(out, "latest_version", node.latest_version);
  out.member("deprecation_date", extra(node, "deprecation_date"));
  out.member("primary_key", extra(node, "primary_key", Json::array())).key("time_spine").null();
}

void write_test_part(JsonWriter& out, const Node& node) {
  if (!node.test_metadata) return;
  out.text_or_null("column_name", node.column_name).member("file_key_name", node.file_key_name).text_or_null("attached_node", node.attached_node);
  out.key("test_metadata").begin_object();
  out.member("name", node.test_metadata->name).member("kwargs", node.test_metadata->kwargs);
  out.text_or_null("namespace", node.test_metadata->package);
  out.end_object();
}

void write_source(JsonWriter& out, const Node& node) {
  out.begin_object().member("database", node.database).member("schema", node.schema);
  write_identity(out, node);
  out.member("source_name", node.source_name).member("source_description", node.source_description).member("loader", node.loader);
  out.member("identifier", node.identifier);
  out.key("quoting").begin_object();
  for (const char* part : {"database", "schema", "identifier", "column"}) {
    const auto it = node.quoting.find(part);
    out.key(part);
    if (it == node.quoting.end()) {
      out.null();
    } else {
      out.json(*it);
    }
  }
  out.end_object();
  out.text_or_null("loaded_at_field", node.loaded_at_field).member("loaded_at_query", extra(node, "loaded_at_query"));
  out.member("freshness", node.freshness).member("external", node.external).member("description", node.description);
  write_columns(out, node);
  out.member("meta", node.meta).member("source_meta", node.source_meta).member("tags", node.tags).member("config", node.config.values());
  out.text_or_null("patch_path", node.patch_path).member("unrendered_config", node.unrendered_config);
  write_relation_name(out, node);
  out.key("created_at").real(node.created_at);
  out.member("unrendered_database", extra(node, "unrendered_database")).member("unrendered_schema", extra(node, "unrendered_schema"));
  out.member("doc_blocks", node.doc_blocks).end_object();
}

void write_exposure(JsonWriter& out, const Node& node) {
  out.begin_object();
  write_identity(out, node);
  out.member("type", extra(node, "type", "dashboard")).member("owner", extra(node, "owner", Json::object())).member("description", node.description);
  out.member("label", extra(node, "label")).member("maturity", extra(node, "maturity")).member("meta", node.meta).member("tags", node.tags);
  out.member("config", node.config.values()).member("unrendered_config", node.unrendered_config).member("url", extra(node, "url"));
  write_depends_on(out, node);
  write_references(out, node);
  out.key("created_at").real(node.created_at).end_object();
}

void write_unit_test(JsonWriter& out, const Node& node) {
  out.begin_object();
  for (const auto& [name, value] : node.extra.items()) out.member(name, value);  // model, given, expect, overrides, versions, version
  write_identity(out, node);
  out.member("description", node.description);
  write_depends_on(out, node);
  out.member("config", node.config.values()).text_or_null("checksum", node.checksum).text_or_null("schema", node.schema);
  out.key("created_at").real(node.created_at).end_object();
}

}  // namespace

void write_node(JsonWriter& out, const Node& node, const CompiledNode* compiled, const std::string& target_path) {
  if (node.type == ResourceType::kSource) return write_source(out, node);
  if (node.type == ResourceType::kExposure) return write_exposure(out, node);
  if (node.type == ResourceType::kUnitTest) return write_unit_test(out, node);
  const bool is_seed = node.type == ResourceType::kSeed;
  out.begin_object().text_or_null("database", node.database).member("schema", node.schema);
  write_identity(out, node);
  out.member("alias", node.alias);
  out.key("checksum").begin_object().member("name", node.checksum.empty() ? "none" : "sha256").member("checksum", node.checksum).end_object();
  out.member("config", node.config.values()).member("tags", node.tags).member("description", node.description);
  write_columns(out, node);
  out.member("meta", node.meta).text_or_null("group", node.group);
  out.member("docs", extra(node, "docs", Json{{"show", true}, {"node_color", nullptr}}));
  out.text_or_null("patch_path", node.patch_path).key("build_path").null().member("unrendered_config", node.unrendered_config);
  out.key("created_at").real(node.created_at);
  write_relation_name(out, node);
  out.member("raw_code", node.raw_code).member("doc_blocks", node.doc_blocks);
  if (is_seed) {
    out.member("root_path", node.root_path);
    write_depends_on(out, node);
    out.end_object();
    return;
  }
  out.member("language", node.language);
  write_references(out, node);
  write_depends_on(out, node);
  write_compiled(out, node, compiled, target_path);
  write_contract(out, node);
  if (node.type == ResourceType::kModel) write_model_part(out, node);
  if (node.type == ResourceType::kTest) write_test_part(out, node);
  if (node.type == ResourceType::kOperation) out.member("index", extra(node, "index"));
  out.end_object();
}

void write_macro(JsonWriter& out, const MacroInfo& macro) {
  out.begin_object().member("name", macro.name).member("resource_type", "macro").member("package_name", macro.package_name);
  out.member("path", macro.path).member("original_file_path", macro.original_file_path).member("unique_id", macro.unique_id);
  out.member("macro_sql", macro.macro_sql);
  out.key("depends_on").begin_object().member("macros", macro.depends_on_macros).end_object();
  out.member("description", macro.description).member("meta", macro.meta);
  out.key("docs").begin_object().key("show").boolean(true).key("node_color").null().end_object();
  out.text_or_null("patch_path", macro.patch_path);
  out.key("arguments").begin_array();
  for (const MacroArgument& argument : macro.arguments) {
    out.begin_object().member("name", argument.name).text_or_null("type", argument.type).member("description", argument.description).end_object();
  }
  out.end_array();
  out.key("created_at").real(0).key("supported_languages").null().end_object();
}

std::string compiled_path(const Node& node, const std::string& target_path) {
  std::string path = target_path + "/compiled/" + node.package_name + "/" + node.original_file_path;
  const bool many_in_one_file = node.test_metadata.has_value() || node.type == ResourceType::kOperation;
  if (many_in_one_file) path += "/" + node.path;
  return path;
}

}  // namespace tidemark::artifacts
