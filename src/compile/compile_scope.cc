#include "compile/compile_scope.h"

#include <algorithm>

#include "jinja/json.h"
#include "resolve/affected_object.h"
#include "resolve/datetime_values.h"
#include "resolve/external_source.h"
#include "resolve/members.h"
#include "resolve/node_value.h"
#include "resolve/parse_scope.h"
#include "resolve/relation_object.h"

namespace tidemark::compile {

using jinja::Args;
using jinja::CallContext;
using jinja::Value;

namespace {

void append_new(std::vector<std::string>& list, const std::string& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

std::string place_of(const CallContext& context) {
  const SourceSpan span = context.span();
  if (!span.source) return "";
  const LineColumn start = span.start();
  return fmt::format(" at {}:{}:{}", span.source->name, start.line, start.column);
}

// A package's macros, one of them another one.
class OverriddenNames : public jinja::Object {
 public:
  OverriddenNames(Value names, std::string name, Value value) : names_(std::move(names)), name_(std::move(name)), value_(std::move(value)) {}
  std::string_view type_name() const override { return "namespace"; }
  std::optional<Value> get_attribute(CallContext& context, std::string_view name) override {
    return name == name_ ? std::optional<Value>(value_) : names_.as_object().get_attribute(context, name);
  }

 private:
  Value names_;
  std::string name_;
  Value value_;
};

Value batch_value(const BatchContext& batch) {
  return Value::dict({{"id", Value(batch.id)},
                      {"event_time_start", resolve::make_datetime(batch.window.begin, resolve::utc_zone())},
                      {"event_time_end", resolve::make_datetime(batch.window.end, resolve::utc_zone())}});
}

// The node as templates see it while one of its batches is compiled.
Value model_value(const Node& node, const std::optional<BatchContext>& batch) {
  Value model = resolve::node_value(node);
  if (!is_microbatch(node)) return model;
  resolve::put(model.as_dict(), "batch", batch ? batch_value(*batch) : Value::none());
  return model;
}

// The part of both.
EventWindow common(const EventWindow& a, const EventWindow& b) { return {std::max(a.begin, b.begin), std::min(a.end, b.end)}; }

}  // namespace

Relation relation_to_read(const resolve::Resolved& project, const Node& node) {
  Relation relation = node.relation();
  relation.quote_character = project.context->target.quote_character;
  if (node.type == ResourceType::kSource) {
    if (const std::optional<resolve::ExternalFiles> files = resolve::external_files(node, resolve::files_dialect(project.context->target.type)))
      relation.expression = files->sql;
  }
  return relation;
}

CompileScope::CompileScope(const resolve::Resolved& project, const std::string& package, const Node* node, Host& host, const CompileOptions& options,
                           Trace& trace)
    : Scope(*project.context, package), project_(project), node_(node), host_(host), options_(options), trace_(trace) {
  if (!options.incremental) {
    // Also where a project has its own is_incremental(): the truth asks nobody.
    set("is_incremental", jinja::make_function("is_incremental", [](CallContext&, const Args&) { return Value(false); }));
  }
  if (options.overrides) override_names(*options.overrides);
  set("write", jinja::make_function("write", "payload", [](CallContext& context, const jinja::Bound& bound) {
        static_cast<CompileScope&>(Scope::of(context)).trace_.main_sql = jinja::to_text(bound[0]);
        return Value("");
      }));
}

void CompileScope::override_names(const Json& overrides) {
  const auto part = [&](const char* name) {
    return overrides.is_object() && overrides.contains(name) && overrides[name].is_object() ? overrides[name] : Json::object();
  };
  const Json macros = part("macros");
  for (const auto& [name, value] : macros.items()) {
    const Value gives = jinja::from_json(value);
    const size_t dot = name.find('.');
    const std::string own = dot == std::string::npos ? name : name.substr(dot + 1);
    Value function = jinja::make_function(own, [gives](CallContext&, const Args&) { return gives; });
    if (dot == std::string::npos) {
      set(own, std::move(function));
    } else {
      const std::string package = name.substr(0, dot);
      const std::optional<Value> space = Scope::find(package, nullptr);
      if (!space) throw Error("TM2107", fmt::format("there is no package '{}' whose '{}' could be overridden", package, own));
      set(package, jinja::make_ref<OverriddenNames>(*space, own, std::move(function)));
    }
  }
  for (const auto& [function, values] : {std::pair{"var", part("vars")}, std::pair{"env_var", part("env_vars")}}) {
    if (values.empty()) continue;
    const Value before = *Scope::find(function, nullptr);
    set(function, jinja::make_function(function, [before, given = values](CallContext& context, const Args& args) {
          const bool known = args.size() > 0 && args[0].is_string() && given.contains(args[0].as_string());
          return known ? jinja::from_json(given[args[0].as_string()]) : before.as_object().call(context, args);
        }));
  }
}

Relation CompileScope::with_quoting(Relation relation) const {
  relation.quote_character = shared().target.quote_character;
  return relation;
}

std::optional<Value> CompileScope::find(std::string_view name, const jinja::Origin* origin) {
  if (std::optional<Value> found = Scope::find(name, origin)) return found;
  if (node_ == nullptr) return std::nullopt;
  const auto keep = [&](Value value) {
    set(name, value);
    return std::optional<Value>(std::move(value));
  };
  if (name == "this") {
    if (options_.overrides && options_.scan) {
      Relation given = with_quoting(node_->relation());
      if (std::optional<std::string> scan = options_.scan(*node_)) given.expression = std::move(*scan);
      return keep(resolve::make_relation(std::move(given)));
    }
    return keep(resolve::make_relation(with_quoting(node_->relation())));
  }
  if (name == "model") return keep(model_value(*node_, options_.batch));
  if (name == "database") return Value(node_->database);
  if (name == "schema") return Value(node_->schema);
  if (name == "pre_hooks") return keep(jinja::from_json(node_->config.values().value("pre-hook", Json::array())));
  if (name == "post_hooks") return keep(jinja::from_json(node_->config.values().value("post-hook", Json::array())));
  return std::nullopt;
}

Value CompileScope::relation_value(const Node& target) {
  Relation relation = relation_to_read(project_, target);
  append_new(trace_.scanned, target.unique_id);
  if (options_.scan) {
    if (std::optional<std::string> scan = options_.scan(target)) relation.expression = std::move(*scan);
  }
  if (options_.empty) relation.expression = "(select * from " + relation.render() + " where false limit 0)";
  restrict(target, relation);
  return resolve::make_relation(std::move(relation));
}

void CompileScope::restrict(const Node& target, Relation& relation) const {
  const bool restricts = node_ != nullptr && (node_->type == ResourceType::kModel || node_->type == ResourceType::kSnapshot);
  const std::string column = target.config.text("event_time");
  if (!restricts || column.empty() || target.type == ResourceType::kSnapshot) return;
  std::optional<EventWindow> window = options_.sample;
  if (is_microbatch(*node_) && options_.batch) window = window ? common(*window, options_.batch->window) : options_.batch->window;
  if (!window) return;
  relation.expression = fmt::format("(select * from {} where {} >= '{}' and {} < '{}')", relation.render(), column, event_time_text(window->begin), column,
                                    event_time_text(window->end));
}

Value CompileScope::ref(CallContext&, const RefArgs& args) {
  const NodePtr target = project_.lookup.ref(args, shared().project_name, package());
  // The order of runs is fixed by what parsing saw: a ref that it did not see could read what is not there yet.
  const bool checked = node_ != nullptr && node_->type != ResourceType::kSqlOperation && node_->type != ResourceType::kOperation;
  if (checked && target->unique_id != node_->unique_id) {
    const std::vector<std::string>& known = node_->depends_on_nodes;
    if (std::find(known.begin(), known.end(), target->unique_id) == known.end()) {
      throw Error("TM2112", fmt::format("ref({}) was not seen when the project was parsed, so nobody made it wait", resolve::describe(args)))
          .hint("add this line to the model: -- depends_on: {{ ref(" + resolve::describe(args) + ") }}");
    }
  }
  if (!target->is_ephemeral()) return relation_value(*target);
  if (options_.overrides) return relation_value(*target);
  append_new(trace_.ephemerals, target->unique_id);
  Relation cte;
  cte.identifier = "__dbt__cte__" + target->alias;
  cte.type = RelationType::kCte;
  cte.quote.identifier = false;
  restrict(*target, cte);
  return resolve::make_relation(std::move(cte));
}

Value CompileScope::source(CallContext&, const SourceArgs& args) { return relation_value(*project_.lookup.source(args, shared().project_name, package())); }

Value CompileScope::configure(CallContext&, const jinja::Dict& values) {
  for (const jinja::Dict::Entry& entry : values.entries()) {
    if (!entry.live) continue;
    const std::string key = jinja::to_text(entry.key);
    // sql_header is a template's own text, final only now; all else was settled while parsing.
    if (key == "sql_header") trace_.config_changes[key] = resolve::config_json(entry.value);
  }
  return Value("");
}

std::optional<Value> CompileScope::config_value(std::string_view name) {
  if (const auto it = trace_.config_changes.find(std::string(name)); it != trace_.config_changes.end()) return jinja::from_json(*it);
  if (node_ == nullptr) return std::nullopt;
  // What strategies written for dbt 1.8 read.
  if (options_.batch && name == "__dbt_internal_microbatch_event_time_start") return resolve::make_datetime(options_.batch->window.begin, resolve::utc_zone());
  if (options_.batch && name == "__dbt_internal_microbatch_event_time_end") return resolve::make_datetime(options_.batch->window.end, resolve::utc_zone());
  const std::string key = name == "pre_hook" ? "pre-hook" : name == "post_hook" ? "post-hook" : std::string(name);
  const Json& values = node_->config.values();
  const auto it = values.find(key);
  return it == values.end() ? std::nullopt : std::optional<Value>(jinja::from_json(*it));
}

Value CompileScope::adapter_call(CallContext& context, std::string_view name, const Args& args) { return call_adapter(*this, context, name, args); }

Value CompileScope::tidemark_call(CallContext&, std::string_view name, const Args& args) {
  if (name == "is_incremental") {
    trace_.asked_is_incremental = true;
    return Value(options_.incremental && node_ != nullptr && host_.is_incremental(*node_));
  }
  if (name == "affected_partitions") {
    static const jinja::Signature signature("column");
    const std::string column = signature.bind("affected_partitions", args)[0].expect_string("the column in affected_partitions()");
    append_new(trace_.affected_columns, column);
    if (!options_.incremental || node_ == nullptr) return resolve::make_affected(column, true, {});
    AffectedPartitions affected = host_.affected_partitions(*node_, column);
    return resolve::make_affected(column, affected.is_all, std::move(affected.values));
  }
  throw Error("TM2107", fmt::format("there is no tidemark.{}()", name));
}

Value CompileScope::doc(const std::optional<std::string>& target, const std::string& name) {
  return Value(resolve::find_doc(project_.manifest.docs, target, name, shared().project_name, package()).contents);
}

Value CompileScope::graph() {
  set("graph", resolve::graph_value(project_.manifest));
  return *local("graph");
}

Session& CompileScope::session(const CallContext& context, std::string_view what) {
  if (trace_.decided_by.empty()) trace_.decided_by = fmt::format("adapter.{}(){}", what, place_of(context));
  return host_.session();
}

}  // namespace tidemark::compile
