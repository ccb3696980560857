#include "sql/partition_local.h"

#include <algorithm>
#include <map>

#include "sql/functions.h"
#include "sql/push_filters.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

constexpr size_t kLongestExpression = 100'000;  // bytes as JSON: nested CASEs grow by substitution

std::vector<int> ids_in(const Json& expression) {
  std::vector<int> ids;
  if (!expression.is_null()) collect_ids(expression, ids);
  return ids;
}

bool all_in(const std::vector<int>& ids, const Rel& rel) {
  return std::all_of(ids.begin(), ids.end(), [&](int id) { return find_column(rel, id) != nullptr; });
}

bool same_expression(Json a, Json b) {
  a["alias"] = "";
  b["alias"] = "";
  return a == b;
}

// Whether rows that agree in all of `keys` agree in `value`.
bool decided_by(const Json& value, const std::vector<Json>& keys) {
  if (std::any_of(keys.begin(), keys.end(), [&](const Json& key) { return same_expression(key, value); })) return true;
  const std::vector<int> ids = ids_in(value);
  return std::all_of(ids.begin(), ids.end(),
                     [&](int id) { return std::any_of(keys.begin(), keys.end(), [&](const Json& key) { return column_id(key) == id; }); });
}

Json substituted(const Json& value, const std::map<int, Json>& by_id) {
  return substitute(value, [&](int id) -> const Json* {
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : &found->second;
  });
}

class Walk {
 public:
  Walk(const Query& query, const TableNames& tables, SqlParser& parser) : query_(query), tables_(tables), parser_(parser) {}

  // `value`: over the columns of `rel`.
  Reason fault(const RelPtr& rel, const Json& value) {
    if (!reads_sources(query_, rel, tables_)) return {};
    for (const Json& expression : rel->exprs) {
      if (!expression.is_null() && expression_reads_sources(query_, expression, tables_)) return make_reason("subquery_reads_files");
    }
    if (value.dump().size() > kLongestExpression) return make_reason("query_too_large");
    switch (rel->op) {
      case Op::kFiles:
      case Op::kTable:
        return row_fault(query_, value, parser_);
      case Op::kOpaque:
      case Op::kOneRow:
        return {};
      case Op::kProject: {
        std::map<int, Json> by_id;
        for (size_t i = 0; i < rel->columns.size(); ++i) by_id[rel->columns[i].id] = rel->exprs[i];
        return fault(rel->inputs[0], substituted(value, by_id));
      }
      case Op::kFilter:
        return fault(rel->inputs[0], value);
      case Op::kJoin:
        return join_fault(*rel, value);
      case Op::kSetOp:
        for (const RelPtr& input : rel->inputs) {
          std::map<int, Json> by_id;
          for (size_t i = 0; i < rel->columns.size(); ++i) by_id[rel->columns[i].id] = reference(input->columns[i].id);
          if (Reason found = fault(input, substituted(value, by_id))) return found;
        }
        return {};
      case Op::kAggregate:
        return aggregate_fault(*rel, value);
      case Op::kWindow:
        return window_fault(*rel, value);
      case Op::kDistinct:
        if (!rel->exprs.empty() && !decided_by(value, rel->exprs)) return make_reason("distinct_across_partitions");
        return fault(rel->inputs[0], value);
      case Op::kOrder:
        if (!rel->limit.is_null()) return make_reason("limit_across_partitions");
        return fault(rel->inputs[0], value);
    }
    return {};
  }

 private:
  Reason aggregate_fault(const Rel& rel, const Json& value) {
    std::map<int, Json> by_id;
    for (size_t i = 0; i < rel.keys; ++i) by_id[rel.columns[i].id] = rel.exprs[i];
    const std::vector<int> ids = ids_in(value);
    if (ids.empty()) return make_reason("aggregate_across_partitions");
    for (const int id : ids) {
      size_t at = 0;
      while (at < rel.keys && rel.columns[at].id != id) ++at;
      if (at == rel.keys) return find_column(rel, id) != nullptr ? make_reason("column_computed", "an aggregate") : make_reason("aggregate_across_partitions");
      const auto lacks = [&](const std::vector<size_t>& set) { return std::find(set.begin(), set.end(), at) == set.end(); };
      if (std::any_of(rel.grouping_sets.begin(), rel.grouping_sets.end(), lacks)) return make_reason("aggregate_across_partitions");
    }
    return fault(rel.inputs[0], substituted(value, by_id));
  }

  Reason window_fault(const Rel& rel, const Json& value) {
    const size_t passed = rel.columns.size() - rel.exprs.size();
    const std::vector<int> ids = ids_in(value);
    for (size_t i = 0; i < rel.exprs.size(); ++i) {
      const std::string shown = function_name(rel.exprs[i]) + "() over (…)";
      if (std::find(ids.begin(), ids.end(), rel.columns[passed + i].id) != ids.end()) return make_reason("column_computed", shown);
      const Json& partitions = rel.exprs[i].at("partitions");
      if (ids.empty() || !decided_by(value, std::vector<Json>(partitions.begin(), partitions.end()))) return make_reason("window_across_partitions", shown);
    }
    return fault(rel.inputs[0], value);
  }

  // What the join's condition equates `value` with, over the columns of `other`.
  static std::optional<Json> matched(const Rel& join, const Json& value, const Rel& other) {
    std::vector<Json> conjuncts;
    collect_conjuncts(join.exprs[0], conjuncts);
    for (const Json& conjunct : conjuncts) {
      if (!is_class(conjunct, "COMPARISON")) continue;
      const std::string type = conjunct.value("type", "");
      if (type != "COMPARE_EQUAL" && type != "COMPARE_NOT_DISTINCT_FROM") continue;
      for (const auto& [mine, others] : {std::pair("left", "right"), std::pair("right", "left")}) {
        const Json& match = conjunct.at(others);
        if (same_expression(conjunct.at(mine), value) && !ids_in(match).empty() && all_in(ids_in(match), other)) return match;
      }
    }
    return std::nullopt;
  }

  Reason join_fault(const Rel& rel, const Json& value) {
    const std::vector<int> ids = ids_in(value);
    if (ids.empty()) return make_reason("column_computed", "a constant");
    const bool from_left = all_in(ids, *rel.inputs[0]);
    if (!from_left && !all_in(ids, *rel.inputs[1])) return make_reason("column_of_other_side");
    const bool keeps = rel.join == JoinKind::kInner ||
                       (from_left ? rel.join == JoinKind::kLeft || rel.join == JoinKind::kSemi || rel.join == JoinKind::kAnti : rel.join == JoinKind::kRight);
    if (!keeps) return make_reason("join_may_lack_row");
    const RelPtr &own = rel.inputs[from_left ? 0 : 1], &other = rel.inputs[from_left ? 1 : 0];
    if (reads_sources(query_, other, tables_)) {
      if (!reads_sources(query_, own, tables_)) return make_reason("column_of_other_side");
      const auto match = matched(rel, value, *other);
      if (!match) return make_reason("join_across_partitions");
      if (Reason found = fault(other, *match)) return found;
    }
    return fault(own, value);
  }

  const Query& query_;
  const TableNames& tables_;
  SqlParser& parser_;
};

}  // namespace

Reason partition_fault(const Query& query, const RelPtr& rel, const Json& value, const TableNames& tables, SqlParser& parser) {
  if (!reads_sources(query, rel, tables)) return make_reason("no_files_read");
  return Walk(query, tables, parser).fault(rel, value);
}

}  // namespace tidemark::sql
