// How a materialized_view can be kept equal to its truth: bound, made exact, judged. Pure: asks the parser and the catalogue,
// reads no data, changes nothing.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.h"
#include "plan/cut.h"
#include "plan/plan.h"
#include "sql/bind.h"
#include "sql/emit.h"

namespace tidemark::plan {

// +maintain
enum class Maintain { kAuto, kMerge, kPartitions, kRebuild, kStrict };
// Throws Error TM5304 for other words.
Maintain maintain_from(const std::string& text);

struct Maintenance {
  std::optional<sql::Query> query;  // with exact aggregates: the truth
  std::vector<ColumnType> columns;  // of the result
  Reason not_analysed;              // why there is no query: the SQL runs as it is written
  Reason inexact;                   // why even a rebuild may give other rows next time; empty: it may not
  std::string partition_column;     // as the result names it; empty: none
  sql::TableNames local_tables;     // of which rows that change touch partitions that can be told from them
  Reason no_merge;                  // why contributions cannot be merged; empty: `cut` is there
  std::optional<Cut> cut;
  std::optional<Cut> cut_with_tables;  // where `cut` joins tables later: the one that has them in its contributions
  Reason no_partitions;                // why partitions cannot be recomputed one by one; empty: they can

  // The same where contributions are not worth keeping.
  Maintenance without_merge(const Reason& why) const;
  // The cheapest way that the query and the configuration allow, given that what it stands on is there.
  Strategy strategy(Maintain maintain) const;
  // Why not a cheaper one.
  Reason reason(Maintain maintain) const;
};

// `sql`: the model's SELECT, for the place of errors. Throws TM5301 where a function that depends on the time, the session or
// chance decides the result, with its place where that is in the model's own text.
// `exact`: the engine has the exact aggregates and their partial states; without them nothing is merged.
Maintenance analyse(const std::string& sql, const std::vector<std::string>& partition_by, sql::Catalogue& catalogue, bool exact = true);

// Throws TM5302 where `maintain` forbids what would be done.
void check_allowed(const Maintenance& maintenance, Maintain maintain);

// The truth over these files.
std::string truth_sql(const Maintenance& maintenance, const sql::FilesOf& files, SqlParser& parser);

// What contributions of a model depend on besides the files' content: hash of the normalised row-wise part and states, the
// engine, `settings` (time zone and the like), and the versions of tables below. `version_of`: of a table by its name; -1 unknown.
std::string contribution_key(const Cut& cut, const std::string& engine, const std::string& settings,
                             const std::function<int64_t(const std::vector<std::string>&)>& version_of);

// SELECT of the values (one column `p`, each once) of the partition column under which rows of the result may have come, gone or
// changed with the rows of one of `local_tables`. `gone`, `came`: FROM-clause texts of the table's rows, as in TableDelta. Empty: they cannot be told.
std::string changed_values_sql(const Maintenance& maintenance, const std::vector<std::string>& table, const std::string& gone, const std::string& came,
                               SqlParser& parser);

// NULL-safe: `"p" IN (…) OR "p" IS NULL`; `values` are SQL literals, "NULL" stands for NULL; "false" where there are none.
std::string partition_predicate(const std::string& column, const std::vector<std::string>& values);

// The truth's rows in these partitions. `files`: those that hold any of them, at least.
std::string partitions_sql(const Maintenance& maintenance, const std::vector<std::string>& values, const sql::FilesOf& files, SqlParser& parser);

// Of a ledger, by source key: paths of files that hold any of `values` in a kept column.
std::set<std::string> files_holding(const ledger::LedgerSource& source, const ledger::Ledger& ledger, size_t column, const std::vector<std::string>& values);

// SELECT of the values of `partition` (one column `p`, each once) whose rows differ between two relations, bit for bit.
// `computed` and `published` are FROM-clause texts; `columns`: of the published one, to which computed ones are cast.
// `partition` empty: one row with NULL where anything differs.
std::string difference_sql(const std::string& computed, const std::string& published, const std::vector<ColumnType>& columns, const std::string& partition);

}  // namespace tidemark::plan
