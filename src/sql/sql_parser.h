// The engine's own parser, seen from modules that know no engine. Trees are what DuckDB's json_serialize_sql gives:
// {"error": false, "statements": [{"node": {"type": "SELECT_NODE", ...}, "named_param_map": []}]}.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "sql/column_type.h"

namespace tidemark {

enum class FunctionKind { kScalar, kAggregate, kScalarMacro, kTable, kTableMacro, kPragma };

// As the engine's catalogue marks it. The catalogue errs (getvariable is marked consistent): callers keep own lists.
enum class FunctionStability { kConsistent, kConsistentWithinQuery, kVolatile };

struct FunctionInfo {
  std::string name;  // lower case
  FunctionKind kind = FunctionKind::kScalar;
  FunctionStability stability = FunctionStability::kConsistent;
  std::vector<std::string> return_types;  // of its overloads, without repeats; "" where the engine does not tell
  std::string macro_body;                 // of macros
};

class SqlParser {
 public:
  virtual ~SqlParser() = default;

  // The tree of one or more SELECT statements. Throws Error TM4110 with a span over `sql` where it does not parse or is
  // no SELECT (also PIVOT statements, which have no tree).
  virtual Json parse(const std::string& sql) = 0;

  // SQL text that parses to `tree` again: this is checked, and Error TM4131 thrown otherwise. Literals of type DOUBLE are
  // written as casts, cross products as joins ON true. Names of columns without alias may change: see with_column_names().
  virtual std::string print(const Json& tree) = 0;

  // Columns of a SELECT, found by binding it, without running it.
  virtual std::vector<ColumnType> describe(const std::string& sql) = 0;

  // `tree` (one SELECT) with every column of its outermost select list named as `describe` of the original names it, so that
  // print() keeps names. Left as it is where the list holds stars or the outermost node is a set operation.
  virtual Json with_column_names(const Json& tree, const std::vector<ColumnType>& columns) = 0;

  // See table_names_of().
  virtual std::vector<std::string> table_names(const std::string& sql) = 0;

  // By name, case ignored; nullopt where the catalogue has no such function.
  virtual std::optional<FunctionInfo> function(const std::string& name) = 0;
  bool is_aggregate(const std::string& name) {
    auto info = function(name);
    return info && info->kind == FunctionKind::kAggregate;
  }
};

// `tree` without the keys that only tell where in the text something stood.
Json without_locations(const Json& tree);

// The tables and views that a tree reads: names as written, joined by dots, parts quoted where they are not plain words,
// sorted. CTEs are left out, and so are table functions.
std::vector<std::string> table_names_of(const Json& tree);

// `tree` in one form for comparison: no locations, members sorted, those with the value that a missing one has left out.
std::string canonical_text(const Json& tree);

}  // namespace tidemark
