#include "sql/push_filters.h"

#include <algorithm>
#include <map>

#include "sql/building.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

bool is_about(const Json& condition, const Rel& rel) {
  std::vector<int> ids;
  collect_ids(condition, ids);
  return !ids.empty() && std::all_of(ids.begin(), ids.end(), [&](int id) { return find_column(rel, id) != nullptr; });
}

bool has_subquery(const Json& condition) {
  return any_expression(condition, [](const Json& e) { return is_class(e, "SUBQUERY"); });
}

// Of rows that only have to be there, each once, in these columns.
RelPtr distinct(const RelPtr& rel, const std::vector<int>& ids) {
  Rel project;
  project.op = Op::kProject;
  project.inputs = {rel};
  for (const Column& column : rel->columns) {
    if (std::find(ids.begin(), ids.end(), column.id) == ids.end()) continue;
    project.columns.push_back(column);
    project.exprs.push_back(reference(column.id));
  }
  Rel out;
  out.op = Op::kDistinct;
  out.columns = project.columns;
  out.inputs = {share(std::move(project))};
  return share(std::move(out));
}

class Pushing {
 public:
  explicit Pushing(const Query& query) : query_(query) {}
  RelPtr run(const RelPtr& rel) {
    if (const auto known = done_.find(rel); known != done_.end()) return known->second;
    return done_[rel] = pushed(rel, {});
  }

 private:
  // `rel` with only the rows for which all of `conditions` hold.
  RelPtr pushed(const RelPtr& rel, std::vector<Json> conditions) {
    if (rel->op == Op::kFilter && !has_subquery(rel->exprs[0])) {
      std::vector<Json> own;
      collect_conjuncts(rel->exprs[0], own);
      conditions.insert(conditions.end(), own.begin(), own.end());
      return pushed(rel->inputs[0], std::move(conditions));
    }
    if (rel->op == Op::kJoin) return pushed_join(*rel, std::move(conditions));
    if (conditions.empty() && rel->inputs.empty()) return rel;
    Rel out = *rel;
    for (RelPtr& input : out.inputs) input = run(input);
    return filtered(share(std::move(out)), std::move(conditions));
  }

  RelPtr pushed_join(const Rel& rel, std::vector<Json> conditions) {
    const bool left_kept = rel.join != JoinKind::kRight && rel.join != JoinKind::kFull;
    const bool right_kept = rel.join == JoinKind::kInner || rel.join == JoinKind::kRight;
    std::vector<Json> left, right, here, above;
    if (rel.join == JoinKind::kInner) collect_conjuncts(rel.exprs[0], conditions);
    for (Json& condition : conditions) {
      const bool fixed = has_subquery(condition);
      auto& place = !fixed && left_kept && is_about(condition, *rel.inputs[0])    ? left
                    : !fixed && right_kept && is_about(condition, *rel.inputs[1]) ? right
                    : rel.join == JoinKind::kInner                                ? here
                                                                                  : above;
      place.push_back(std::move(condition));
    }
    Rel out = rel;
    out.inputs = {pushed(rel.inputs[0], std::move(left)), pushed(rel.inputs[1], std::move(right))};
    const bool asks = rel.join == JoinKind::kSemi || rel.join == JoinKind::kAnti;
    if (asks && !rel.exprs[0].is_null() && !reads_files(query_, out.inputs[0]) && reads_files(query_, out.inputs[1])) {
      std::vector<int> ids;
      collect_ids(rel.exprs[0], ids);
      out.inputs[1] = distinct(out.inputs[1], ids);
    }
    if (rel.join == JoinKind::kInner) out.exprs[0] = here.empty() ? Json() : conjunction(std::move(here));
    return filtered(share(std::move(out)), std::move(above));
  }

  const Query& query_;
  std::map<RelPtr, RelPtr> done_;
};

}  // namespace

void collect_conjuncts(const Json& condition, std::vector<Json>& out) {
  if (condition.is_null()) return;
  if (is_class(condition, "CONJUNCTION") && condition.value("type", "") == "CONJUNCTION_AND") {
    for (const Json& child : condition.at("children")) collect_conjuncts(child, out);
  } else {
    out.push_back(condition);
  }
}

Query push_filters(const Query& query) {
  Query out = query;
  Pushing pushing(query);
  for (RelPtr& subquery : out.subqueries) subquery = pushing.run(subquery);
  out.root = pushing.run(out.root);
  return out;
}

}  // namespace tidemark::sql
