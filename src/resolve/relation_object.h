// {{ this }}, ref(), source() and api.Relation: dbt's Relation as templates use it.
#pragma once
#include <optional>
#include <string>

#include "jinja/object.h"
#include "manifest/relation.h"

namespace tidemark::resolve {

class RelationObject : public jinja::Object {
 public:
  explicit RelationObject(Relation relation) : relation_(std::move(relation)) {}

  const Relation& relation() const { return relation_; }

  std::string_view type_name() const override { return "Relation"; }
  std::optional<jinja::Value> get_attribute(jinja::CallContext& context, std::string_view name) override;
  std::optional<jinja::Value> get_item(jinja::CallContext& context, const jinja::Value& key) override;
  jinja::Value call_method(jinja::CallContext& context, std::string_view name, const jinja::Args& args) override;
  std::string text() const override { return render(); }
  std::string repr() const override { return "<Relation " + render() + ">"; }
  bool truthy() const override { return true; }
  bool equals(const jinja::Value& other) const override;
  std::optional<uint64_t> hash() const override;
  std::vector<std::string> attribute_names() const override;

  // Which parts render; `relation` keeps all of them, so that .database still answers.
  struct Included {
    bool database = true;
    bool schema = true;
    bool identifier = true;
    bool operator==(const Included&) const = default;
  };
  Included included;

 private:
  std::string render() const;
  Relation relation_;
};

jinja::Value make_relation(Relation relation);
// The relation behind a value; nullopt where it is none.
std::optional<Relation> relation_of(const jinja::Value& value);
// The same; TM2104 naming `what` where it is none.
Relation expect_relation(const jinja::Value& value, std::string_view what);
// Relation.create(database, schema, identifier, type, quote_policy).
jinja::Value create_relation(const jinja::Args& args);
// Relation.Table and its siblings; nullopt for other names.
std::optional<jinja::Value> relation_constant(std::string_view name);
// api.Relation: create(…), Table, View, External, CTE, MaterializedView.
jinja::Value make_relation_class();

// A text argument that may be none or left out: empty then.
std::string text_or_empty(const jinja::Value& value, std::string_view what);

}  // namespace tidemark::resolve
