#include "sql/reason.h"

#include <algorithm>

#include "base/error.h"

namespace tidemark {

namespace {

constexpr ReasonText kReasons[] = {
    // Why everything is recomputed although the query could be maintained.
    {"first_build", "nothing was built before", ""},
    {"full_refresh", "--full-refresh was asked for", ""},
    {"no_ledger", "the table's newest commit refers to no ledger", "run it once: the commit that follows has one"},
    {"foreign_commit", "somebody else has changed the table since tidemark's last commit", "let only tidemark write to maintained tables"},
    {"ledger_missing", "the ledger that the table's commit refers to is not there", ""},
    {"ledger_damaged", "the ledger that the table's commit refers to has other content than the commit says", ""},
    {"engine_changed", "the engine's version is not the one that computed the table", ""},
    {"query_changed", "the query is not the one that computed the table", ""},
    {"bound_schema_changed", "the columns or types of the source files taken together have changed", ""},
    {"table_changed", "a table that the query reads has changed", ""},
    {"batches", "the batches of the event times that changed, are left over or are looked back at", ""},
    {"table_unknown", "the query reads a relation whose changes are not known", "read tables and views of this project"},
    {"column_not_kept", "partition values of this column were not kept for the files of the last commit", ""},
    {"contributions_missing", "the contribution table is gone, older than the ledger says or changed by somebody else", ""},
    {"too_many_partitions", "more partitions are affected than are worth computing one by one", "partition by a coarser column"},
    {"keys_everywhere", "the changed files hold values in all ranges of the key by which rows of files meet",
     "split files by that key, as data that arrives in its order is"},
    {"source_not_traced", "a changed file is read where its rows cannot be traced to partitions", ""},

    // Why a column cannot be traced to the files.
    {"column_unknown", "the query has no such column", "name a column of the model's result"},
    {"column_computed", "the column's values are not computed row by row from the files", "partition by a column that each source row has"},
    {"column_of_other_side", "the column comes from the other side of a join", "take the partition column from the file-backed side"},
    {"join_may_lack_row", "an outer join may have no row of the file-backed side", "put the file-backed side on the kept side of the join"},
    {"subquery_reads_files", "a subquery in an expression reads source files", "write it as a join of aggregates, or materialize it as a model"},

    // Why an expression may give another result next time.
    {"volatile_function", "a function's result depends on the time, the session or chance", "pass the value in as a var, or take it from the data"},
    {"unknown_function", "a function is not known to depend on its arguments alone", "use a function of the list in docs/exactness.md"},
    {"unknown_aggregate", "an aggregate is not known to be independent of the order of rows", "use an aggregate of the list in docs/exactness.md"},
    {"order_not_total", "which row comes first is not decided by the ORDER BY", "add columns that together are unique to the ORDER BY"},
    {"limit_without_order", "which rows a LIMIT takes is not decided by a total ORDER BY", "order by columns that together are unique"},

    // Why partitions cannot be recomputed one by one.
    {"no_partition_column", "the model has no partition_by", "set partition_by to a column that the query groups by"},
    {"aggregate_across_partitions", "an aggregate does not group by the partition column", "add the partition column to GROUP BY"},
    {"window_across_partitions", "a window function is not partitioned by the partition column", "add the partition column to PARTITION BY"},
    {"join_across_partitions", "a join of files does not match rows of one partition only", "join on the partition column"},
    {"limit_across_partitions", "a LIMIT chooses among rows of all partitions", ""},
    {"distinct_across_partitions", "DISTINCT ON chooses among rows of all partitions", "add the partition column to DISTINCT ON"},

    // Why contributions of files cannot be merged.
    {"no_aggregate", "the query does not aggregate", ""},
    {"aggregate_not_mergeable", "an aggregate has no partial state", ""},
    {"below_not_row_wise", "what is below the aggregate is not computed row by row", ""},
    {"several_aggregates", "the files are aggregated in more than one place", ""},
    {"groups_like_rows", "there are nearly as many groups as rows", ""},

    // Why a query is not analysed at all.
    {"ambiguous_name", "a name can be read in two ways", "qualify it with the table's alias"},
    {"unknown_name", "a name is not a column of the relations in sight", ""},
    {"unsupported_expression", "an expression is not analysed", ""},
    {"unsupported_clause", "a clause is not analysed", ""},
    {"other_sql", "the engine's SQL is not understood by the planner here", "write it in SQL that both engines read"},
    {"no_partial_states", "the engine has no partial states of aggregates", "set partition_by to a column that the query groups by"},
    {"set_returning_function", "a function gives several rows for one", ""},
    {"dynamic_files", "the files to read are not written as constants", "write the pattern as a string"},
    {"file_format", "files of this format are not maintained yet", ""},
    {"scan_option", "an option of the file scan is not analysed", ""},
    {"hive_partitions", "folder names of the files give columns", ""},
    {"no_files", "no file matches", ""},
    {"no_files_read", "the query reads no source files", "maintain what reads the files, or use materialized='table'"},
    {"query_too_large", "the query is too large to be analysed", "materialize a part of it as a model"},

    // Choices, not obstacles.
    {"as_written", "the model's SQL runs as it is written", ""},
    {"nothing_changed", "neither its files nor its query have changed", ""},
    {"files_changed", "source files have changed", ""},
    {"config_rebuild", "the configuration asks for a rebuild", ""},
};

const ReasonText& find(std::string_view code) {
  const auto* found = std::find_if(std::begin(kReasons), std::end(kReasons), [&](const ReasonText& reason) { return reason.code == code; });
  if (found == std::end(kReasons)) throw Error("TM9501", "no reason has the code '" + std::string(code) + "'");
  return *found;
}

}  // namespace

std::span<const ReasonText> reason_texts() { return kReasons; }

std::string Reason::text() const {
  if (code.empty()) return "";
  std::string out(find(code).text);
  if (!detail.empty()) out += ": " + detail;
  return out;
}

std::string Reason::advice() const { return code.empty() ? "" : std::string(find(code).advice); }

Reason make_reason(std::string_view code, std::string detail) { return {std::string(find(code).code), std::move(detail)}; }

}  // namespace tidemark
