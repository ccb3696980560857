// A SELECT, bound: names resolved, stars expanded, views and CTEs in line, aliases gone. Every column has an id that is
// its name in all expressions ("c12"); an id means the same value wherever it is passed on. Immutable, shared freely.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "sql/column_type.h"
#include "sql/file_scan.h"

namespace tidemark::sql {

enum class Op {
  kFiles,      // a scan of source files; columns by their names in the files, then virtual ones
  kTable,      // a table of the warehouse, by name
  kOpaque,     // another FROM clause without files: VALUES, range(3); `tree`
  kOneRow,     // no FROM clause
  kProject,    // exprs, one a column
  kFilter,     // exprs[0]
  kJoin,       // two inputs; exprs[0] the condition, null for cross joins
  kSetOp,      // two inputs, columns by position
  kAggregate,  // exprs: `keys` column references, then aggregate functions
  kWindow,     // the input's columns, then one a window function in exprs
  kDistinct,   // over all columns; exprs not empty: DISTINCT ON these, in the order of `orders`
  kOrder,      // orders, limit, offset
};

enum class JoinKind { kInner, kLeft, kRight, kFull, kSemi, kAnti };
enum class SetKind { kUnion, kExcept, kIntersect };

struct Column {
  int id = 0;
  std::string name;         // leaves: as the file or table names it; elsewhere what users see
  std::string type;         // leaves only
  bool is_virtual = false;  // kFiles: filename, file_row_number, file_index
};

struct Rel;
using RelPtr = std::shared_ptr<const Rel>;

struct Rel {
  Op op = Op::kOneRow;
  std::vector<Column> columns;
  std::vector<RelPtr> inputs;
  std::vector<Json> exprs;  // column references are COLUMN_REF nodes with one name, column_name(id)

  FileScan scan;                                             // kFiles
  std::shared_ptr<const std::map<std::string, Json>> types;  // kFiles: the trees of its columns' types, by their names
  std::vector<std::string> table;                            // kTable: 1 to 3 parts
  Json tree;                                                 // kOpaque: the FROM-clause node
  JoinKind join = JoinKind::kInner;
  SetKind set = SetKind::kUnion;
  bool all = true;                                 // kSetOp: keeps doubles
  size_t keys = 0;                                 // kAggregate
  std::vector<std::vector<size_t>> grouping_sets;  // kAggregate: indexes of keys; empty: one set of all
  Json orders = Json::array();                     // kOrder, kDistinct: as in ORDER_MODIFIER
  Json limit;                                      // kOrder: LIMIT_MODIFIER; null: none
};

struct Query {
  RelPtr root;
  std::vector<std::string> names;  // of the root's columns; empty ones: the engine names them
  std::vector<RelPtr> subqueries;  // of SUBQUERY expressions, by their "tm_subquery"
};

std::string column_name(int id);       // "c12"
int column_id(const Json& reference);  // -1: not a reference to a column of a query
Json reference(int id);
// Ids that an expression refers to, subqueries (which are never correlated) left out; appended to `ids`.
void collect_ids(const Json& expression, std::vector<int>& ids);
// The expression with references replaced by what `with` gives for their ids; nullptr: left as it is.
Json substitute(const Json& expression, const std::function<const Json*(int id)>& with);

const Column* find_column(const Rel& rel, int id);
int find_column_by_name(const Rel& rel, const std::string& name);  // index; -1: none; ASCII case ignored

// Every Rel below (and with) `root` once, inputs first, those of subqueries included.
std::vector<RelPtr> relations_below(const Query& query, const RelPtr& root);
bool reads_files(const Query& query, const RelPtr& root);
// The same for files and for the tables named. Empty: files only.
using TableNames = std::set<std::vector<std::string>>;
bool is_source(const Rel& rel, const TableNames& tables);
bool reads_sources(const Query& query, const RelPtr& root, const TableNames& tables);
bool expression_reads_sources(const Query& query, const Json& expression, const TableNames& tables);
bool expression_reads_files(const Query& query, const Json& expression);  // through a subquery

}  // namespace tidemark::sql
