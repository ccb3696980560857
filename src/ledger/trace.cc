#include "ledger/trace.h"

#include <algorithm>
#include <map>

#include "sql/emit.h"
#include "sql/functions.h"
#include "sql/push_filters.h"
#include "sql/tree.h"

namespace tidemark::ledger {

namespace {

using sql::Op;
using sql::Rel;
using sql::RelPtr;

constexpr size_t kLongestExpression = 100'000;  // bytes as JSON: nested CASEs grow by substitution

// What decides whether a row is there. Only filters leave rows out when they are not true.
struct Condition {
  Json expression;
  bool is_filter = false;
};

// What goes down to one scan.
struct Path {
  Json value;
  std::vector<Condition> conditions;  // the topmost first
};

std::vector<int> ids_of(const Json& expression) {
  std::vector<int> ids;
  if (!expression.is_null()) sql::collect_ids(expression, ids);
  return ids;
}

bool all_in(const std::vector<int>& ids, const Rel& rel) {
  return std::all_of(ids.begin(), ids.end(), [&](int id) { return sql::find_column(rel, id) != nullptr; });
}

bool same_expression(Json a, Json b) {
  a["alias"] = "";
  b["alias"] = "";
  return a == b;
}

Path substituted(const Path& path, const std::map<int, Json>& by_id) {
  const auto with = [&](int id) -> const Json* {
    const auto found = by_id.find(id);
    return found == by_id.end() ? nullptr : &found->second;
  };
  Path out;
  out.value = sql::substitute(path.value, with);
  for (const Condition& condition : path.conditions) out.conditions.push_back({sql::substitute(condition.expression, with), condition.is_filter});
  return out;
}

bool is_equality(const Json& expression) {
  if (!sql::is_class(expression, "COMPARISON")) return false;
  const std::string type = expression.value("type", "");
  return type == "COMPARE_EQUAL" || type == "COMPARE_NOT_DISTINCT_FROM";
}

// Whether rows that agree in all of `keys` agree in `value`.
bool decided_by(const Json& value, const std::vector<Json>& keys) {
  if (std::any_of(keys.begin(), keys.end(), [&](const Json& key) { return same_expression(key, value); })) return true;
  const std::vector<int> ids = ids_of(value);
  return std::all_of(ids.begin(), ids.end(),
                     [&](int id) { return std::any_of(keys.begin(), keys.end(), [&](const Json& key) { return sql::column_id(key) == id; }); });
}

class Tracer {
 public:
  Tracer(const sql::Query& query, const sql::TableNames& tables, SqlParser& parser) : query_(query), tables_(tables), parser_(parser) {}

  std::vector<ScanTrace> trace(int column) {
    walk(query_.root, {sql::reference(column), {}});
    std::vector<ScanTrace> out;
    for (const RelPtr& rel : sql::relations_below(query_, query_.root)) {
      if (!sql::is_source(*rel, tables_)) continue;
      const auto found = found_.find(rel.get());
      out.push_back(found != found_.end() ? found->second : ScanTrace{rel, {}, {}, make_reason("subquery_reads_files")});
    }
    return out;
  }

 private:
  void untraced(const RelPtr& below, const Reason& reason) {
    for (const RelPtr& rel : sql::relations_below(query_, below)) {
      if (sql::is_source(*rel, tables_)) found_[rel.get()] = {rel, {}, {}, reason};
    }
  }

  void walk(const RelPtr& rel, Path path) {
    if (path.value.dump().size() > kLongestExpression) return untraced(rel, make_reason("query_too_large"));
    switch (rel->op) {
      case Op::kFiles:
        return arrive(rel, path);
      case Op::kTable:
        if (tables_.contains(rel->table)) arrive(rel, path);
        return;
      case Op::kOpaque:
      case Op::kOneRow:
        return;
      case Op::kProject: {
        std::map<int, Json> by_id;
        for (size_t i = 0; i < rel->columns.size(); ++i) by_id[rel->columns[i].id] = rel->exprs[i];
        return walk(rel->inputs[0], substituted(path, by_id));
      }
      case Op::kFilter:
        path.conditions.push_back({rel->exprs[0], true});
        return walk(rel->inputs[0], std::move(path));
      case Op::kJoin:
        return walk_join(rel, std::move(path));
      case Op::kSetOp:
        return walk_set(rel, path);
      case Op::kAggregate:
        return walk_aggregate(rel, path);
      case Op::kWindow:
        return walk_window(rel, path);
      case Op::kDistinct:
        if (!rel->exprs.empty() && !decided_by(path.value, rel->exprs)) return untraced(rel, make_reason("distinct_across_partitions"));
        return walk(rel->inputs[0], std::move(path));
      case Op::kOrder:
        if (!rel->limit.is_null()) return untraced(rel, make_reason("limit_across_partitions"));
        return walk(rel->inputs[0], std::move(path));
    }
  }

  void arrive(const RelPtr& rel, const Path& path) {
    if (const auto known = found_.find(rel.get()); known != found_.end() && known->second.untraced) return;
    ScanTrace out{rel, path.value, {}, sql::row_fault(query_, path.value, parser_)};
    if (out.untraced) out.value = Json();
    for (auto condition = path.conditions.rbegin(); condition != path.conditions.rend(); ++condition) {
      const Json& expression = condition->expression;
      const bool usable = condition->is_filter && all_in(ids_of(expression), *rel) && !sql::row_fault(query_, expression, parser_);
      if (usable && !out.untraced && expression.dump().size() <= kLongestExpression) out.conditions.push_back(expression);
    }
    found_[rel.get()] = std::move(out);
  }

  // `exprs[0]` matches rows of `other` with those of one value only: the expression over `other` that equals `value`.
  std::optional<Json> matched(const Rel& join, const Json& value, const RelPtr& own, const RelPtr& other) {
    std::vector<Json> conjuncts;
    sql::collect_conjuncts(join.exprs[0], conjuncts);
    for (const Json& conjunct : conjuncts) {
      if (!is_equality(conjunct)) continue;
      for (const auto& [mine, others] : {std::pair("left", "right"), std::pair("right", "left")}) {
        const Json& match = conjunct.at(others);
        if (!same_expression(conjunct.at(mine), value) || ids_of(match).empty() || !all_in(ids_of(match), *other)) continue;
        if (type_of(own, value) == type_of(other, match)) return match;
      }
    }
    return std::nullopt;
  }

  void walk_join(const RelPtr& rel, Path path) {
    const RelPtr &left = rel->inputs[0], &right = rel->inputs[1];
    const std::vector<int> ids = ids_of(path.value);
    using sql::JoinKind;
    if (!rel->exprs[0].is_null()) path.conditions.push_back({rel->exprs[0], false});
    if (ids.empty()) {
      walk(left, path);
      return walk(right, path);
    }
    const bool from_left = all_in(ids, *left);
    if (!from_left && !all_in(ids, *right)) return untraced(rel, make_reason("column_of_other_side"));
    const bool keeps =
        rel->join == JoinKind::kInner ||
        (from_left ? rel->join == JoinKind::kLeft || rel->join == JoinKind::kSemi || rel->join == JoinKind::kAnti : rel->join == JoinKind::kRight);
    if (!keeps) return untraced(rel, make_reason("join_may_lack_row"));
    const RelPtr &own = from_left ? left : right, &other = from_left ? right : left;
    if (!sql::reads_sources(query_, own, tables_)) return untraced(other, make_reason("column_of_other_side"));
    if (sql::reads_sources(query_, other, tables_)) {
      if (const auto match = matched(*rel, path.value, own, other)) {
        Path across = path;
        across.value = *match;
        // A row that leaves its partner alone (NULLs in its place) may meet a condition that it does not meet itself.
        if (rel->join != JoinKind::kInner) {
          for (Condition& condition : across.conditions) condition.is_filter = false;
        }
        walk(other, std::move(across));
      } else {
        untraced(other, make_reason("join_across_partitions"));
      }
    }
    walk(own, std::move(path));
  }

  void walk_set(const RelPtr& rel, const Path& path) {
    const std::vector<ColumnType> types = types_of(rel);
    for (const RelPtr& input : rel->inputs) {
      const std::vector<ColumnType> own = types_of(input);
      std::map<int, Json> by_id;
      for (size_t i = 0; i < rel->columns.size(); ++i) {
        Json column = sql::reference(input->columns[i].id);
        by_id[rel->columns[i].id] = own[i].type == types[i].type ? std::move(column) : sql::cast_expression(std::move(column), type_tree(types[i].type));
      }
      walk(input, substituted(path, by_id));
    }
  }

  void walk_aggregate(const RelPtr& rel, const Path& path) {
    std::map<int, Json> by_id;
    std::map<int, size_t> keys;
    for (size_t i = 0; i < rel->columns.size(); ++i) {
      by_id[rel->columns[i].id] = rel->exprs[i];
      if (i < rel->keys) keys[rel->columns[i].id] = i;
    }
    for (const int id : ids_of(path.value)) {
      const auto key = keys.find(id);
      if (key == keys.end()) return untraced(rel, make_reason("column_computed", "an aggregate"));
      const auto lacks = [&](const std::vector<size_t>& set) { return std::find(set.begin(), set.end(), key->second) == set.end(); };
      if (std::any_of(rel->grouping_sets.begin(), rel->grouping_sets.end(), lacks)) return untraced(rel, make_reason("aggregate_across_partitions"));
    }
    Path below = substituted(path, by_id);
    for (size_t i = 0; i < path.conditions.size(); ++i) {
      const std::vector<int> ids = ids_of(path.conditions[i].expression);
      if (!std::all_of(ids.begin(), ids.end(), [&](int id) { return keys.contains(id); })) below.conditions[i].is_filter = false;
    }
    walk(rel->inputs[0], std::move(below));
  }

  void walk_window(const RelPtr& rel, const Path& path) {
    const size_t passed = rel->columns.size() - rel->exprs.size();
    std::map<int, Json> windows;
    for (size_t i = 0; i < rel->exprs.size(); ++i) windows[rel->columns[passed + i].id] = rel->exprs[i];
    for (const int id : ids_of(path.value)) {
      if (windows.contains(id)) return untraced(rel, make_reason("column_computed", sql::function_name(windows[id]) + "() over (…)"));
    }
    Path below = substituted(path, windows);
    for (size_t i = 0; i < path.conditions.size(); ++i) {
      for (const int id : ids_of(path.conditions[i].expression)) {
        if (!windows.contains(id)) continue;
        below.conditions[i].is_filter = false;
        const Json& partitions = windows[id].at("partitions");
        if (!decided_by(path.value, std::vector<Json>(partitions.begin(), partitions.end())))
          return untraced(rel, make_reason("window_across_partitions", sql::function_name(windows[id]) + "() over (…)"));
      }
    }
    walk(rel->inputs[0], std::move(below));
  }

  std::vector<ColumnType> types_of(const RelPtr& rel) { return parser_.describe(parser_.print(sql::emit_relation(query_, rel, {}))); }

  std::string type_of(const RelPtr& rel, const Json& expression) {
    Rel project;
    project.op = Op::kProject;
    project.inputs = {rel};
    project.columns = {{0, "", "", false}};
    project.exprs = {expression};
    return types_of(std::make_shared<const Rel>(std::move(project))).at(0).type;
  }

  Json type_tree(const std::string& type) {
    const Json tree = without_locations(parser_.parse("SELECT CAST(NULL AS " + type + ")"));
    return sql::statement_node(tree).at("select_list").at(0).at("cast_type");
  }

  const sql::Query& query_;
  const sql::TableNames& tables_;
  SqlParser& parser_;
  std::map<const Rel*, ScanTrace> found_;
};

}  // namespace

std::vector<ScanTrace> trace_column(const sql::Query& query, int column, const sql::TableNames& tables, SqlParser& parser) {
  return Tracer(query, tables, parser).trace(column);
}

}  // namespace tidemark::ledger
