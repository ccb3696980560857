#include "resolve/parse_scope.h"

#include <algorithm>
#include <array>

#include "jinja/json.h"
#include "resolve/affected_object.h"
#include "resolve/node_value.h"
#include "resolve/relation_object.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::CallContext;
using jinja::Value;

Value lenient() { return Value::undefined("", "", jinja::UndefinedKind::kLenient); }

template <size_t N>
bool one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 7> kGiveLists{
    "get_columns_in_relation",      "get_missing_columns", "list_relations", "list_relations_without_caching", "list_schemas",
    "get_column_schema_from_query", "get_columns_in_query"};
constexpr std::array<std::string_view, 3> kGiveFalse{"already_exists", "check_schema_exists", "is_replaceable"};

}  // namespace

const DocBlock& find_doc(const DocTable& docs, const std::optional<std::string>& target, const std::string& name, const std::string& root,
                         const std::string& package) {
  const std::vector<std::string> packages = target ? std::vector<std::string>{*target} : std::vector<std::string>{root, package};
  for (const std::string& candidate : packages) {
    if (const auto it = docs.find("doc." + candidate + "." + name); it != docs.end()) return it->second;
  }
  std::vector<std::string> known;
  for (const auto& [id, doc] : docs) {
    if (!target && doc.name == name) return doc;
    known.push_back(doc.name);
  }
  Error error("TM1211", fmt::format("docs block '{}' does not exist", name));
  if (const std::string near = nearest_name(name, known); !near.empty()) error.hint("did you mean '" + near + "'?");
  throw error;
}

ParseScope::ParseScope(const SharedContext& shared, std::string package, const Node* node, const DocTable& docs)
    : Scope(shared, std::move(package)), node_(node), docs_(docs) {}

std::optional<Value> ParseScope::find(std::string_view name, const jinja::Origin* origin) {
  if (std::optional<Value> found = Scope::find(name, origin)) return found;
  if (node_ == nullptr) return std::nullopt;
  if (name == "this") return this_relation();
  if (name == "model") {
    set("model", node_value(*node_));
    return *local("model");
  }
  if (name == "database") return Value(node_->database);
  if (name == "schema") return Value(node_->schema);
  if (name == "pre_hooks" || name == "post_hooks") return Value::list();
  return std::nullopt;
}

Value ParseScope::this_relation() const {
  Relation relation;
  if (node_ != nullptr) relation = node_->relation();
  relation.quote_character = shared().target.quote_character;
  return make_relation(std::move(relation));
}

Value ParseScope::ref(CallContext& context, const RefArgs& args) {
  findings.refs.push_back(args);
  findings.ref_spans.push_back(context.span());
  return this_relation();
}

Value ParseScope::source(CallContext& context, const SourceArgs& args) {
  findings.sources.push_back(args);
  findings.source_spans.push_back(context.span());
  return this_relation();
}

Value ParseScope::configure(CallContext&, const jinja::Dict& values) {
  Json json = Json::object();
  for (const jinja::Dict::Entry& entry : values.entries()) {
    if (entry.live) json[jinja::to_text(entry.key)] = config_json(entry.value);
  }
  for (const auto& [old_key, new_key] : {std::pair{"pre_hook", "pre-hook"}, std::pair{"post_hook", "post-hook"}}) {
    if (json.contains(old_key) && json.contains(new_key))
      throw Error("TM2104", fmt::format("config() has both '{}' and '{}'", old_key, new_key)).hint("they are the same: keep one");
  }
  findings.config_call.add(json);
  return Value("");
}

Value ParseScope::adapter_call(CallContext&, std::string_view name, const Args&) {
  if (one_of(name, kGiveLists)) return Value::list();
  if (one_of(name, kGiveFalse)) return Value(false);
  if (name == "execute") return Value::tuple({Value(""), lenient()});
  if (name == "get_relation" || name == "load_relation") return Value::none();
  return lenient();
}

Value ParseScope::tidemark_call(CallContext&, std::string_view name, const Args& args) {
  if (name == "is_incremental") return Value(false);
  if (name == "affected_partitions") {
    static const jinja::Signature signature("column");
    return make_affected(signature.bind("affected_partitions", args)[0].expect_string("the column in affected_partitions()"), true, {});
  }
  return lenient();
}

Value ParseScope::doc(const std::optional<std::string>& target, const std::string& name) {
  const DocBlock& block = find_doc(docs_, target, name, shared().project_name, package());
  if (std::find(used_docs.begin(), used_docs.end(), block.unique_id) == used_docs.end()) used_docs.push_back(block.unique_id);
  return Value(block.contents);
}

void ParseScope::macro_used(const Macro& macro) {
  std::vector<std::string>& macros = findings.macros;
  if (std::find(macros.begin(), macros.end(), macro.info.unique_id) == macros.end()) macros.push_back(macro.info.unique_id);
}

Json config_json(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::kUndefined:
      return Json();
    case Value::Kind::kObject:
      return Json(jinja::to_text(value));
    case Value::Kind::kList:
    case Value::Kind::kTuple: {
      Json out = Json::array();
      for (const Value& item : value.is_list() ? value.as_list().items : value.as_tuple().items) out.push_back(config_json(item));
      return out;
    }
    case Value::Kind::kDict: {
      Json out = Json::object();
      for (const jinja::Dict::Entry& entry : value.as_dict().entries()) {
        if (entry.live) out[jinja::to_text(entry.key)] = config_json(entry.value);
      }
      return out;
    }
    default:
      return jinja::to_json(value);
  }
}

jinja::RenderOptions parse_options() { return jinja::RenderOptions{.undefined = jinja::UndefinedKind::kLenient, .limits = {}}; }

}  // namespace tidemark::resolve
