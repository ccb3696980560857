#include "sql/total_order.h"

#include <algorithm>

#include "base/strings.h"
#include "sql/aggregates.h"
#include "sql/functions.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

using Keys = std::vector<std::set<int>>;

constexpr size_t kMostKeys = 32;

std::set<int> ids_of(const std::vector<Column>& columns) {
  std::set<int> out;
  for (const Column& column : columns) out.insert(column.id);
  return out;
}

Keys file_keys(const Rel& rel) {
  std::set<int> key;
  for (const Column& column : rel.columns) {
    if (column.is_virtual && (column.name == "filename" || column.name == "file_row_number")) key.insert(column.id);
  }
  return key.size() == 2 ? Keys{key} : Keys{};
}

Keys projected(const Rel& rel, const Keys& below) {
  Keys out;
  for (const std::set<int>& key : below) {
    std::set<int> renamed;
    const bool kept = std::all_of(key.begin(), key.end(), [&](int id) {
      for (size_t i = 0; i < rel.columns.size(); ++i) {
        if (column_id(rel.exprs[i]) != id) continue;
        renamed.insert(rel.columns[i].id);
        return true;
      }
      return false;
    });
    if (kept) out.push_back(std::move(renamed));
  }
  return out;
}

void collect_equated(const Json& condition, std::set<int>& ids) {
  if (condition.is_null()) return;
  if (is_class(condition, "CONJUNCTION") && condition.value("type", "") == "CONJUNCTION_AND") {
    for (const Json& child : condition.at("children")) collect_equated(child, ids);
  } else if (is_class(condition, "COMPARISON") && condition.value("type", "") == "COMPARE_EQUAL") {
    const int left = column_id(condition.at("left")), right = column_id(condition.at("right"));
    if (left >= 0 && right >= 0) ids.insert({left, right});
  }
}

bool covers(const std::set<int>& ids, const Keys& keys) {
  return std::any_of(keys.begin(), keys.end(), [&](const std::set<int>& key) { return std::includes(ids.begin(), ids.end(), key.begin(), key.end()); });
}

Keys joined(const Rel& rel, const Keys& left, const Keys& right) {
  if (rel.join == JoinKind::kSemi || rel.join == JoinKind::kAnti) return left;
  if (rel.join == JoinKind::kFull) return {};
  std::set<int> equated;
  collect_equated(rel.exprs[0], equated);
  Keys out;
  // Each row of one side meets one row of the other at most.
  if (covers(equated, right) && rel.join != JoinKind::kRight) out.insert(out.end(), left.begin(), left.end());
  if (covers(equated, left) && rel.join != JoinKind::kLeft) out.insert(out.end(), right.begin(), right.end());
  for (const std::set<int>& a : left) {
    for (const std::set<int>& b : right) {
      std::set<int> both = a;
      both.insert(b.begin(), b.end());
      if (out.size() < kMostKeys) out.push_back(std::move(both));
    }
  }
  return out;
}

Keys numbered(const Rel& rel, Keys keys) {
  const size_t passed = rel.columns.size() - rel.exprs.size();
  for (size_t i = 0; i < rel.exprs.size(); ++i) {
    if (rel.exprs[i].value("type", "") != "WINDOW_ROW_NUMBER") continue;
    std::set<int> key{rel.columns[passed + i].id};
    bool plain = true;
    for (const Json& partition : rel.exprs[i].at("partitions")) {
      const int id = column_id(partition);
      plain = plain && id >= 0 && find_column(rel, id) != nullptr;
      key.insert(id);
    }
    if (plain) keys.push_back(std::move(key));
  }
  return keys;
}

class Judge {
 public:
  Judge(const Query& query, SqlParser& parser) : query_(query), parser_(parser) {}

  Reason fault(const Rel& rel) {
    if (Reason collated = collation_fault(rel)) return collated;
    switch (rel.op) {
      case Op::kFiles:
        for (const Column& column : rel.columns) {
          if (column.is_virtual && column.name == "file_index") return make_reason("volatile_function", "file_index");
        }
        return {};
      case Op::kOpaque:
        return opaque_fault(rel.tree);
      case Op::kProject:
      case Op::kFilter:
      case Op::kJoin:
        return expressions_fault(rel.exprs);
      case Op::kAggregate:
        return aggregates_fault(rel);
      case Op::kWindow:
        return windows_fault(rel);
      case Op::kDistinct:
        return distinct_fault(rel);
      case Op::kOrder:
        return limit_fault(rel);
      case Op::kTable:
      case Op::kOneRow:
      case Op::kSetOp:
        return {};
    }
    return {};
  }

 private:
  // Texts that are equal under a collation differ, and which of them stands for all is not decided.
  static Reason collation_fault(const Rel& rel) {
    const auto collates = [](const Json& expression) {
      return !expression.is_null() && any_expression(expression, [](const Json& e) { return is_class(e, "COLLATE"); });
    };
    bool found = std::any_of(rel.exprs.begin(), rel.exprs.end(), collates);
    for (const Json& order : rel.orders) found = found || collates(order.at("expression"));
    return found ? make_reason("unsupported_expression", "collate") : Reason();
  }

  Reason expressions_fault(const std::vector<Json>& expressions) {
    for (const Json& expression : expressions) {
      if (Reason fault = value_fault(expression, parser_)) return fault;
    }
    return {};
  }

  // Every function call anywhere in a FROM-clause node.
  Reason opaque_fault(const Json& node) {
    if (node.is_array()) {
      for (const Json& item : node) {
        if (Reason fault = opaque_fault(item)) return fault;
      }
      return {};
    }
    if (!node.is_object()) return {};
    if (is_class(node, "FUNCTION") && function_name(node) != "unnest") {
      if (Reason fault = value_fault(node, parser_)) return fault;
    }
    for (const auto& [key, value] : node.items()) {
      if (Reason fault = opaque_fault(value)) return fault;
    }
    return {};
  }

  Reason aggregates_fault(const Rel& rel) {
    const Keys keys = unique_keys(query_, rel.inputs[0]);
    std::vector<int> grouped;
    for (size_t i = 0; i < rel.keys; ++i) grouped.push_back(column_id(rel.exprs[i]));
    if (!rel.grouping_sets.empty()) grouped.clear();
    for (size_t i = rel.keys; i < rel.exprs.size(); ++i) {
      if (Reason fault = aggregate_fault(rel.exprs[i], rel.exprs[i].at("order_bys").at("orders"), grouped, keys)) return fault;
    }
    return {};
  }

  Reason arguments_fault(const Json& call) {
    Reason fault;
    for_each_child(call, [&](const Json& child) {
      if (!fault) fault = value_fault(child, parser_);
    });
    return fault;
  }

  Reason aggregate_fault(const Json& call, const Json& orders, const std::vector<int>& grouped, const Keys& keys) {
    const std::string name = function_name(call);
    const Aggregate* known = find_aggregate(name);
    if (known == nullptr) return make_reason("unknown_aggregate", name + "()");
    if (Reason fault = arguments_fault(call)) return fault;
    const std::vector<Json> arguments(call.at("children").begin(), call.at("children").end());
    const bool pair = picks_by_pair(call);
    // Which row stands for those that tie is decided where the rows are grouped: see exact_query().
    const bool decided = pair && is_class(call, "FUNCTION") && arguments.size() == 2 && orders.empty();
    if (decided || (!known->needs_order && !pair)) return {};
    if (order_decides(orders, arguments, grouped, keys)) return {};
    return make_reason("order_not_total", name + "()");
  }

  Reason windows_fault(const Rel& rel) {
    const Keys keys = unique_keys(query_, rel.inputs[0]);
    for (const Json& window : rel.exprs) {
      if (Reason fault = window_fault(window, keys)) return fault;
    }
    return {};
  }

  Reason window_fault(const Json& window, const Keys& keys) {
    const std::string type = window.at("type").get<std::string>();
    const std::string shown = function_name(window) + "() over (…)";
    std::vector<int> together;
    for (const Json& partition : window.at("partitions")) {
      if (const int id = column_id(partition); id >= 0) together.push_back(id);
    }
    if (type == "WINDOW_AGGREGATE") {
      const Json own = window.value("arg_orders", Json::array());
      if (Reason fault = aggregate_fault(window, own.empty() ? window.at("orders") : own, together, keys)) return fault;
      if (!counts_rows(window)) return {};
    } else {
      if (Reason fault = arguments_fault(window)) return fault;
      static const std::set<std::string, std::less<>> kByPeers{"WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_PERCENT_RANK", "WINDOW_CUME_DIST"};
      static const std::set<std::string, std::less<>> kByRows{"WINDOW_ROW_NUMBER",  "WINDOW_NTILE",      "WINDOW_LEAD",     "WINDOW_LAG",
                                                              "WINDOW_FIRST_VALUE", "WINDOW_LAST_VALUE", "WINDOW_NTH_VALUE"};
      if (kByPeers.contains(type)) return {};
      if (!kByRows.contains(type)) return make_reason("unknown_aggregate", shown);
    }
    return order_decides(window.at("orders"), {}, together, keys) ? Reason() : make_reason("order_not_total", shown);
  }

  // A frame that ends between rows of which the order does not say which comes first.
  static bool counts_rows(const Json& window) {
    const auto is_rows = [&](const char* key) { return window.at(key).get<std::string>().ends_with("_ROWS"); };
    return is_rows("start") || is_rows("end");
  }

  Reason distinct_fault(const Rel& rel) {
    if (rel.exprs.empty()) return {};
    std::vector<int> on;
    for (const Json& target : rel.exprs) {
      if (const int id = column_id(target); id >= 0) on.push_back(id);
    }
    return order_decides(rel.orders, {}, on, unique_keys(query_, rel.inputs[0])) ? Reason() : make_reason("order_not_total", "DISTINCT ON");
  }

  Reason limit_fault(const Rel& rel) {
    if (rel.limit.is_null()) return {};
    // Rows that are equal in all columns may stand for each other.
    std::vector<Json> all;
    for (const Column& column : rel.columns) all.push_back(reference(column.id));
    if (order_decides(rel.orders, all, {}, unique_keys(query_, rel.inputs[0]))) return {};
    return make_reason("limit_without_order");
  }

  const Query& query_;
  SqlParser& parser_;
};

}  // namespace

std::vector<std::set<int>> unique_keys(const Query& query, const RelPtr& rel) {
  const auto below = [&](size_t i) { return unique_keys(query, rel->inputs[i]); };
  switch (rel->op) {
    case Op::kFiles:
      return file_keys(*rel);
    case Op::kTable:
    case Op::kOpaque:
      return {};
    case Op::kOneRow:
      return {{}};
    case Op::kProject:
      return projected(*rel, below(0));
    case Op::kFilter:
      return below(0);
    case Op::kOrder: {
      Keys keys = below(0);
      return keys;
    }
    case Op::kJoin:
      return joined(*rel, below(0), below(1));
    case Op::kSetOp:
      return rel->all ? Keys{} : Keys{ids_of(rel->columns)};
    case Op::kAggregate: {
      if (!rel->grouping_sets.empty()) return {};
      std::set<int> key;
      for (size_t i = 0; i < rel->keys; ++i) key.insert(rel->columns[i].id);
      return {key};
    }
    case Op::kWindow:
      return numbered(*rel, below(0));
    case Op::kDistinct: {
      Keys keys = below(0);
      std::set<int> on;
      for (const Json& target : rel->exprs) on.insert(column_id(target));
      if (!on.contains(-1)) keys.push_back(on.empty() ? ids_of(rel->columns) : on);
      return keys;
    }
  }
  return {};
}

Reason result_fault(const Query& query, const RelPtr& root, SqlParser& parser) {
  Judge judge(query, parser);
  for (const RelPtr& rel : relations_below(query, root)) {
    if (Reason fault = judge.fault(*rel)) return fault;
  }
  return {};
}

}  // namespace tidemark::sql
