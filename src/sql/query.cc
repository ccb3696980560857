#include "sql/query.h"

#include <charconv>
#include <set>

#include "base/strings.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

void collect_relations(const Query& query, const RelPtr& rel, std::set<const Rel*>& seen, std::vector<RelPtr>& out);

void collect_from_expression(const Query& query, const Json& expression, std::set<const Rel*>& seen, std::vector<RelPtr>& out) {
  if (const auto index = expression.find("tm_subquery"); index != expression.end()) {
    collect_relations(query, query.subqueries.at(index->get<size_t>()), seen, out);
  }
  for_each_child(expression, [&](const Json& child) { collect_from_expression(query, child, seen, out); });
}

void collect_relations(const Query& query, const RelPtr& rel, std::set<const Rel*>& seen, std::vector<RelPtr>& out) {
  if (!seen.insert(rel.get()).second) return;
  for (const RelPtr& input : rel->inputs) collect_relations(query, input, seen, out);
  for (const Json& expression : rel->exprs) collect_from_expression(query, expression, seen, out);
  out.push_back(rel);
}

}  // namespace

std::string column_name(int id) { return "c" + std::to_string(id); }

int column_id(const Json& reference) {
  if (!is_class(reference, "COLUMN_REF")) return -1;
  const Json& names = reference.at("column_names");
  if (names.size() != 1) return -1;
  const std::string& name = names[0].get_ref<const std::string&>();
  if (name.size() < 2 || name[0] != 'c') return -1;
  int id = -1;
  const auto [end, fault] = std::from_chars(name.data() + 1, name.data() + name.size(), id);
  return fault == std::errc() && end == name.data() + name.size() ? id : -1;
}

Json reference(int id) { return column_ref(column_name(id)); }

void collect_ids(const Json& expression, std::vector<int>& ids) {
  if (const int id = column_id(expression); id >= 0) ids.push_back(id);
  for_each_child(expression, [&](const Json& child) { collect_ids(child, ids); });
}

Json substitute(const Json& expression, const std::function<const Json*(int id)>& with) {
  if (const int id = column_id(expression); id >= 0) {
    const Json* replacement = with(id);
    if (replacement == nullptr) return expression;
    Json out = *replacement;
    out["alias"] = expression.value("alias", "");
    return out;
  }
  Json out = expression;
  for_each_child(out, [&](Json& child) { child = substitute(child, with); });
  return out;
}

const Column* find_column(const Rel& rel, int id) {
  for (const Column& column : rel.columns) {
    if (column.id == id) return &column;
  }
  return nullptr;
}

int find_column_by_name(const Rel& rel, const std::string& name) {
  for (size_t i = 0; i < rel.columns.size(); ++i) {
    if (equals_ignore_case(rel.columns[i].name, name)) return static_cast<int>(i);
  }
  return -1;
}

std::vector<RelPtr> relations_below(const Query& query, const RelPtr& root) {
  std::set<const Rel*> seen;
  std::vector<RelPtr> out;
  collect_relations(query, root, seen, out);
  return out;
}

bool is_source(const Rel& rel, const TableNames& tables) { return rel.op == Op::kFiles || (rel.op == Op::kTable && tables.contains(rel.table)); }

bool reads_sources(const Query& query, const RelPtr& root, const TableNames& tables) {
  for (const RelPtr& rel : relations_below(query, root)) {
    if (is_source(*rel, tables)) return true;
  }
  return false;
}

bool expression_reads_sources(const Query& query, const Json& expression, const TableNames& tables) {
  std::set<const Rel*> seen;
  std::vector<RelPtr> found;
  collect_from_expression(query, expression, seen, found);
  for (const RelPtr& rel : found) {
    if (is_source(*rel, tables)) return true;
  }
  return false;
}

bool reads_files(const Query& query, const RelPtr& root) { return reads_sources(query, root, {}); }

bool expression_reads_files(const Query& query, const Json& expression) { return expression_reads_sources(query, expression, {}); }

}  // namespace tidemark::sql
