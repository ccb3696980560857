// What dbt takes for a model's primary key: a constraint, else columns that are tested as unique and not null, else unique ones.
#include <set>

#include "resolve/draft.h"

namespace tidemark::resolve {

namespace {

bool is_primary_key(const Json& constraint) { return constraint.is_object() && constraint.value("type", Json()) == "primary_key"; }

std::vector<std::string> by_constraint(const Node& model) {
  if (const auto list = model.extra.find("constraints"); list != model.extra.end() && list->is_array()) {
    for (const Json& constraint : *list) {
      if (is_primary_key(constraint)) return Config(constraint).list("columns");
    }
  }
  for (const std::string& name : model.column_order) {
    for (const Json& constraint : model.columns.at(name).constraints) {
      if (is_primary_key(constraint)) return {name};
    }
  }
  return {};
}

struct TestedColumns {
  std::set<std::string> unique, unique_if_enabled, not_null;
};

void add_test(const Node& test, TestedColumns& columns) {
  const Json& kwargs = test.test_metadata->kwargs;
  const Config named(kwargs);
  std::vector<std::string> names;
  if (const Json* column = named.find("column_name"); column != nullptr && column->is_string()) {
    names = {column->get<std::string>()};
  } else if (const Json* list = named.find("combination_of_columns"); list != nullptr && list->is_array()) {
    names = named.list("combination_of_columns");
  }
  const std::string& name = test.test_metadata->name;
  if (name == "unique" || name == "unique_combination_of_columns") {
    (test.config.enabled() ? columns.unique : columns.unique_if_enabled).insert(names.begin(), names.end());
  } else if (name == "not_null") {
    columns.not_null.insert(names.begin(), names.end());
  }
}

std::vector<std::string> by_tests(const TestedColumns& columns) {
  std::vector<std::string> both;
  for (const std::string& name : columns.not_null) {
    if (columns.unique.contains(name) || columns.unique_if_enabled.contains(name)) both.push_back(name);
  }
  if (!both.empty()) return both;
  const std::set<std::string>& single = columns.unique.empty() ? columns.unique_if_enabled : columns.unique;
  return {single.begin(), single.end()};
}

}  // namespace

void find_primary_keys(Workbench& bench) {
  std::map<std::string, TestedColumns> tested;
  const auto add = [&](const Node& node) {
    if (node.test_metadata && !node.attached_node.empty()) add_test(node, tested[node.attached_node]);
  };
  for (const Draft& draft : bench.drafts) add(*draft.node);
  for (const NodePtr& node : bench.disabled) add(*node);
  for (Draft& draft : bench.drafts) {
    Node& node = *draft.node;
    if (node.type != ResourceType::kModel) continue;
    std::vector<std::string> key = by_constraint(node);
    if (key.empty()) key = by_tests(tested[node.unique_id]);
    if (!key.empty()) node.extra["primary_key"] = std::move(key);
  }
}

}  // namespace tidemark::resolve
