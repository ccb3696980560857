// A query cut into three: a row-wise part over files, one block of aggregates, and an upper part. What one file adds to the
// block is its contribution: partial states by group. The block over any set of files comes from their contributions.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "plan/by_key.h"
#include "plan/eager.h"
#include "sql/query.h"
#include "sql/reason.h"
#include "sql/sql_parser.h"

namespace tidemark::plan {

// A column of the block, as it comes out of the contribution table.
struct BlockColumn {
  int id = 0;        // in the query
  std::string type;  // in the query
  std::string sql;   // over block_rows(): "k0" for keys, "CAST(sum(s1) AS HUGEINT)"
};

// Contributions of one file are rows (file_id BIGINT, n BIGINT, k0 …, s0 …): a row a group that has rows in the file, of which
// there are n. file_id is content_id() of the file. Where `keyed` is there, they are those of one range of its key instead, and
// file_id is the range's number.
struct Cut {
  sql::RelPtr block;  // of the query: kAggregate, or kDistinct over all columns
  size_t keys = 0;
  std::vector<BlockColumn> columns;              // keys first
  std::vector<ColumnType> stored;                // of the contribution table, as it is computed: file_id, n, k…, s…
  std::vector<std::string> scans;                // sql::FileScan::key() of what is below, each once
  std::vector<std::vector<std::string>> tables;  // names of tables below, each once
  std::optional<Eager> eager;                    // the joins with tables are done over the contributions
  std::vector<std::string> group_types;          // of eager's keys
  std::optional<KeySplit> keyed;
  std::vector<Cut> twins;  // other blocks of the query with the same contributions; `block`, `columns` and `eager`
  // Of the row-wise part, keys and states, however the columns are numbered: part of the contribution key.
  std::string normalised;
};

struct CutResult {
  std::optional<Cut> cut;
  Reason obstacle;  // why there is none
};

// `exact`: see sql::exact_query().
// `join_later`: tables may be joined over the contributions.
CutResult find_cut(const sql::Query& exact, SqlParser& parser, bool join_later = true);

// The group key that a column of the result (by its place) is passed on from, as it is; nullopt: from none.
std::optional<size_t> key_of_column(const sql::Query& exact, const Cut& cut, size_t column);

// A file in a contribution table: of the scan that reads it, its path and its content. Never negative.
int64_t content_id(const std::string& scan_key, const std::string& path, const std::string& content_hash);

struct ContributingFile {
  std::string path;
  int64_t id = 0;
};
using ContributingFiles = std::map<std::string, std::vector<ContributingFile>>;  // by scan key

// SELECT of the contributions of these files, in the columns of `stored`: one scan of them all.
std::string contributions_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, SqlParser& parser);

// The same of the ranges of a key (nullptr: all), `width` wide; `files`: all that have values in any of them, at least.
std::string keyed_contributions_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, int64_t width, const KeyRanges* ranges,
                                    SqlParser& parser);

// Which rows of a contribution table count: those of `ids`, or all but those.
struct IdFilter {
  bool except = true;
  std::vector<int64_t> ids;
};

// SELECT of two numbers: the groups that contributions of the first rows (at most `rows` a scan) of these files have, and the
// rows that are in them. Not of keyed ones.
std::string groups_sql(const sql::Query& exact, const Cut& cut, const ContributingFiles& files, int64_t rows, SqlParser& parser);

// FROM-clause text of the rows that the block's columns are computed from, grouped by its keys: those of the contribution table,
// joined with tables where that is left to be done.
std::string block_rows(const sql::Query& exact, const Cut& cut, const std::string& table, const IdFilter& filter, SqlParser& parser);

// SELECT of the query's rows with the block taken from contributions. `table`: a FROM-clause text. `names`: of the columns.
std::string merged_sql(const sql::Query& exact, const Cut& cut, const std::string& table, const IdFilter& filter, const std::vector<std::string>& names,
                       SqlParser& parser);

}  // namespace tidemark::plan
