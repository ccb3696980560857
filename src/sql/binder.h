// The binder's inside. Name resolution follows DuckDB's rules; where two rules could give two meanings, nothing is bound.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "sql/bind.h"

namespace tidemark::sql {

// Carries a Reason out of the binder; never leaves bind_query().
struct Unsupported {
  Reason reason;
};
[[noreturn]] void unsupported(std::string_view code, std::string detail);

// CTEs in sight, innermost first.
struct Environment {
  std::string name;  // lower case
  const Json* query = nullptr;
  std::vector<std::string> column_aliases;
  std::shared_ptr<const Environment> outer;  // also what the CTE itself sees
};
using EnvironmentPtr = std::shared_ptr<const Environment>;

struct ScopeColumn {
  std::string name;
  int id = 0;
  bool hidden = false;  // virtual: found by name, not in stars
  bool merged = false;  // the other side of USING stands for it where it is not qualified
};

struct ScopeTable {
  std::vector<std::string> names;  // as it may be qualified: alias, or [schema,] table
  std::vector<ScopeColumn> columns;
};

struct Scope {
  std::vector<ScopeTable> tables;
};

struct Source {
  RelPtr rel;
  Scope scope;
};

// One item of a select list.
struct Item {
  Json expr;         // resolved
  std::string name;  // empty: the engine names it
};

// How names resolve at one place of a SELECT.
struct Resolution {
  const Scope* scope = nullptr;
  const std::vector<Item>* aliases = nullptr;  // found where the scope has no such name
  bool alias_clash = false;                    // a name that is both, with two meanings, is not bound
  EnvironmentPtr environment;
  std::vector<std::string> lambda_parameters;
};

class Binder {
 public:
  explicit Binder(Catalogue& catalogue) : catalogue_(catalogue) {}
  Query bind(const Json& statement);

 private:
  // bind_select.cc
  RelPtr bind_node(const Json& node, EnvironmentPtr environment, std::vector<std::string>& names);
  RelPtr bind_select(const Json& node, const EnvironmentPtr& environment, std::vector<std::string>& names);
  RelPtr bind_set_operation(const Json& node, const EnvironmentPtr& environment, std::vector<std::string>& names);
  RelPtr align_by_name(const RelPtr& rel, const std::vector<std::string>& names, const std::vector<std::string>& all);
  std::vector<Item> bind_select_list(const Json& list, const Scope& scope, const EnvironmentPtr& environment);
  void expand_star(const Json& star, const Scope& scope, const Resolution& names, std::vector<Item>& items);
  std::vector<Json> bind_group_keys(const Json& node, const Scope& scope, const std::vector<Item>& items, const EnvironmentPtr& environment);

  // bind_from.cc
  Source bind_from(const Json& ref, const EnvironmentPtr& environment);
  Source bind_base_table(const Json& ref, const EnvironmentPtr& environment);
  Source bind_file_scan(const FileScan& scan, const Json& ref);
  Source with_folder_columns(const FileScan& scan, RelPtr files, size_t own, const std::vector<ColumnType>& folders,
                             const std::vector<std::string>& visible_virtuals, const Json& ref);
  std::shared_ptr<const std::map<std::string, Json>> type_trees(const std::vector<Column>& columns);
  Source bind_opaque(const Json& ref);
  Source bind_join(const Json& ref, const EnvironmentPtr& environment);
  Source as_table(RelPtr rel, std::vector<std::string> names, const Json& ref, std::vector<std::string> qualifiers);

  // bind_expressions.cc
  Json resolve(const Json& expression, const Resolution& names);
  Json resolve_column(const Json& expression, const Resolution& names);
  Json resolve_subquery(const Json& expression, const Resolution& names);
  std::optional<Json> find_outside(const std::vector<std::string>& parts);

  // bind_subqueries.cc
  // The rows of `rel` for which `condition` holds: subqueries that are its parts become joins where they can.
  RelPtr filter_by(RelPtr rel, const Json& condition);
  bool join_condition(RelPtr& rel, const Json& conjunct);
  bool join_scalars(RelPtr& rel, Json& conjunct);
  void forget(size_t subquery);
  RelPtr existing(const RelPtr& rel, size_t subquery, const Json& compared, bool negated);
  std::optional<Json> find_in_scope(const std::vector<std::string>& parts, const Scope& scope);
  bool is_aggregate_call(const Json& expression);
  bool has_aggregate(const Json& expression);

  struct Lowering;  // aggregates and windows of one SELECT
  Json lower_aggregates(const Json& expression, Lowering& lowering);
  Json lower_windows(const Json& expression, Lowering& lowering);

  Column make_column(std::string name, std::string type = {}) { return {next_id_++, std::move(name), std::move(type)}; }
  RelPtr make(Rel rel);

  Catalogue& catalogue_;
  std::vector<RelPtr> subqueries_;
  std::map<std::string, std::vector<ColumnType>> described_;
  std::map<std::string, std::shared_ptr<const Json>> views_;  // parsed, by rendered name
  std::set<std::string> views_open_;
  std::map<std::string, bool> aggregates_;
  std::vector<const Scope*> outside_;  // of the subqueries that are being bound, innermost last
  std::set<size_t> correlated_;        // subqueries that refer to columns outside and are not joined yet
  bool refers_outside_ = false;
  int next_id_ = 1;
  int made_ = 0;
};

struct Binder::Lowering {
  std::vector<Json> keys;  // resolved
  std::vector<Column> key_columns;
  std::vector<Json> aggregates;
  std::vector<Column> aggregate_columns;
  std::vector<Json> windows;
  std::vector<Column> window_columns;
};

// Lower-case names of an object's column_name_alias.
std::vector<std::string> strings_of(const Json& list);

}  // namespace tidemark::sql
