#include "resolve/context_objects.h"

#include "base/error.h"
#include "base/strings.h"
#include "jinja/json.h"
#include "resolve/members.h"
#include "resolve/scope.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;

// A value of dbt_project.yml or --vars; texts may be templates themselves.
Value rendered_variable(CallContext& context, const Json& raw) {
  if (!raw.is_string()) return jinja::from_json(raw);
  const std::string& text = raw.get_ref<const std::string&>();
  if (text.find("{{") == std::string::npos && text.find("{%") == std::string::npos) return Value(text);
  const jinja::TemplatePtr parsed = context.render().environment().parse(make_source("<var>", text));
  jinja::Render render(context.render().environment(), context.render().globals(), context.render().options());
  return Value(render.render(*parsed));
}

class VarObject : public jinja::Object {
 public:
  std::string_view type_name() const override { return "var"; }
  bool callable() const override { return true; }

  Value call(CallContext& context, const Args& args) override {
    static const Signature signature("var_name, default=none");
    const Bound bound = signature.bind("var", args);
    const std::string& name = bound[0].expect_string("the name of a variable");
    const Scope& scope = Scope::of(context);
    const Variables& variables = scope.shared().variables;
    if (const Json* found = variables.find(scope.package(), name)) return rendered_variable(context, *found);
    if (bound.given(1)) return bound[1];
    Error error("TM2102", fmt::format("variable '{}' is required and not set", name));
    const std::string near = nearest_name(name, variables.names(scope.package()));
    error.hint((near.empty() ? "" : "did you mean '" + near + "'? ") + "set it by --vars or under vars: in dbt_project.yml, or give a default: var('" + name +
               "', …)");
    throw error;
  }

  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    if (name != "has_var") return std::nullopt;
    return jinja::make_function("has_var", "var_name", [](CallContext& context, const Bound& bound) {
      const Scope& scope = Scope::of(context);
      return Value(scope.shared().variables.find(scope.package(), bound[0].expect_string("the name of a variable")) != nullptr);
    });
  }
  std::vector<std::string> attribute_names() const override { return {"has_var"}; }
};

Value config_get(CallContext& context, const Bound& bound) {
  Scope& scope = Scope::of(context);
  if (std::optional<Value> value = scope.config_value(bound[0].expect_string("the name of a config"))) return *value;
  return bound[1];
}

Value config_require(CallContext& context, const Bound& bound) {
  Scope& scope = Scope::of(context);
  const std::string& name = bound[0].expect_string("the name of a config");
  if (std::optional<Value> value = scope.config_value(name)) return *value;
  if (!scope.execute()) return Value("");
  throw Error("TM2106", fmt::format("config '{}' is required and not set", name)).hint("add it to the model: {{ config(" + name + "=…) }}");
}

Value config_set(CallContext& context, const Bound& bound) {
  Value values = Value::dict();
  values.as_dict().set(bound[0], bound[1]);
  return Scope::of(context).configure(context, values.as_dict());
}

Value config_meta(CallContext& context, const Bound& bound, bool required) {
  Scope& scope = Scope::of(context);
  const std::optional<Value> meta = scope.config_value("meta");
  if (meta && meta->is_dict()) {
    if (const Value* value = meta->as_dict().find(bound[0])) return *value;
  }
  if (required && scope.execute()) throw Error("TM2106", fmt::format("meta '{}' is required and not set", jinja::to_text(bound[0])));
  return bound.values.size() > 1 ? bound[1] : Value::none();
}

Value persists(CallContext& context, const char* part) {
  const std::optional<Value> docs = Scope::of(context).config_value("persist_docs");
  if (!docs || !docs->is_dict()) return Value(false);
  const Value* value = docs->as_dict().find(std::string_view(part));
  return Value(value != nullptr && jinja::truthy(*value));
}

class ConfigObject : public Members {
 public:
  ConfigObject() : Members("config") {
    set("get", jinja::make_function("config.get", "name, default=none, validator=none", config_get));
    set("require", jinja::make_function("config.require", "name, validator=none", config_require));
    set("set", jinja::make_function("config.set", "name, value", config_set));
    set("meta_get", jinja::make_function("config.meta_get", "name, default=none, validator=none",
                                         [](CallContext& context, const Bound& bound) { return config_meta(context, bound, false); }));
    set("meta_require", jinja::make_function("config.meta_require", "name, validator=none",
                                             [](CallContext& context, const Bound& bound) { return config_meta(context, bound, true); }));
    set("persist_relation_docs",
        jinja::make_function("config.persist_relation_docs", [](CallContext& context, const Args&) { return persists(context, "relation"); }));
    set("persist_column_docs",
        jinja::make_function("config.persist_column_docs", [](CallContext& context, const Args&) { return persists(context, "columns"); }));
  }
  bool callable() const override { return true; }

  Value call(CallContext& context, const Args& args) override {
    if (args.size() == 1 && args.keywords.empty()) return Scope::of(context).configure(context, args[0].expect_dict("config()'s argument"));
    if (args.size() != 0 || args.keywords.empty())
      throw Error("TM2104", "config() takes keyword arguments, or one dictionary").hint("{{ config(materialized='table') }}");
    Value values = Value::dict();
    for (const jinja::Keyword& keyword : args.keywords) values.as_dict().set(keyword.name, keyword.value);
    return Scope::of(context).configure(context, values.as_dict());
  }
};

Value dispatch(CallContext& context, const Bound& bound) {
  Scope& scope = Scope::of(context);
  const std::string& name = bound[0].expect_string("the macro's name in adapter.dispatch()");
  if (name.find('.') != std::string::npos) {
    const size_t dot = name.find('.');
    throw Error("TM2105", fmt::format("adapter.dispatch() takes a macro's name without its package, got '{}'", name))
        .hint("adapter.dispatch('" + name.substr(dot + 1) + "', macro_namespace='" + name.substr(0, dot) + "')");
  }
  std::optional<std::string> space;
  if (!bound[1].is_none()) space = bound[1].expect_string("macro_namespace");
  std::vector<std::string> tried;
  if (const Macro* macro = scope.shared().macros.dispatch(scope.package(), name, space, tried)) return scope.use(*macro, context.origin());
  throw Error("TM2105", fmt::format("adapter.dispatch() finds no macro '{}'{}", name, space ? " in '" + *space + "'" : ""))
      .hint("looked for " + join(tried, ", "));
}

class AdapterObject : public jinja::Object {
 public:
  std::string_view type_name() const override { return "adapter"; }

  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override {
    if (name == "dispatch") return jinja::make_function("adapter.dispatch", "macro_name, macro_namespace=none, packages=none", dispatch);
    if (name == "behavior") return behavior();
    if (name == "Relation" || name == "Column") {
      const Value* api = Scope::of(context).shared().functions->find(std::string_view("api"));
      return jinja::get_attribute(context, *api, name);
    }
    return jinja::make_function("adapter." + std::string(name),
                                [method = std::string(name)](CallContext& inner, const Args& args) { return call_named(inner, method, args); });
  }

  Value call_method(CallContext& context, std::string_view name, const Args& args) override {
    if (name == "dispatch") {
      static const Signature signature("macro_name, macro_namespace=none, packages=none");
      return dispatch(context, signature.bind("adapter.dispatch", args));
    }
    return call_named(context, name, args);
  }

 private:
  static Value call_named(CallContext& context, std::string_view name, const Args& args) {
    Scope& scope = Scope::of(context);
    if (name == "type") return Value(scope.shared().target.type);
    if (name == "quote" || name == "quote_as_configured") {
      static const Signature signature("identifier, quote_key=none");
      return Value(quote_identifier(signature.bind("adapter.quote", args)[0].expect_string("identifier"), scope.shared().target.quote_character));
    }
    return scope.adapter_call(context, name, args);
  }

  // dbt's switches of behaviour: all as they are by default.
  static Value behavior() {
    auto flag = jinja::make_ref<Members>("flag");
    flag->set("no_warn", Value(false));
    auto flags = jinja::make_ref<Members>("behavior");
    flags->set("enable_truthy_nulls_equals_macro", flag);
    flags->set("require_batched_execution_for_custom_microbatch_strategy", flag);
    return flags;
  }
};

class TidemarkObject : public jinja::Object {
 public:
  std::string_view type_name() const override { return "tidemark"; }
  std::optional<Value> get_attribute(CallContext&, std::string_view name) override {
    return jinja::make_function("tidemark." + std::string(name), [method = std::string(name)](CallContext& context, const Args& args) {
      return Scope::of(context).tidemark_call(context, method, args);
    });
  }
  Value call_method(CallContext& context, std::string_view name, const Args& args) override { return Scope::of(context).tidemark_call(context, name, args); }
};

class PackageNamespace : public jinja::Object {
 public:
  explicit PackageNamespace(std::string package) : package_(std::move(package)) {}
  std::string_view type_name() const override { return "package"; }
  std::string repr() const override { return "<package " + package_ + ">"; }

  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override {
    Scope& scope = Scope::of(context);
    const Macro* macro = scope.shared().macros.find_in(package_, name);
    return macro == nullptr ? std::nullopt : std::optional<Value>(scope.use(*macro, context.origin()));
  }
  std::optional<Value> get_item(CallContext& context, const Value& key) override {
    return key.is_string() ? get_attribute(context, key.as_string()) : std::nullopt;
  }
  std::optional<bool> contains(CallContext& context, const Value& item) override {
    return item.is_string() && Scope::of(context).shared().macros.find_in(package_, item.as_string()) != nullptr;
  }

  Value call_method(CallContext& context, std::string_view name, const Args& args) override {
    Scope& scope = Scope::of(context);
    const MacroRegistry& macros = scope.shared().macros;
    if (const Macro* macro = macros.find_in(package_, name)) return jinja::call(context, scope.use(*macro, context.origin()), args.positional, args.keywords);
    if (name == "get") {
      static const Signature signature("key, default=none");
      const Bound bound = signature.bind("get", args);
      const std::optional<Value> found = get_item(context, bound[0]);
      return found ? *found : bound[1];
    }
    std::vector<std::string> known;
    for (const auto& [id, macro] : macros.macros()) {
      if (macro->info.package_name == package_) known.push_back(macro->info.name);
    }
    Error error("TM2105", fmt::format("package '{}' has no macro '{}'", package_, name));
    if (const std::string near = nearest_name(name, known); !near.empty()) error.hint("did you mean '" + near + "'?");
    throw error;
  }

 private:
  std::string package_;
};

class ContextObject : public jinja::Object {
 public:
  std::string_view type_name() const override { return "context"; }
  bool is_mapping() const override { return true; }
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override {
    if (name == "get") {
      return jinja::make_function("context.get", "key, default=none", [](CallContext& inner, const Bound& bound) {
        const std::optional<Value> found = Scope::of(inner).find(bound[0].expect_string("key"), inner.origin());
        return found ? *found : bound[1];
      });
    }
    return Scope::of(context).find(name, context.origin());
  }
  std::optional<Value> get_item(CallContext& context, const Value& key) override {
    return key.is_string() ? Scope::of(context).find(key.as_string(), context.origin()) : std::nullopt;
  }
  std::optional<bool> contains(CallContext& context, const Value& item) override {
    return item.is_string() && Scope::of(context).find(item.as_string(), context.origin()).has_value();
  }
};

std::string node_id(const Scope& scope) { return scope.node() == nullptr ? std::string() : scope.node()->unique_id; }

Value raise(const char* name, const char* code, std::string_view signature) {
  return jinja::make_function(name, signature, [code](CallContext&, const Bound& bound) -> Value { throw Error(code, jinja::to_text(bound[0])); });
}

}  // namespace

Value make_var_object() { return jinja::make_ref<VarObject>(); }
Value make_config_object() { return jinja::make_ref<ConfigObject>(); }
Value make_adapter_object() { return jinja::make_ref<AdapterObject>(); }
Value make_tidemark_object() { return jinja::make_ref<TidemarkObject>(); }
Value make_context_object() { return jinja::make_ref<ContextObject>(); }
Value make_package_namespace(const std::string& package) { return jinja::make_ref<PackageNamespace>(package); }

Value make_exceptions() {
  auto members = jinja::make_ref<Members>("exceptions");
  for (const char* name : {"raise_compiler_error", "raise_parsing_error", "raise_fail_fast_error"}) members->set(name, raise(name, "TM2101", "msg, node=none"));
  members->set("raise_database_error", raise("raise_database_error", "TM2111", "msg, node=none"));
  for (const char* name : {"raise_not_implemented", "raise_dependency_error", "raise_cache_inconsistent"}) members->set(name, raise(name, "TM2101", "msg"));
  members->set("warn", jinja::make_function("exceptions.warn", "msg, node=none", [](CallContext& context, const Bound& bound) {
                 Scope& scope = Scope::of(context);
                 Error warning("TM2120", jinja::to_text(bound[0]));
                 if (const SourceSpan span = context.span(); span.source) warning.at(span);
                 if (const std::string id = node_id(scope); !id.empty()) warning.hint("while rendering " + id);
                 scope.warn(warning);
                 return Value("");
               }));
  members->set("column_type_missing", jinja::make_function("column_type_missing", "column_names", [](CallContext& context, const Bound& bound) -> Value {
                 std::vector<std::string> names;
                 for (const Value& name : jinja::to_vector(context, bound[0])) names.push_back(jinja::to_text(name));
                 throw Error("TM2101", "contracted models require data_type to be defined for each column; it is missing for " + join(names, ", "));
               }));
  members->set("missing_relation", jinja::make_function("missing_relation", "relation, model=none", [](CallContext&, const Bound& bound) -> Value {
                 throw Error("TM2101", "relation " + jinja::to_text(bound[0]) + " not found");
               }));
  members->set("missing_config", jinja::make_function("missing_config", "model, name", [](CallContext&, const Bound& bound) -> Value {
                 throw Error("TM2106", fmt::format("config '{}' is required and not set", jinja::to_text(bound[1])));
               }));
  members->set("relation_wrong_type",
               jinja::make_function("relation_wrong_type", "relation, expected_type, model=none", [](CallContext& context, const Bound& bound) -> Value {
                 throw Error("TM2101", fmt::format("{} is a {}, and a {} is wanted", jinja::to_text(bound[0]),
                                                   jinja::to_text(jinja::get_attribute(context, bound[0], "type")), jinja::to_text(bound[1])))
                     .hint("drop it by hand");
               }));
  members->set("raise_contract_error", jinja::make_function("raise_contract_error", "yaml_columns, sql_columns", [](CallContext&, const Bound&) -> Value {
                 throw Error("TM2101", "this model has an enforced contract that its columns do not keep");
               }));
  return members;
}

void install_native_filters(jinja::Environment& environment) {
  const auto add = [&](const char* name, jinja::Mark mark) {
    if (environment.filter(name) != nullptr) return;
    environment.set_filter(name, [mark](CallContext&, const Args& args) { return args[0].is_string() ? Value::marked(args[0].as_string(), mark) : args[0]; });
  };
  add("as_text", jinja::Mark::kText);
  add("as_native", jinja::Mark::kNative);
  add("as_bool", jinja::Mark::kBool);
  add("as_number", jinja::Mark::kNumber);
}

}  // namespace tidemark::resolve
