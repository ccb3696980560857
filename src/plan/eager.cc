#include "plan/eager.h"

#include <algorithm>
#include <map>
#include <set>

#include "sql/building.h"
#include "sql/exact.h"
#include "sql/push_filters.h"
#include "sql/tree.h"

namespace tidemark::plan {

namespace {

using sql::Column;
using sql::Op;
using sql::Rel;
using sql::RelPtr;
using sql::share;

bool reads_tables(const sql::Query& query, const RelPtr& root) {
  const std::vector<RelPtr> all = sql::relations_below(query, root);
  return std::any_of(all.begin(), all.end(), [](const RelPtr& rel) { return rel->op == Op::kTable || rel->op == Op::kOpaque || rel->op == Op::kOneRow; });
}

struct CannotSplit {};

// The joins and filters above the files' rows, without projections between them.
class Flattening {
 public:
  explicit Flattening(const sql::Query& query) : query_(query) {}

  RelPtr run(const RelPtr& rel) { return flat(rel); }
  Json over_flat(const Json& expression) const {
    return sql::substitute(expression, [&](int id) -> const Json* {
      const auto found = by_id_.find(id);
      return found == by_id_.end() ? nullptr : &found->second;
    });
  }
  const RelPtr& leaf() const { return leaf_; }
  const std::vector<Json>& conditions() const { return conditions_; }
  // A row above may have no row of the leaf.
  bool may_lack() const { return may_lack_; }

 private:
  RelPtr flat(const RelPtr& rel) {
    if (!reads_tables(query_, rel)) {
      leaf_ = rel;
      return rel;
    }
    Rel out = *rel;
    switch (rel->op) {
      case Op::kProject: {
        RelPtr below = flat(rel->inputs[0]);
        std::map<int, Json> computed;
        for (size_t i = 0; i < rel->columns.size(); ++i) computed[rel->columns[i].id] = over_flat(rel->exprs[i]);
        for (auto& [id, expression] : computed) {
          if (sql::column_id(expression) != id) by_id_[id] = std::move(expression);
        }
        return below;
      }
      case Op::kFilter:
        out.inputs[0] = flat(rel->inputs[0]);
        out.columns = out.inputs[0]->columns;
        break;
      case Op::kJoin: {
        const size_t side = sql::reads_files(query_, rel->inputs[0]) ? 0 : 1;
        using sql::JoinKind;
        const bool keeps =
            rel->join == JoinKind::kInner || (side == 0 ? rel->join != JoinKind::kRight && rel->join != JoinKind::kFull : rel->join == JoinKind::kRight);
        const bool lacks = rel->join == (side == 0 ? JoinKind::kRight : JoinKind::kLeft);
        if (!keeps && !lacks) throw CannotSplit();
        may_lack_ = may_lack_ || lacks;
        out.inputs[side] = flat(rel->inputs[side]);
        // What is computed below such a join is NULL above it where there is no row.
        if (may_lack_ && !by_id_.empty()) throw CannotSplit();
        out.columns = out.inputs[0]->columns;
        if (rel->join != sql::JoinKind::kSemi && rel->join != sql::JoinKind::kAnti)
          out.columns.insert(out.columns.end(), out.inputs[1]->columns.begin(), out.inputs[1]->columns.end());
        break;
      }
      default:
        throw CannotSplit();
    }
    if (!out.exprs[0].is_null()) {
      out.exprs[0] = over_flat(out.exprs[0]);
      conditions_.push_back(out.exprs[0]);
    }
    return share(std::move(out));
  }

  const sql::Query& query_;
  RelPtr leaf_;
  std::map<int, Json> by_id_;  // columns of projections that were left out
  std::vector<Json> conditions_;
  bool may_lack_ = false;
};

// Parts of expressions that are about the leaf alone, each a key.
class Keys {
 public:
  Keys(const RelPtr& leaf, bool columns_only, int next_id) : leaf_(leaf), columns_only_(columns_only), next_id_(next_id) {}

  Json over_groups(const Json& expression) {
    if (sql::is_class(expression, "SUBQUERY")) throw CannotSplit();
    std::vector<int> ids;
    sql::collect_ids(expression, ids);
    const bool nested = sql::any_expression(expression, [](const Json& e) { return sql::is_class(e, "SUBQUERY"); });
    const bool own = !nested && (!columns_only_ || sql::column_id(expression) >= 0) && !ids.empty() &&
                     std::all_of(ids.begin(), ids.end(), [&](int id) { return sql::find_column(*leaf_, id) != nullptr; });
    if (own) return key(expression);
    Json out = expression;
    sql::for_each_child(out, [&](Json& child) {
      const std::string alias = child.value("alias", "");
      child = over_groups(child);
      child["alias"] = alias;
    });
    return out;
  }

  std::vector<Json> keys;
  std::vector<Column> columns;

 private:
  Json key(Json expression) {
    expression["alias"] = "";
    const auto known = std::find(keys.begin(), keys.end(), expression);
    const auto at = static_cast<size_t>(known - keys.begin());
    if (known == keys.end()) {
      keys.push_back(std::move(expression));
      columns.push_back({next_id_++, "k" + std::to_string(at), "", false});
    }
    return sql::reference(columns[at].id);
  }

  const RelPtr& leaf_;
  bool columns_only_;
  int next_id_;
};

bool is_below(const RelPtr& rel, const RelPtr& wanted) {
  return rel == wanted || std::any_of(rel->inputs.begin(), rel->inputs.end(), [&](const RelPtr& input) { return is_below(input, wanted); });
}

// `rel` with `to` in place of `from`, and conditions over it.
RelPtr replaced(const RelPtr& rel, const RelPtr& from, const RelPtr& to, const std::function<Json(const Json&)>& over) {
  if (rel == from) return to;
  Rel out = *rel;
  const size_t side = is_below(rel->inputs[0], from) ? 0 : 1;
  out.inputs[side] = replaced(rel->inputs[side], from, to, over);
  out.columns = out.inputs[0]->columns;
  if (out.op == Op::kJoin && out.join != sql::JoinKind::kSemi && out.join != sql::JoinKind::kAnti)
    out.columns.insert(out.columns.end(), out.inputs[1]->columns.begin(), out.inputs[1]->columns.end());
  if (!out.exprs[0].is_null()) out.exprs[0] = over(out.exprs[0]);
  return share(std::move(out));
}

// Whether a row in which all columns are NULL adds nothing.
bool ignores_lacking(const Json& call) {
  const Json& arguments = call.at("children");
  if (arguments.empty() || !call.at("filter").is_null() || !call.at("order_bys").at("orders").empty()) return false;
  return std::all_of(arguments.begin(), arguments.end(), [](const Json& argument) { return sql::column_id(argument) >= 0; });
}

}  // namespace

std::optional<Eager> split_eagerly(const sql::Query& query, const RelPtr& block, int next_id, SqlParser& parser) {
  if (block->op != Op::kAggregate || !reads_tables(query, block->inputs[0])) return std::nullopt;
  try {
    Flattening flattening(query);
    const RelPtr flat = flattening.run(block->inputs[0]);
    Eager out;
    out.leaf = flattening.leaf();
    if (!out.leaf || !sql::reads_files(query, out.leaf)) return std::nullopt;
    for (size_t i = block->keys; i < block->exprs.size(); ++i) {
      Json call = flattening.over_flat(block->exprs[i]);
      std::vector<int> ids;
      sql::collect_ids(call, ids);
      if (!std::all_of(ids.begin(), ids.end(), [&](int id) { return sql::find_column(*out.leaf, id) != nullptr; })) return std::nullopt;
      if (sql::any_expression(call, [](const Json& e) { return sql::is_class(e, "SUBQUERY"); })) return std::nullopt;
      if (flattening.may_lack() && !ignores_lacking(call)) return std::nullopt;
      out.aggregates.push_back(std::move(call));
    }
    Keys keys(out.leaf, flattening.may_lack(), next_id);
    for (size_t i = 0; i < block->keys; ++i) out.block_keys.push_back(keys.over_groups(flattening.over_flat(block->exprs[i])));
    std::vector<Json> conditions;
    for (const Json& condition : flattening.conditions()) conditions.push_back(keys.over_groups(condition));
    // Doubles that are equal but differ may be told apart by what is computed from them.
    const std::vector<std::string> types = sql::expression_types(query, out.leaf, keys.keys, parser);
    if (std::any_of(types.begin(), types.end(), sql::is_double)) return std::nullopt;
    Rel groups;
    groups.op = Op::kTable;
    groups.table = {"tm_groups"};
    groups.columns = keys.columns;
    out.keys = keys.keys;
    out.groups = share(std::move(groups));
    out.joined = replaced(flat, out.leaf, out.groups, [&](const Json& condition) { return keys.over_groups(condition); });
    return out;
  } catch (const CannotSplit&) {
    return std::nullopt;
  }
}

RelPtr joined_over(const Eager& eager, const RelPtr& groups) {
  return replaced(eager.joined, eager.groups, groups, [](const Json& condition) { return condition; });
}

}  // namespace tidemark::plan
