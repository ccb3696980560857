#include "resolve/relation_names.h"

#include "base/strings.h"
#include "resolve/node_value.h"

namespace tidemark::resolve {

namespace {

using jinja::Value;

std::optional<std::string> custom(const Config& config, const char* key) {
  const Json* value = config.find(key);
  return value == nullptr ? std::nullopt : std::optional<std::string>(config.text(key));
}

// The macro to call; nullptr where it is the built-in one, default__ variant included, which C++ knows by heart.
const Macro* overriding_macro(const Workbench& bench, const std::string& package, const std::string& name) {
  const MacroRegistry& macros = bench.shared->macros;
  const Macro* macro = macros.find_generate_macro(package, name);
  if (macro == nullptr || macro->info.package_name != kBuiltInPackage) return macro;
  std::vector<std::string> tried;
  const Macro* variant = macros.dispatch(package, name, std::string(kBuiltInPackage), tried);
  return variant != nullptr && variant->info.package_name != kBuiltInPackage ? macro : nullptr;
}

std::string call_macro(const Workbench& bench, const Macro& macro, const std::optional<std::string>& custom_name, const Node& node) {
  ParseScope scope(*bench.shared, node.package_name, nullptr, bench.docs);
  jinja::Render render(bench.shared->environment, scope, parse_options());
  const std::vector<Value> arguments{custom_name ? Value(*custom_name) : Value::none(), node_value(node)};
  const Value result = render.call(macro.callable, arguments);
  return result.is_none() ? "" : std::string(trim(jinja::to_text(result)));
}

std::string default_schema(const Workbench& bench, const std::optional<std::string>& name) {
  const std::string& schema = bench.shared->target.schema;
  return name ? schema + "_" + std::string(trim(*name)) : schema;
}

std::string default_alias(const std::optional<std::string>& name, const Node& node) {
  if (name && !name->empty()) return std::string(trim(*name));
  return node.version ? node.name + "_v" + replace_all(*node.version, ".", "_") : node.name;
}

}  // namespace

void quote_relation(const Workbench& bench, Node& node) {
  for (const char* part : {"database", "schema", "identifier"}) {
    const auto of_project = bench.input.project->quoting.find(part);
    if (of_project != bench.input.project->quoting.end() && !node.quoting.contains(part)) node.quoting[part] = *of_project;
  }
}

void name_relation(const Workbench& bench, Node& node) {
  quote_relation(bench, node);
  const auto pick = [&](const char* macro_name, const char* key, auto&& fallback) {
    const std::optional<std::string> name = custom(node.config, key);
    const Macro* macro = overriding_macro(bench, node.package_name, macro_name);
    return macro == nullptr ? fallback(name) : call_macro(bench, *macro, name, node);
  };
  node.database =
      pick("generate_database_name", "database", [&](const std::optional<std::string>& name) { return name ? *name : bench.shared->target.database; });
  node.schema = pick("generate_schema_name", "schema", [&](const std::optional<std::string>& name) { return default_schema(bench, name); });
  node.alias = pick("generate_alias_name", "alias", [&](const std::optional<std::string>& name) { return default_alias(name, node); });
  if (node.type == ResourceType::kSnapshot) {
    if (const std::string database = node.config.text("target_database"); !database.empty()) node.database = database;
    if (const std::string schema = node.config.text("target_schema"); !schema.empty()) node.schema = schema;
  }
}

}  // namespace tidemark::resolve
