#include "sql/prune.h"

#include <algorithm>

namespace tidemark::sql {

namespace {

void need(const Json& expression, std::set<int>& ids) {
  std::vector<int> found;
  collect_ids(expression, found);
  ids.insert(found.begin(), found.end());
}

void need_orders(const Json& orders, std::set<int>& ids) {
  for (const Json& order : orders) need(order.at("expression"), ids);
}

void keep(Rel& rel, const std::set<int>& ids) {
  std::erase_if(rel.columns, [&](const Column& column) { return !ids.contains(column.id); });
}

// Expressions that are parallel to the columns from `first` on.
void keep_parallel(Rel& rel, const std::set<int>& ids, size_t first) {
  std::vector<Column> columns(rel.columns.begin(), rel.columns.begin() + static_cast<std::ptrdiff_t>(first));
  std::vector<Json> exprs(rel.exprs.begin(), rel.exprs.begin() + static_cast<std::ptrdiff_t>(first));
  for (size_t i = first; i < rel.columns.size(); ++i) {
    if (!ids.contains(rel.columns[i].id)) continue;
    columns.push_back(rel.columns[i]);
    exprs.push_back(rel.exprs[i]);
  }
  rel.columns = std::move(columns);
  rel.exprs = std::move(exprs);
}

std::set<int> ids_of(const Rel& rel) {
  std::set<int> out;
  for (const Column& column : rel.columns) out.insert(column.id);
  return out;
}

RelPtr prune_set(const Rel& rel, const std::set<int>& needed) {
  Rel out = rel;
  const bool narrow = rel.set == SetKind::kUnion && rel.all;
  std::set<int> left, right;
  std::vector<Column> columns;
  for (size_t i = 0; i < rel.columns.size(); ++i) {
    if (narrow && !needed.contains(rel.columns[i].id)) continue;
    columns.push_back(rel.columns[i]);
    left.insert(rel.inputs[0]->columns[i].id);
    right.insert(rel.inputs[1]->columns[i].id);
  }
  if (columns.empty()) {  // the rows still count: one column stays
    columns.push_back(rel.columns[0]);
    left.insert(rel.inputs[0]->columns[0].id);
    right.insert(rel.inputs[1]->columns[0].id);
  }
  out.columns = std::move(columns);
  // Inputs may have kept other columns too (DISTINCT does): positions must match.
  const auto exact = [](RelPtr input, const RelPtr& original, const std::set<int>& ids) {
    std::vector<Column> wanted;
    for (const Column& column : original->columns) {
      if (ids.contains(column.id)) wanted.push_back(column);
    }
    const bool same =
        std::equal(wanted.begin(), wanted.end(), input->columns.begin(), input->columns.end(), [](const Column& a, const Column& b) { return a.id == b.id; });
    if (same) return input;
    Rel project;
    project.op = Op::kProject;
    project.inputs = {std::move(input)};
    for (const Column& column : wanted) {
      project.columns.push_back(column);
      project.exprs.push_back(reference(column.id));
    }
    return std::make_shared<const Rel>(std::move(project));
  };
  out.inputs = {exact(prune(rel.inputs[0], left), rel.inputs[0], left), exact(prune(rel.inputs[1], right), rel.inputs[1], right)};
  return std::make_shared<const Rel>(std::move(out));
}

}  // namespace

RelPtr prune(const RelPtr& root, const std::set<int>& needed) {
  if (root->op == Op::kSetOp) return prune_set(*root, needed);
  Rel out = *root;
  std::set<int> below = needed;
  switch (root->op) {
    case Op::kFiles:
    case Op::kTable:
      keep(out, needed);
      return std::make_shared<const Rel>(std::move(out));
    case Op::kOpaque:
    case Op::kOneRow:
      return root;
    case Op::kProject:
      keep_parallel(out, needed, 0);
      below.clear();
      for (const Json& expression : out.exprs) need(expression, below);
      break;
    case Op::kAggregate:
      keep_parallel(out, needed, out.keys);
      below.clear();
      for (const Json& expression : out.exprs) need(expression, below);
      break;
    case Op::kFilter:
      keep(out, needed);
      need(out.exprs[0], below);
      break;
    case Op::kJoin:
      keep(out, needed);
      if (!out.exprs[0].is_null()) need(out.exprs[0], below);
      break;
    case Op::kWindow: {
      const size_t passed = out.columns.size() - out.exprs.size();
      std::vector<Column> columns;
      std::vector<Json> windows;
      for (size_t i = 0; i < out.columns.size(); ++i) {
        if (!needed.contains(out.columns[i].id)) continue;
        columns.push_back(out.columns[i]);
        if (i >= passed) windows.push_back(out.exprs[i - passed]);
      }
      out.columns = std::move(columns);
      out.exprs = std::move(windows);
      for (const Json& window : out.exprs) need(window, below);
      if (out.exprs.empty()) return prune(root->inputs[0], needed);
      break;
    }
    case Op::kDistinct:
      below = ids_of(*root);
      for (const Json& target : out.exprs) need(target, below);
      need_orders(out.orders, below);
      break;
    case Op::kOrder:
      keep(out, needed);
      need_orders(out.orders, below);
      break;
    case Op::kSetOp:
      break;
  }
  for (RelPtr& input : out.inputs) input = prune(input, below);
  return std::make_shared<const Rel>(std::move(out));
}

Query prune(const Query& query) {
  Query out = query;
  out.root = prune(query.root, ids_of(*query.root));
  for (RelPtr& subquery : out.subqueries) subquery = prune(subquery, ids_of(*subquery));
  return out;
}

}  // namespace tidemark::sql
