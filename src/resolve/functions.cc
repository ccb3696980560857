// The functions of dbt's context that are the same while parsing and while running.
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "jinja/json.h"
#include "resolve/column_object.h"
#include "resolve/context_objects.h"
#include "resolve/members.h"
#include "resolve/modules.h"
#include "resolve/relation_object.h"
#include "resolve/scope.h"
#include "resolve/yaml_text.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Value;

constexpr std::string_view kSecretPrefix = "DBT_ENV_SECRET";

Value env_var(CallContext& context, const Bound& bound) {
  const std::string& name = bound[0].expect_string("the name of an environment variable");
  if (name.starts_with(kSecretPrefix)) {
    throw Error("TM2110", fmt::format("secret environment variable '{}' is not to be had here", name))
        .hint("secrets may be used in profiles.yml and packages.yml only");
  }
  const Scope& scope = Scope::of(context);
  const auto& env = scope.shared().invocation.env;
  if (const auto it = env.find(name); it != env.end()) return Value(it->second);
  if (bound.given(1) && !bound[1].is_none()) return bound[1];
  throw Error("TM2103", fmt::format("environment variable '{}' is not set", name)).hint("set it, or give a default: env_var('" + name + "', 'default')");
}

RefArgs ref_args(const Args& args) {
  if (args.size() != 1 && args.size() != 2)
    throw Error("TM2104", fmt::format("ref() takes one or two arguments, got {}", args.size())).hint("ref('model') or ref('package', 'model')");
  RefArgs out;
  out.name = args[args.size() - 1].expect_string("the name in ref()");
  if (args.size() == 2 && !args[0].is_none()) out.package = args[0].expect_string("the package in ref()");
  for (const jinja::Keyword& keyword : args.keywords) {
    if (keyword.name != "v" && keyword.name != "version") {
      throw Error("TM2104", fmt::format("ref() got an unexpected argument '{}'", keyword.name)).hint("a version is given as v=1 or version=1");
    }
    if (keyword.value.is_none()) continue;
    if (!keyword.value.is_string() && !keyword.value.is_number()) throw Error("TM2104", "the version in ref() must be a text or a number");
    out.version = jinja::to_text(keyword.value);
  }
  return out;
}

Value ref(CallContext& context, const Args& args) { return Scope::of(context).ref(context, ref_args(args)); }

Value source(CallContext& context, const Args& args) {
  if (args.size() != 2 || !args.keywords.empty()) {
    throw Error("TM2104", fmt::format("source() takes exactly two arguments, got {}", args.size() + args.keywords.size()))
        .hint("source('source name', 'table name')");
  }
  return Scope::of(context).source(context, {args[0].expect_string("the source's name"), args[1].expect_string("the table's name")});
}

Value unsupported(const char* what, const char* hint) {
  return jinja::make_function(
      what, [what, hint](CallContext&, const Args&) -> Value { throw Error("TM2108", fmt::format("{}() is not supported", what)).hint(hint); });
}

Value from_json_text(CallContext&, const Bound& bound) {
  try {
    return jinja::from_json(Json::parse(bound[0].expect_string("fromjson()'s text")));
  } catch (const Json::exception&) {
    return bound[1];
  }
}

Value to_json_or(CallContext&, const Bound& bound) {
  try {
    return Value(jinja::to_json_text(bound[0], jinja::truthy(bound[2])));
  } catch (const Error&) {
    if (bound.given(1)) return bound[1];
    throw;
  }
}

Value to_yaml_or(CallContext&, const Bound& bound) {
  try {
    return Value(yaml_text(jinja::to_json(bound[0]), jinja::truthy(bound[2])));
  } catch (const Error&) {
    if (bound.given(1)) return bound[1];
    throw;
  }
}

Value from_yaml_text(CallContext&, const Bound& bound) {
  const std::optional<Json> parsed = parse_yaml_text(bound[0].expect_string("fromyaml()'s text"));
  return parsed ? jinja::from_json(*parsed) : bound[1];
}

Value make_set(CallContext& context, const Value& items) {
  auto set = jinja::make_ref<jinja::Set>();
  for (const Value& item : jinja::to_vector(context, items)) set->items.set(item, Value::none());
  return set;
}

Value set_or(CallContext& context, const Bound& bound) {
  try {
    return make_set(context, bound[0]);
  } catch (const Error&) {
    return bound[1];
  }
}

Value zip_all(CallContext& context, const std::vector<Value>& lists) {
  std::vector<std::vector<Value>> columns;
  size_t shortest = lists.empty() ? 0 : SIZE_MAX;
  for (const Value& list : lists) {
    columns.push_back(jinja::to_vector(context, list));
    shortest = std::min(shortest, columns.back().size());
  }
  std::vector<Value> rows;
  for (size_t i = 0; i < shortest; ++i) {
    std::vector<Value> row;
    for (const std::vector<Value>& column : columns) row.push_back(column[i]);
    rows.push_back(Value::tuple(std::move(row)));
  }
  return Value::list(std::move(rows));
}

Value zip_or(CallContext& context, const Bound& bound) {
  try {
    return zip_all(context, bound.varargs);
  } catch (const Error&) {
    for (const auto& [name, value] : bound.kwargs) {
      if (name == "default") return value;
    }
    return Value::none();
  }
}

Value try_or_compiler_error(CallContext& context, const Args& args) {
  if (args.size() < 2) throw Error("TM2104", "try_or_compiler_error() takes a message and a function");
  try {
    return jinja::call(context, args[1], args.positional.subspan(2), args.keywords);
  } catch (const Error& cause) {
    throw Error("TM2101", jinja::to_text(args[0])).because(cause);
  }
}

Value diff_of_two_dicts(CallContext& context, const Bound& bound) {
  // What the first has and the second lacks, item by item of each list; keys and values without regard to case, as dbt.
  Value out = Value::dict();
  for (const jinja::Dict::Entry& entry : bound[0].expect_dict("dict_a").entries()) {
    if (!entry.live) continue;
    const Value* other = bound[1].expect_dict("dict_b").find(entry.key);
    if (other == nullptr) {
      out.as_dict().set(entry.key, entry.value);
      continue;
    }
    std::vector<Value> missing;
    for (const Value& item : jinja::to_vector(context, entry.value)) {
      if (!jinja::contains(context, *other, item)) missing.push_back(item);
    }
    if (!missing.empty()) out.as_dict().set(entry.key, Value::list(std::move(missing)));
  }
  return out;
}

Value store_result(CallContext& context, const Bound& bound) {
  Value table = bound[2];
  Value data = Value::list();
  if (table.is_object()) data = jinja::get_attribute(context, table, "data_matrix");
  if (data.is_undefined()) data = Value::list();
  Scope::of(context).store_result(bound[0].expect_string("name"), Value::dict({{"response", bound[1]}, {"data", data}, {"table", table}}));
  return Value("");
}

Value store_raw_result(CallContext& context, const Bound& bound) {
  Scope::of(context).store_result(bound[0].expect_string("name"),
                                  Value::dict({{"response", Value::dict({{"_message", bound[1]}, {"code", bound[2]}, {"rows_affected", bound[3]}})},
                                               {"data", Value::list()},
                                               {"table", bound[4]}}));
  return Value("");
}

// {{ render('…') }}: a text as a template of this node.
Value render_text(CallContext& context, const Bound& bound) {
  Scope& scope = Scope::of(context);
  const std::string& text = bound[0].expect_string("render()'s text");
  const auto origin = std::make_shared<TemplateOrigin>(scope.package(), "<render>", false);
  const jinja::TemplatePtr parsed = context.render().environment().parse(make_source("<render>", text), origin);
  jinja::Render render(context.render().environment(), scope, context.render().options());
  return Value(render.render(*parsed));
}

void add_values(SharedContext& shared, const std::function<void(const char*, Value)>& add) {
  const Invocation& invocation = shared.invocation;
  add("target", jinja::from_json(shared.target.values));
  add("dbt_version", Value("1.10.0"));
  add("invocation_id", Value(invocation.id));
  add("invocation_args_dict", jinja::from_json(invocation.args));
  add("run_started_at", make_utc_datetime(invocation.started_at));
  add("project_name", Value(shared.project_name));
  add("modules", make_modules());
  add("exceptions", make_exceptions());
  Value metadata_envs = Value::dict();
  constexpr std::string_view kMetadataPrefix = "DBT_ENV_CUSTOM_ENV_";
  for (const auto& [name, value] : invocation.env) {
    if (name.starts_with(kMetadataPrefix)) metadata_envs.as_dict().set(std::string_view(name).substr(kMetadataPrefix.size()), Value(value));
  }
  add("dbt_metadata_envs", metadata_envs);
  auto flags = jinja::make_ref<Members>("flags");
  for (const auto& [name, value] : invocation.flags.items()) flags->set(name, jinja::from_json(value));
  add("flags", flags);
  auto api = jinja::make_ref<Members>("api");
  api->set("Relation", make_relation_class());
  api->set("Column", make_column_class(shared.target.quote_character));
  add("api", api);
  add("column", make_column_class(shared.target.quote_character));
}

void add_text_functions(const std::function<void(const char*, Value)>& add) {
  add("fromjson", jinja::make_function("fromjson", "string, default=none", from_json_text));
  add("tojson", jinja::make_function("tojson", "value, default=none, sort_keys=False", to_json_or));
  add("fromyaml", jinja::make_function("fromyaml", "value, default=none", from_yaml_text));
  add("toyaml", jinja::make_function("toyaml", "value, default=none, sort_keys=False", to_yaml_or));
  add("set", jinja::make_function("set", "value, default=none", set_or));
  add("set_strict", jinja::make_function("set_strict", "value", [](CallContext& context, const Bound& bound) { return make_set(context, bound[0]); }));
  add("zip", jinja::make_function("zip", "*args, **kwargs", zip_or));
  add("zip_strict", jinja::make_function("zip_strict", "*args", [](CallContext& context, const Bound& bound) { return zip_all(context, bound.varargs); }));
  add("local_md5", jinja::make_function("local_md5", "value",
                                        [](CallContext&, const Bound& bound) { return Value(md5_hex(bound[0].expect_string("local_md5()'s text"))); }));
  add("diff_of_two_dicts", jinja::make_function("diff_of_two_dicts", "dict_a, dict_b", diff_of_two_dicts));
}

void add_effects(const std::function<void(const char*, Value)>& add) {
  add("log", jinja::make_function("log", "msg, info=False", [](CallContext& context, const Bound& bound) {
        Scope::of(context).log(jinja::to_text(bound[0]), jinja::truthy(bound[1]));
        return Value("");
      }));
  add("print", jinja::make_function("print", "msg", [](CallContext& context, const Bound& bound) {
        Scope::of(context).print(jinja::to_text(bound[0]));
        return Value("");
      }));
  add("debug", jinja::make_function("debug", [](CallContext&, const Args&) { return Value(""); }));
  add("write", jinja::make_function("write", [](CallContext&, const Args&) { return Value(""); }));
  add("store_result", jinja::make_function("store_result", "name, response=none, agate_table=none", store_result));
  add("store_raw_result", jinja::make_function("store_raw_result", "name, message=none, code=none, rows_affected=none, agate_table=none", store_raw_result));
  add("load_result", jinja::make_function("load_result", "name", [](CallContext& context, const Bound& bound) {
        return Scope::of(context).load_result(bound[0].expect_string("name"));
      }));
  add("render", jinja::make_function("render", "string", render_text));
  add("try_or_compiler_error", jinja::make_function("try_or_compiler_error", try_or_compiler_error));
  add("submit_python_job", unsupported("submit_python_job", "models are written in SQL here"));
  add("metric", unsupported("metric", "there is no semantic layer here"));
}

}  // namespace

void install_functions(SharedContext& shared) {
  const auto add = [&](const char* name, Value value) { shared.functions->set(std::string_view(name), std::move(value)); };
  add_values(shared, add);
  add_text_functions(add);
  add_effects(add);
  add("return", jinja::make_return_function());
  add("env_var", jinja::make_function("env_var", "var, default=none", env_var));
  add("var", make_var_object());
  add("ref", jinja::make_function("ref", ref));
  add("source", jinja::make_function("source", source));
  add("doc", jinja::make_function("doc", [](CallContext& context, const Args& args) {
        if (args.size() != 1 && args.size() != 2) throw Error("TM2104", "doc() takes the name of a docs block, or a package and a name");
        std::optional<std::string> package;
        if (args.size() == 2) package = args[0].expect_string("the package in doc()");
        return Scope::of(context).doc(package, args[args.size() - 1].expect_string("the name in doc()"));
      }));
  add("config", make_config_object());
  add("adapter", make_adapter_object());
  add("tidemark", make_tidemark_object());
  add("affected_partitions", jinja::make_function("affected_partitions", [](CallContext& context, const Args& args) {
        return Scope::of(context).tidemark_call(context, "affected_partitions", args);
      }));
  add("context", make_context_object());
  Value builtins = Value::dict();
  for (const char* name : {"ref", "source", "config", "var", "env_var", "log", "print", "return", "tojson", "fromjson"})
    builtins.as_dict().set(std::string_view(name), *shared.functions->find(std::string_view(name)));
  add("builtins", builtins);
  for (const std::string& package : shared.macros.packages()) shared.package_namespaces.emplace(package, make_package_namespace(package));
  install_native_filters(shared.environment);
}

}  // namespace tidemark::resolve
