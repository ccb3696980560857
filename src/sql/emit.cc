#include "sql/emit.h"

#include "base/error.h"
#include "sql/tree.h"

namespace tidemark::sql {

namespace {

constexpr const char* kNoRows = "f";

Json false_constant() { return cast_expression(constant_string(kNoRows), Json{{"id", "BOOLEAN"}, {"type_info", nullptr}}); }

Json null_of(const Rel& rel, const std::string& type) {
  Json null = constant_string("");
  null["value"] = Json{{"type", Json{{"id", "NULL"}, {"type_info", nullptr}}}, {"is_null", true}};
  return cast_expression(std::move(null), rel.types->at(type));
}

std::string join_type(JoinKind kind) {
  switch (kind) {
    case JoinKind::kInner:
      return "INNER";
    case JoinKind::kLeft:
      return "LEFT";
    case JoinKind::kRight:
      return "RIGHT";
    case JoinKind::kFull:
      return "FULL";
    case JoinKind::kSemi:
      return "SEMI";
    case JoinKind::kAnti:
      return "ANTI";
  }
  return "INNER";
}

class Emitter {
 public:
  Emitter(const Query& query, const EmitOptions& options) : query_(query), options_(options) {}

  Json node(const RelPtr& rel) {
    if (options_.instead) {
      if (auto other = options_.instead(rel)) return select_node(references(rel->columns), std::move(*other));
    }
    return emit(*rel);
  }

  Json from(const RelPtr& rel) { return subquery_ref(node(rel), "s" + std::to_string(++subqueries_)); }

 private:
  static std::vector<Json> references(const std::vector<Column>& columns) {
    std::vector<Json> out;
    for (const Column& column : columns) out.push_back(with_alias(reference(column.id), column_name(column.id)));
    if (out.empty()) out.push_back(with_alias(constant_integer(1), "c0"));
    return out;
  }

  // An expression with its subqueries put back.
  Json expression(const Json& bound) {
    Json out = bound;
    if (const auto index = bound.find("tm_subquery"); index != bound.end()) {
      out["subquery"] = Json{{"node", node(query_.subqueries.at(index->get<size_t>()))}, {"named_param_map", Json::array()}};
      out.erase("tm_subquery");
    }
    for_each_child(out, [&](Json& child) {
      const std::string alias = child.value("alias", "");
      child = expression(child);
      child["alias"] = alias;
    });
    return out;
  }

  Json named(const Json& bound, int id) { return with_alias(expression(bound), column_name(id)); }

  Json scan(const Rel& rel) {
    const std::vector<std::string> files = options_.files ? options_.files(rel) : std::vector<std::string>();
    std::vector<Json> list;
    if (files.empty()) {
      for (const Column& column : rel.columns) list.push_back(with_alias(null_of(rel, column.type), column_name(column.id)));
      if (list.empty()) list.push_back(with_alias(constant_integer(1), "c0"));
      return select_node(std::move(list), empty_from(), false_constant());
    }
    BoundScan bound{files, {}, rel.scan.form};
    for (const Column& column : rel.columns) {
      list.push_back(with_alias(column_ref("f", column.name), column_name(column.id)));
      if (!column.is_virtual) bound.columns.push_back({column.name, column.type});
    }
    if (list.empty()) list.push_back(with_alias(constant_integer(1), "c0"));
    return select_node(std::move(list), scan_ref(bound, "f"));
  }

  Json table(const Rel& rel) {
    std::vector<Json> list;
    for (const Column& column : rel.columns) list.push_back(with_alias(column_ref("t", column.name), column_name(column.id)));
    if (list.empty()) list.push_back(with_alias(constant_integer(1), "c0"));
    Json ref = Json::object();
    ref["type"] = "BASE_TABLE";
    ref["alias"] = "t";
    ref["sample"] = nullptr;
    const size_t parts = rel.table.size();
    ref["schema_name"] = parts >= 2 ? rel.table[parts - 2] : "";
    ref["table_name"] = rel.table[parts - 1];
    ref["column_name_alias"] = Json::array();
    ref["catalog_name"] = parts >= 3 ? rel.table[parts - 3] : "";
    ref["at_clause"] = nullptr;
    return select_node(std::move(list), std::move(ref));
  }

  Json opaque(const Rel& rel) {
    Json ref = rel.tree;
    ref.erase("query_location");
    Json aliases = Json::array();
    for (const Column& column : rel.columns) aliases.push_back(column_name(column.id));
    ref["alias"] = "o";
    ref["column_name_alias"] = std::move(aliases);
    return select_node(references(rel.columns), std::move(ref));
  }

  Json join(const Rel& rel) {
    Json ref = Json::object();
    ref["type"] = "JOIN";
    ref["alias"] = "";
    ref["sample"] = nullptr;
    ref["left"] = from(rel.inputs[0]);
    ref["right"] = from(rel.inputs[1]);
    const bool cross = rel.exprs[0].is_null();
    ref["condition"] = cross ? cast_expression(constant_string("t"), Json{{"id", "BOOLEAN"}, {"type_info", nullptr}}) : expression(rel.exprs[0]);
    ref["join_type"] = join_type(rel.join);
    ref["ref_type"] = "REGULAR";
    ref["using_columns"] = Json::array();
    return select_node(references(rel.columns), std::move(ref));
  }

  Json set_operation(const Rel& rel) {
    static constexpr const char* kNames[] = {"UNION", "EXCEPT", "INTERSECT"};
    Json set = Json::object();
    set["type"] = "SET_OPERATION_NODE";
    set["modifiers"] = Json::array();
    set["cte_map"] = Json{{"map", Json::array()}};
    set["setop_type"] = kNames[static_cast<int>(rel.set)];
    set["left"] = node(rel.inputs[0]);
    set["right"] = node(rel.inputs[1]);
    set["setop_all"] = rel.all;
    Json ref = subquery_ref(std::move(set), "u" + std::to_string(++subqueries_));
    for (const Column& column : rel.columns) ref["column_name_alias"].push_back(column_name(column.id));
    return select_node(references(rel.columns), std::move(ref));
  }

  Json aggregate(const Rel& rel) {
    std::vector<Json> list;
    for (size_t i = 0; i < rel.columns.size(); ++i) list.push_back(named(rel.exprs[i], rel.columns[i].id));
    // One row, whatever there is below.
    if (list.empty()) list.push_back(with_alias(function_call("count_star", {}), "c0"));
    Json out = select_node(std::move(list), from(rel.inputs[0]));
    for (size_t i = 0; i < rel.keys; ++i) out["group_expressions"].push_back(rel.exprs[i]);
    if (!rel.grouping_sets.empty()) {
      out["group_sets"] = rel.grouping_sets;
    } else if (rel.keys > 0) {
      Json all = Json::array();
      for (size_t i = 0; i < rel.keys; ++i) all.push_back(i);
      out["group_sets"].push_back(std::move(all));
    }
    return out;
  }

  Json emit(const Rel& rel) {
    switch (rel.op) {
      case Op::kFiles:
        return scan(rel);
      case Op::kTable:
        return table(rel);
      case Op::kOpaque:
        return opaque(rel);
      case Op::kOneRow:
        return select_node({with_alias(constant_integer(1), "c0")}, empty_from());
      case Op::kJoin:
        return join(rel);
      case Op::kSetOp:
        return set_operation(rel);
      case Op::kAggregate:
        return aggregate(rel);
      case Op::kProject: {
        std::vector<Json> list;
        for (size_t i = 0; i < rel.columns.size(); ++i) list.push_back(named(rel.exprs[i], rel.columns[i].id));
        if (list.empty()) list.push_back(with_alias(constant_integer(1), "c0"));
        return select_node(std::move(list), rel.inputs[0]->op == Op::kOneRow ? empty_from() : from(rel.inputs[0]));
      }
      case Op::kFilter:
        return select_node(references(rel.columns), from(rel.inputs[0]), expression(rel.exprs[0]));
      case Op::kWindow: {
        const size_t passed = rel.columns.size() - rel.exprs.size();
        std::vector<Json> list = references({rel.columns.begin(), rel.columns.begin() + static_cast<std::ptrdiff_t>(passed)});
        if (passed == 0) list.clear();
        for (size_t i = 0; i < rel.exprs.size(); ++i) list.push_back(named(rel.exprs[i], rel.columns[passed + i].id));
        return select_node(std::move(list), from(rel.inputs[0]));
      }
      case Op::kDistinct: {
        Json out = select_node(references(rel.columns), from(rel.inputs[0]));
        out["modifiers"].push_back(Json{{"type", "DISTINCT_MODIFIER"}, {"distinct_on_targets", rel.exprs.empty() ? Json::array() : Json(rel.exprs)}});
        if (!rel.orders.empty()) out["modifiers"].push_back(orders_modifier(rel.orders));
        return out;
      }
      case Op::kOrder: {
        Json out = select_node(references(rel.columns), from(rel.inputs[0]));
        if (!rel.orders.empty()) out["modifiers"].push_back(orders_modifier(rel.orders));
        out["modifiers"].push_back(rel.limit);
        return out;
      }
    }
    throw Error("TM9502", "a relation of no kind");
  }

  const Query& query_;
  const EmitOptions& options_;
  int subqueries_ = 0;
};

}  // namespace

Json emit_relation(const Query& query, const RelPtr& root, const EmitOptions& options) { return make_tree(Emitter(query, options).node(root)); }

Json emit_query(const Query& query, const std::vector<std::string>& names, const EmitOptions& options) {
  std::vector<Json> list;
  for (size_t i = 0; i < query.root->columns.size(); ++i) list.push_back(with_alias(reference(query.root->columns[i].id), names.at(i)));
  return make_tree(select_node(std::move(list), Emitter(query, options).from(query.root)));
}

}  // namespace tidemark::sql
