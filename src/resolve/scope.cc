#include "resolve/scope.h"

#include <algorithm>

#include "base/json.h"

namespace tidemark::resolve {

using jinja::Value;

void Variables::set_project(const std::string& package, Json vars, bool is_root) {
  if (is_root) root_ = package;
  projects_[package] = vars.is_object() ? std::move(vars) : Json::object();
}

const Json* Variables::find(std::string_view package, std::string_view name) const {
  const auto member = [](const Json& object, std::string_view key) -> const Json* {
    if (!object.is_object()) return nullptr;
    const auto it = object.find(std::string(key));
    return it == object.end() ? nullptr : &*it;
  };
  const auto in_project = [&](std::string_view project) -> const Json* {
    const auto it = projects_.find(project);
    if (it == projects_.end()) return nullptr;
    if (const Json* own = member(it->second, package)) {
      if (const Json* value = member(*own, name)) return value;
    }
    return member(it->second, name);
  };
  if (const Json* value = member(cli_, name)) return value;
  if (const Json* value = in_project(root_)) return value;
  return package == root_ ? nullptr : in_project(package);
}

std::vector<std::string> Variables::names(std::string_view package) const {
  std::vector<std::string> out;
  const auto add = [&](const Json& object) {
    if (!object.is_object()) return;
    for (const auto& [name, value] : object.items()) out.push_back(name);
  };
  add(cli_);
  for (const std::string_view project : {std::string_view(root_), package}) {
    const auto it = projects_.find(project);
    if (it == projects_.end()) continue;
    add(it->second);
    if (const auto own = it->second.find(std::string(package)); own != it->second.end()) add(*own);
  }
  return out;
}

SharedContext::SharedContext(std::string root_package) : macros(environment, root_package), project_name(std::move(root_package)) {}

Scope::Scope(const SharedContext& shared, std::string package) : shared_(shared), package_(std::move(package)) {}

Scope::~Scope() = default;

Scope& Scope::of(const jinja::CallContext& context) { return static_cast<Scope&>(context.render().globals()); }

Value Scope::use(const Macro& macro, const jinja::Origin* origin) {
  const auto* from = static_cast<const TemplateOrigin*>(origin);
  if (from == nullptr || !from->is_macro) macro_used(macro);
  return macro.callable;
}

std::optional<Value> Scope::find_macro(std::string_view name, const jinja::Origin* origin) {
  if (const Macro* macro = shared_.macros.find(package_, name)) return use(*macro, origin);
  if (const auto space = shared_.package_namespaces.find(name); space != shared_.package_namespaces.end()) return space->second;
  // Beyond dbt: a macro finds its own package's macros without the package's name.
  if (const auto* from = static_cast<const TemplateOrigin*>(origin); from != nullptr && from->package != package_) {
    if (const Macro* macro = shared_.macros.find_in(from->package, name)) return use(*macro, origin);
  }
  return std::nullopt;
}

std::optional<Value> Scope::find(std::string_view name, const jinja::Origin* origin) {
  if (const Value* own = locals_->find(name)) return *own;
  if (std::optional<Value> macro = find_macro(name, origin)) return macro;
  if (const Value* function = shared_.functions->find(name)) return *function;
  if (name == "execute") return Value(execute());
  if (name == "graph") return graph();
  if (name == "selected_resources") return Value::strings(selected_resources());
  if (name == "thread_id") return Value(thread_name());
  return std::nullopt;
}

std::vector<std::string> Scope::names() const {
  std::vector<std::string> out = shared_.macros.names_seen_from(package_);
  for (const auto& [name, space] : shared_.package_namespaces) out.push_back(name);
  for (const jinja::Ref<jinja::Dict>& dict : {locals_, shared_.functions}) {
    for (const jinja::Dict::Entry& entry : dict->entries()) {
      if (entry.live && entry.key.is_string()) out.push_back(entry.key.as_string());
    }
  }
  return out;
}

void Scope::log(std::string_view message, bool info) {
  if (shared_.invocation.sinks.log) shared_.invocation.sinks.log(message, info);
}

void Scope::print(std::string_view message) {
  if (shared_.invocation.sinks.print) shared_.invocation.sinks.print(message);
}

void Scope::warn(const Error& warning) {
  if (shared_.invocation.sinks.warn) shared_.invocation.sinks.warn(warning);
}

void Scope::store_result(const std::string& name, Value result) { results_[name] = std::move(result); }

Value Scope::load_result(const std::string& name) {
  const auto it = results_.find(name);
  if (it == results_.end()) return Value::none();
  if (!it->second) {
    throw Error("TM2109", fmt::format("the result of statement '{}' has been loaded already", name))
        .hint("keep it in a variable: {% set result = load_result('" + name + "') %}");
  }
  Value result = *it->second;
  if (name != "main") it->second.reset();
  return result;
}

}  // namespace tidemark::resolve
