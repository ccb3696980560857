// Contributions by ranges of a key: where rows of files meet before the aggregate (joins of files, windows, aggregates below),
// but only those with equal values of a key, what is kept is not what a file adds but what a range of the key's values does.
// A file that changes makes anew the ranges that its values lie in, from the files with values in them.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::plan {

struct KeyedScan {
  sql::RelPtr scan;  // kFiles
  Json position;     // over its columns
};

struct KeySplit {
  sql::RelPtr at;                // all files are read below it
  sql::RelPtr rows;              // the same with all columns that it can have
  Json position;                 // over the columns of `rows`: BIGINT, or NULL
  std::vector<KeyedScan> scans;  // each scan below
};

// Where rows of files that are read below `input` meet by a key that can be cut into ranges.
struct KeySplitResult {
  std::optional<KeySplit> split;
  Reason obstacle;
};
KeySplitResult split_by_key(const sql::Query& query, const sql::RelPtr& input, SqlParser& parser);

// Values of a key: from, to (both included) as positions, and whether there are NULLs. `low > high`: none but those.
struct KeySpan {
  int64_t low = 1;
  int64_t high = 0;
  bool nulls = false;
  void add(const KeySpan& other);
};

// Ranges of positions, each `width` wide, by number: position // width, rounded to zero.
struct KeyRanges {
  std::vector<std::pair<int64_t, int64_t>> numbers;  // from, to (both included), sorted, apart
  bool nulls = false;
  void add(const KeySpan& span, int64_t width);
  bool has(int64_t number) const;
  bool meets(const KeySpan& span, int64_t width) const;
  bool empty() const { return numbers.empty() && !nulls; }
};

// The number of the range of NULLs.
inline constexpr int64_t kNullRange = INT64_MIN / 2;

// Condition on a column that holds range numbers.
std::string range_predicate(const KeyRanges& ranges, const std::string& column);

// SELECT of file_index, low, high, nulls over these files of one scan: a row a file and scan that has any row.
std::string spans_sql(const sql::Query& query, const KeyedScan& scan, const std::vector<std::string>& paths, SqlParser& parser);

}  // namespace tidemark::plan
