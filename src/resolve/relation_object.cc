#include "resolve/relation_object.h"

#include <array>

#include "base/error.h"
#include "base/strings.h"
#include "resolve/members.h"

namespace tidemark::resolve {

namespace {

using jinja::Args;
using jinja::Bound;
using jinja::CallContext;
using jinja::Signature;
using jinja::Value;

Value text_or_none(const std::string& text) { return text.empty() ? Value::none() : Value(text); }

void apply(QuotePolicy& policy, const Value& parts) {
  if (!parts.is_dict()) return;
  const auto read = [&](std::string_view name, bool& into) {
    const Value* value = parts.as_dict().find(name);
    if (value != nullptr && !value->is_none()) into = jinja::truthy(*value);
  };
  read("database", policy.database);
  read("schema", policy.schema);
  read("identifier", policy.identifier);
}

std::optional<RelationType> type_argument(const Value& value) {
  if (value.is_none() || value.is_undefined()) return std::nullopt;
  const std::optional<RelationType> type = relation_type_from(jinja::to_text(value));
  if (!type)
    throw Error("TM2104", fmt::format("'{}' is not a type of relation", jinja::to_text(value))).hint("table, view, materialized_view, external or cte");
  return type;
}

Value derived(const RelationObject& from, Relation relation) {
  auto object = jinja::make_ref<RelationObject>(std::move(relation));
  object->included = from.included;
  return object;
}

Value include(const RelationObject& self, const Args& args) {
  static const Signature signature("database=none, schema=none, identifier=none");
  const Bound bound = signature.bind("include", args);
  auto object = jinja::make_ref<RelationObject>(self.relation());
  object->included = self.included;
  const auto read = [&](size_t i, bool& into) {
    if (bound.given(i) && !bound[i].is_none()) into = jinja::truthy(bound[i]);
  };
  read(0, object->included.database);
  read(1, object->included.schema);
  read(2, object->included.identifier);
  return object;
}

Value quote(const RelationObject& self, const Args& args) {
  static const Signature signature("database=none, schema=none, identifier=none");
  const Bound bound = signature.bind("quote", args);
  Relation relation = self.relation();
  const auto read = [&](size_t i, bool& into) {
    if (bound.given(i) && !bound[i].is_none()) into = jinja::truthy(bound[i]);
  };
  read(0, relation.quote.database);
  read(1, relation.quote.schema);
  read(2, relation.quote.identifier);
  return derived(self, std::move(relation));
}

void apply_path(Relation& relation, const Value& path) {
  if (!path.is_dict()) return;
  const auto read = [&](std::string_view name, std::string& into) {
    if (const Value* value = path.as_dict().find(name)) into = text_or_empty(*value, name);
  };
  read("database", relation.database);
  read("schema", relation.schema);
  read("identifier", relation.identifier);
}

Value incorporate(const RelationObject& self, const Args& args) {
  static const Signature signature("path=none, type=none, quote_policy=none, include_policy=none, **kwargs");
  const Bound bound = signature.bind("incorporate", args);
  Relation relation = self.relation();
  apply_path(relation, bound[0]);
  if (bound.given(1)) relation.type = type_argument(bound[1]);
  apply(relation.quote, bound[2]);
  relation.expression.clear();
  return derived(self, std::move(relation));
}

Value replace_path(const RelationObject& self, const Args& args) {
  static const Signature signature("**kwargs");
  const Bound bound = signature.bind("replace_path", args);
  Relation relation = self.relation();
  Value path = Value::dict();
  for (const auto& [name, value] : bound.kwargs) path.as_dict().set(std::string_view(name), value);
  apply_path(relation, path);
  return derived(self, std::move(relation));
}

Value matches(const RelationObject& self, const Args& args) {
  static const Signature signature("database=none, schema=none, identifier=none");
  const Bound bound = signature.bind("matches", args);
  const auto same = [&](size_t i, const std::string& own) { return bound[i].is_none() || equals_ignore_case(jinja::to_text(bound[i]), own); };
  const Relation& own = self.relation();
  return Value(same(0, own.database) && same(1, own.schema) && same(2, own.identifier));
}

Value without_identifier(const RelationObject& self) {
  Relation relation = self.relation();
  relation.identifier.clear();
  relation.expression.clear();
  return derived(self, std::move(relation));
}

Value information_schema(const RelationObject& self, const Args& args) {
  static const Signature signature("view_name=none");
  const Bound bound = signature.bind("information_schema", args);
  Relation relation = self.relation();
  relation.schema = "information_schema";
  relation.identifier = text_or_empty(bound[0], "view_name");
  relation.expression.clear();
  relation.quote = QuotePolicy{.database = true, .schema = false, .identifier = false};
  return make_relation(std::move(relation));
}

using Method = Value (*)(const RelationObject&, const Args&);
struct NamedMethod {
  std::string_view name;
  Method method;
};

constexpr std::array<NamedMethod, 14> kMethods{{
    {"render", [](const RelationObject& self, const Args&) { return Value(self.text()); }},
    {"include", include},
    {"quote", quote},
    {"incorporate", incorporate},
    {"replace_path", replace_path},
    {"matches", matches},
    {"without_identifier", [](const RelationObject& self, const Args&) { return without_identifier(self); }},
    {"information_schema", information_schema},
    {"information_schema_only", information_schema},
    {"render_limited", [](const RelationObject& self, const Args&) { return Value(self.text()); }},
    {"quoted",
     [](const RelationObject& self, const Args& args) {
       return Value(quote_identifier(Signature("identifier").bind("quoted", args)[0].expect_string("identifier"), self.relation().quote_character));
     }},
    {"add_ephemeral_prefix",
     [](const RelationObject&, const Args& args) {
       return Value("__dbt__cte__" + Signature("name").bind("add_ephemeral_prefix", args)[0].expect_string("name"));
     }},
    {"create", [](const RelationObject&, const Args& args) { return create_relation(args); }},
    {"get",
     [](const RelationObject&, const Args& args) {
       static const Signature signature("key, default=none");
       const Bound bound = signature.bind("get", args);
       if (jinja::to_text(bound[0]) == "metadata") return Value::dict({{"type", Value("Relation")}});
       return bound[1];
     }},
}};

}  // namespace

std::string text_or_empty(const Value& value, std::string_view what) {
  if (value.is_none() || value.is_undefined()) return "";
  if (value.is_object()) return jinja::to_text(value);
  return value.expect_string(what);
}

Value create_relation(const Args& args) {
  static const Signature signature("database=none, schema=none, identifier=none, type=none, quote_policy=none, **kwargs");
  const Bound bound = signature.bind("Relation.create", args);
  Relation relation;
  relation.database = text_or_empty(bound[0], "database");
  relation.schema = text_or_empty(bound[1], "schema");
  relation.identifier = text_or_empty(bound[2], "identifier");
  relation.type = type_argument(bound[3]);
  apply(relation.quote, bound[4]);
  return make_relation(std::move(relation));
}

Value make_relation(Relation relation) { return jinja::make_ref<RelationObject>(std::move(relation)); }

std::optional<Relation> relation_of(const Value& value) {
  const auto* object = value.object_as<RelationObject>();
  return object == nullptr ? std::nullopt : std::optional<Relation>(object->relation());
}

Relation expect_relation(const Value& value, std::string_view what) {
  if (const auto* object = value.object_as<RelationObject>()) {
    Relation relation = object->relation();
    if (!object->included.database) relation.database.clear();
    return relation;
  }
  throw Error("TM2104", fmt::format("{} must be a relation, not '{}'", what, jinja::type_name(value)))
      .hint("ref(), source(), this, adapter.get_relation() and api.Relation.create() give relations");
}

std::string RelationObject::render() const {
  if (included == Included{} || !relation_.expression.empty()) return relation_.render();
  Relation shown = relation_;
  if (!included.database) shown.database.clear();
  if (!included.schema) shown.schema.clear();
  if (!included.identifier) shown.identifier.clear();
  return shown.render();
}

std::optional<Value> RelationObject::get_attribute(CallContext&, std::string_view name) {
  if (name == "database") return text_or_none(relation_.database);
  if (name == "schema") return text_or_none(relation_.schema);
  if (name == "identifier" || name == "name" || name == "table") return text_or_none(relation_.identifier);
  if (name == "type") return relation_.type ? Value(to_string(*relation_.type)) : Value::none();
  if (name == "is_table") return Value(relation_.type == RelationType::kTable);
  if (name == "is_view") return Value(relation_.type == RelationType::kView);
  if (name == "is_cte") return Value(relation_.type == RelationType::kCte);
  if (name == "is_materialized_view") return Value(relation_.type == RelationType::kMaterializedView);
  if (name == "is_external") return Value(relation_.type == RelationType::kExternal);
  if (name == "is_pointer") return Value(false);
  if (name == "can_be_renamed" || name == "can_be_replaced") return Value(relation_.type == RelationType::kTable || relation_.type == RelationType::kView);
  if (name == "quote_character") return Value(std::string(1, relation_.quote_character));
  if (name == "external") return text_or_none(relation_.expression);
  if (name == "path") {
    return Value::dict(
        {{"database", text_or_none(relation_.database)}, {"schema", text_or_none(relation_.schema)}, {"identifier", text_or_none(relation_.identifier)}});
  }
  if (name == "quote_policy") {
    return Value::dict(
        {{"database", Value(relation_.quote.database)}, {"schema", Value(relation_.quote.schema)}, {"identifier", Value(relation_.quote.identifier)}});
  }
  if (name == "include_policy")
    return Value::dict({{"database", Value(included.database)}, {"schema", Value(included.schema)}, {"identifier", Value(included.identifier)}});
  if (name == "metadata") return Value::dict({{"type", Value("Relation")}});
  if (std::optional<Value> constant = relation_constant(name)) return constant;
  for (const NamedMethod& entry : kMethods) {
    if (entry.name != name) continue;
    const jinja::Ref<RelationObject> self(this);
    return jinja::make_function(std::string(name), [self, method = entry.method](CallContext&, const Args& args) { return method(*self, args); });
  }
  return std::nullopt;
}

std::optional<Value> RelationObject::get_item(CallContext& context, const Value& key) {
  return key.is_string() ? get_attribute(context, key.as_string()) : std::nullopt;
}

Value RelationObject::call_method(CallContext& context, std::string_view name, const Args& args) {
  for (const NamedMethod& entry : kMethods) {
    if (entry.name == name) return entry.method(*this, args);
  }
  return Object::call_method(context, name, args);
}

bool RelationObject::equals(const Value& other) const {
  const auto* object = other.object_as<RelationObject>();
  return object != nullptr && object->relation_.type == relation_.type && object->render() == render() && object->relation_.same_name(relation_);
}

std::optional<uint64_t> RelationObject::hash() const { return std::hash<std::string>()(render()); }

std::vector<std::string> RelationObject::attribute_names() const {
  std::vector<std::string> names{"database", "schema", "identifier", "name", "table", "type", "is_table", "is_view", "is_cte", "is_materialized_view"};
  for (const NamedMethod& entry : kMethods) names.emplace_back(entry.name);
  return names;
}

std::optional<Value> relation_constant(std::string_view name) {
  if (name == "Table") return Value("table");
  if (name == "View") return Value("view");
  if (name == "External") return Value("external");
  if (name == "MaterializedView") return Value("materialized_view");
  if (name == "CTE") return Value("cte");
  return std::nullopt;
}

Value make_relation_class() {
  auto members = jinja::make_ref<Members>("Relation");
  for (const std::string_view name : {"Table", "View", "External", "MaterializedView", "CTE"}) members->set(name, *relation_constant(name));
  members->set("create", jinja::make_function("Relation.create", [](CallContext&, const Args& args) { return create_relation(args); }));
  members->set("add_ephemeral_prefix", jinja::make_function("add_ephemeral_prefix", "name", [](CallContext&, const Bound& bound) {
                 return Value("__dbt__cte__" + bound[0].expect_string("name"));
               }));
  return members;
}

}  // namespace tidemark::resolve
