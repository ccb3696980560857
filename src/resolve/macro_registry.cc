#include "resolve/macro_registry.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace tidemark::resolve {

namespace {

using jinja::Definition;

constexpr std::array<std::string_view, 4> kMacroFileKinds{"macro", "materialization", "test", "data_test"};

// The name under which dbt keeps a definition.
std::string stored_name(const Definition& definition) {
  switch (definition.kind) {
    case Definition::Kind::kTest:
      return "test_" + std::string(definition.name);
    case Definition::Kind::kMaterialization:
      return "materialization_" + std::string(definition.name) + "_" + std::string(definition.adapter);
    default:
      return std::string(definition.name);
  }
}

void append_new(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

}  // namespace

MacroRegistry::MacroRegistry(const jinja::Environment& environment, std::string root_package)
    : environment_(environment), root_(std::move(root_package)), prefixes_{"default"} {}

void MacroRegistry::add_file(const std::string& package, const std::string& path, SourceTextPtr source, ErrorSink& errors) {
  try {
    const auto origin = std::make_shared<TemplateOrigin>(package, path, true);
    const jinja::TemplatePtr text = environment_.parse_definitions(std::move(source), kMacroFileKinds, origin);
    for (const Definition& definition : text->definitions()) add_definition(package, path, text, definition, errors);
  } catch (const Error& error) {
    errors.add(error);
  }
}

void MacroRegistry::add_definition(const std::string& package, const std::string& path, const jinja::TemplatePtr& text, const Definition& definition,
                                   ErrorSink& errors) {
  auto macro = std::make_unique<Macro>();
  MacroInfo& info = macro->info;
  info.name = stored_name(definition);
  info.package_name = package;
  info.unique_id = "macro." + package + "." + info.name;
  info.path = info.original_file_path = path;
  info.macro_sql = std::string(definition.span.text());
  macro->kind = definition.kind;
  macro->text = text;
  macro->definition = definition.index;
  macro->span = definition.span;
  if (definition.kind == Definition::Kind::kMaterialization) {
    macro->materialization = std::string(definition.name);
    macro->adapter = std::string(definition.adapter);
  }
  for (const jinja::MacroParameter& parameter : definition.parameters) {
    macro->parameters.emplace_back(parameter.name);
    macro->parameter_has_default.push_back(parameter.has_default);
  }
  macro->callable = jinja::make_macro(text, definition);
  if (const auto it = by_id_.find(info.unique_id); it != by_id_.end()) {
    errors.add(Error("TM1202", fmt::format("two macros of package '{}' are named '{}'", package, info.name))
                   .at(definition.name_span)
                   .at(it->second->span)
                   .hint("rename or remove one of them"));
    return;
  }
  by_package_[package][info.name] = macro.get();
  by_id_.emplace(info.unique_id, std::move(macro));
}

void MacroRegistry::finish(const std::vector<std::string>& dispatch_prefixes, const std::map<std::string, std::vector<std::string>>& dispatch_orders) {
  prefixes_ = dispatch_prefixes;
  prefixes_.emplace_back("default");
  for (const auto& [space, order] : dispatch_orders) dispatch_orders_[space] = order;
  for (auto& [id, macro] : by_id_) macro->info.depends_on_macros = calls_of(*macro);
}

const Macro* MacroRegistry::find_in(std::string_view package, std::string_view name) const {
  const auto table = by_package_.find(package);
  if (table == by_package_.end()) return nullptr;
  const auto it = table->second.find(name);
  return it == table->second.end() ? nullptr : it->second;
}

const Macro* MacroRegistry::find(std::string_view package, std::string_view name) const {
  if (const Macro* macro = find_in(package, name)) return macro;
  if (package != root_) {
    if (const Macro* macro = find_in(root_, name)) return macro;
  }
  return find_in(kBuiltInPackage, name);
}

const Macro* MacroRegistry::find_id(std::string_view unique_id) const {
  const auto it = by_id_.find(unique_id);
  return it == by_id_.end() ? nullptr : it->second.get();
}

bool MacroRegistry::has_package(std::string_view package) const { return by_package_.find(package) != by_package_.end(); }

std::vector<std::string> MacroRegistry::packages() const {
  std::vector<std::string> names;
  for (const auto& [name, table] : by_package_) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

const Macro* MacroRegistry::dispatch(std::string_view package, std::string_view name, const std::optional<std::string>& space,
                                     std::vector<std::string>& tried) const {
  std::vector<std::optional<std::string>> packages;
  if (!space) {
    packages.emplace_back(std::nullopt);
  } else if (const auto order = dispatch_orders_.find(*space); order != dispatch_orders_.end()) {
    packages.assign(order->second.begin(), order->second.end());
  } else {
    packages.emplace_back(root_);
    packages.emplace_back(*space);
  }
  for (const std::optional<std::string>& candidate : packages) {
    for (const std::string& prefix : prefixes_) {
      const std::string full = prefix + "__" + std::string(name);
      tried.push_back(candidate ? *candidate + "." + full : full);
      if (const Macro* macro = candidate ? find_in(*candidate, full) : find(package, full)) return macro;
    }
  }
  return nullptr;
}

const Macro* MacroRegistry::find_generate_macro(std::string_view package, std::string_view name) const {
  if (package != root_) {
    if (const Macro* macro = find_in(package, name)) return macro;
  }
  if (const Macro* macro = find_in(root_, name)) return macro;
  return find_in(kBuiltInPackage, name);
}

const Macro* MacroRegistry::find_materialization(std::string_view name) const {
  const auto look_in = [&](std::string_view package) -> const Macro* {
    for (const std::string& prefix : prefixes_) {
      if (const Macro* macro = find_in(package, "materialization_" + std::string(name) + "_" + prefix)) return macro;
    }
    return nullptr;
  };
  if (const Macro* macro = look_in(root_)) return macro;
  for (const std::string& package : packages()) {
    if (package == root_ || package == kBuiltInPackage) continue;
    if (const Macro* macro = look_in(package)) return macro;
  }
  return look_in(kBuiltInPackage);
}

const Macro* MacroRegistry::find_test(std::string_view package, const std::optional<std::string>& space, std::string_view name) const {
  const std::string full = "test_" + std::string(name);
  return space ? find_in(*space, full) : find(package, full);
}

std::vector<std::string> MacroRegistry::names_seen_from(std::string_view package) const {
  std::vector<std::string> names;
  for (const std::string_view seen : {package, std::string_view(root_), kBuiltInPackage}) {
    const auto table = by_package_.find(seen);
    if (table == by_package_.end()) continue;
    for (const auto& [name, macro] : table->second) names.push_back(name);
  }
  return names;
}

void MacroRegistry::follow_call(const jinja::StaticCall& call, std::string_view package, std::vector<std::string>& out) const {
  const Macro* macro = nullptr;
  if (call.name == "adapter.dispatch" || call.name == "dispatch") {
    const auto text_at = [&](size_t i, std::string_view keyword) -> std::optional<std::string> {
      if (i < call.positional.size() && call.positional[i] && call.positional[i]->is_string()) return call.positional[i]->as_string();
      for (const auto& [name, value] : call.keywords) {
        if (name == keyword && value && value->is_string()) return value->as_string();
      }
      return std::nullopt;
    };
    const std::optional<std::string> name = text_at(0, "macro_name");
    if (!name) return;
    std::vector<std::string> tried;
    macro = dispatch(package, *name, text_at(1, "macro_namespace"), tried);
  } else if (const size_t dot = call.name.find('.'); dot != std::string::npos) {
    macro = find_in(std::string_view(call.name).substr(0, dot), std::string_view(call.name).substr(dot + 1));
  } else {
    macro = find(package, call.name);
  }
  if (macro != nullptr) append_new(out, macro->info.unique_id);
}

std::vector<std::string> MacroRegistry::called_macros(const jinja::Template& text, std::string_view package) const {
  std::vector<std::string> out;
  for (const jinja::StaticCall& call : text.static_calls()) follow_call(call, package, out);
  return out;
}

std::vector<std::string> MacroRegistry::calls_of(const Macro& macro) const {
  std::vector<std::string> out;
  for (const jinja::StaticCall& call : macro.text->static_calls()) {
    const bool inside = call.span.offset >= macro.span.offset && call.span.offset < macro.span.offset + macro.span.length;
    if (inside) follow_call(call, macro.info.package_name, out);
  }
  return out;
}

}  // namespace tidemark::resolve
