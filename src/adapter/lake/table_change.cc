#include "adapter/lake/table_change.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "adapter/duckdb/database.h"
#include "adapter/lake/file_pruning.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;

constexpr const char* kDest = "DBT_INTERNAL_DEST";
constexpr const char* kSource = "DBT_INTERNAL_SOURCE";
constexpr const char* kPartitions = "temp.main.\"__tm_partitions\"";
// Staged rows of at most this many bytes are written together with the rows that are kept: one file rather than two.
constexpr int64_t kCombineBytes = 32 << 20;

const ScanColumn* find_column(const std::vector<ScanColumn>& columns, const std::string& name) {
  for (const ScanColumn& column : columns) {
    if (equals_ignore_case(column.name, name)) return &column;
  }
  return nullptr;
}

std::string qualified(const char* alias, const std::string& column) { return std::string(alias) + "." + quote_identifier(column); }

class ChangePlanner {
 public:
  ChangePlanner(duckdb::Connection& connection, const Layout& layout, const TargetTable& before, const StagedRows& staged, const ChangeRequest& request)
      : connection_(connection), layout_(layout), before_(before), staged_(staged), request_(request), publish_(*request.publish) {
    staged_rows_ = staged.files->rows();
    staged_scan_ = scan_sql(staged.columns, staged.files->scan_files());
    rewrite_all_ = changes_kept_columns();
    staged_fits_ = staged_as_they_are();
  }

  TableChange run() {
    if (!request_.delete_where.empty()) {
      dest_alias_ = duckdb::quote_identifier(request_.delete_alias);
      rewrite_where_not(fmt::format("coalesce(CAST(({}\n) AS BOOLEAN), false)", request_.delete_where), all_files());
      return std::move(change_);
    }
    const bool is_new = before_.version < 0;
    const bool by_key = !is_new && !publish_.unique_key.empty();
    switch (publish_.mode) {
      case WriteMode::kReplace:
        replace_all();
        break;
      case WriteMode::kAppend:
        append();
        break;
      case WriteMode::kMerge:
        by_key ? merge() : append();
        break;
      case WriteMode::kDeleteInsert:
        by_key ? delete_insert() : append();
        break;
      case WriteMode::kReplacePartitions:
        replace_partitions();
        break;
      case WriteMode::kReplaceRange:
        replace_range();
        break;
    }
    return std::move(change_);
  }

 private:
  // ---- the pieces ----

  // A dropped or retyped column is taken out of every file, so that no reader ever meets its old values.
  bool changes_kept_columns() const {
    for (const ScanColumn& column : before_.columns) {
      const ScanColumn* after = find_column(request_.columns, column.name);
      if (!after || after->name != column.name || after->type != column.type || after->is_partition != column.is_partition) return true;
    }
    return false;
  }

  bool staged_as_they_are() const {
    for (const ScanColumn& column : staged_.columns) {
      const ScanColumn* after = find_column(request_.columns, column.name);
      if (!after || after->name != column.name || after->type != column.type) return false;
    }
    const auto& files = staged_.files->files();
    for (const ScanColumn& column : request_.columns) {
      const bool in_folders = !files.empty() && std::ranges::any_of(files.front().partition, [&](const auto& p) { return p.first == column.name; });
      if (!files.empty() && column.is_partition != in_folders) return false;
    }
    return true;
  }

  std::string staged_select() const { return fmt::format("SELECT {} FROM ({}) AS {}", conform_list(request_.columns, staged_.columns), staged_scan_, kSource); }

  std::vector<ScanFile> files_at(const std::vector<size_t>& indexes) const {
    std::vector<ScanFile> files;
    for (size_t i : indexes) files.push_back(before_.files[i]);
    return files;
  }

  std::string dest(const std::vector<size_t>& indexes, bool with_file) const {
    return fmt::format("({}) AS {}", scan_sql(before_.columns, files_at(indexes), with_file), dest_alias_);
  }

  std::vector<size_t> all_files() const {
    std::vector<size_t> all(before_.files.size());
    for (size_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  int64_t rows_in(size_t index) {
    if (before_.files[index].rows >= 0) return before_.files[index].rows;
    return connection_.scalar(fmt::format("SELECT count(*) FROM {}", dest({index}, false))).as_integer();
  }

  void write(const std::string& select, int64_t bytes) {
    require_free_space(layout_.warehouse(), static_cast<uint64_t>(bytes), request_.free_space_reserve);
    change_.written.push_back(StagedFiles::write(connection_, stored_select(request_.columns, select), layout_.staging_folder(), request_.layout));
  }

  void remove(size_t index, int64_t deleted) {
    change_.removed.push_back(index);
    change_.rows_deleted += deleted;
  }

  // Writes `kept` (a SELECT of rows of removed files, with the columns afterwards; empty: none) and sees to the staged rows.
  void write_with_staged(const std::string& kept, int64_t kept_bytes) {
    const int64_t staged_bytes = staged_.files->bytes();
    const bool rewrite_staged = !staged_fits_ || (!kept.empty() && staged_bytes <= kCombineBytes);
    change_.adds_staged = !rewrite_staged;
    const bool has_staged = rewrite_staged && staged_rows_ > 0;
    if (kept.empty() && !has_staged) return;
    const std::string both = kept.empty() ? staged_select() : has_staged ? kept + " UNION ALL " + staged_select() : kept;
    write(both, kept_bytes + (has_staged ? staged_bytes : 0));
  }

  // ---- the modes ----

  void replace_all() {
    for (size_t i : all_files()) remove(i, rows_in(i));
    write_with_staged("", 0);
  }

  void append() {
    if (rewrite_all_) return rewrite_where_not("false", {});
    write_with_staged("", 0);
  }

  // Rows for which `hit` (over DBT_INTERNAL_DEST) is true are deleted; only `candidates` can hold any.
  void rewrite_where_not(const std::string& hit, const std::vector<size_t>& candidates) {
    std::map<size_t, int64_t> hits = hits_by_file(hit, candidates);
    std::vector<size_t> rewritten;
    int64_t bytes = 0;
    for (size_t i : all_files()) {
      const int64_t found = hits.contains(i) ? hits[i] : 0;
      if (found == 0 && !rewrite_all_) continue;
      remove(i, found);
      if (found > 0 && found == rows_in(i)) continue;
      rewritten.push_back(i);
      bytes += before_.files[i].bytes;
    }
    std::string kept;
    if (!rewritten.empty()) {
      kept = fmt::format("SELECT {} FROM {} WHERE NOT ({})", conform_list(request_.columns, before_.columns, dest_alias_), dest(rewritten, false), hit);
    }
    write_with_staged(kept, bytes);
  }

  std::map<size_t, int64_t> hits_by_file(const std::string& hit, const std::vector<size_t>& candidates) {
    std::map<size_t, int64_t> hits;
    if (candidates.empty()) return hits;
    std::map<std::string, size_t> index_of;
    for (size_t i : candidates) index_of[before_.files[i].path] = i;
    const Table found = connection_.query(fmt::format("SELECT {}, count(*) FROM {} WHERE {} GROUP BY 1", kFileColumn, dest(candidates, true), hit));
    for (const Row& row : found.rows) hits[index_of.at(row[0].as_string())] = row[1].as_integer();
    return hits;
  }

  // ---- matching by key ----

  void require_keys() const {
    for (const std::string& key : publish_.unique_key) {
      for (const auto* columns : {&before_.columns, &staged_.columns}) {
        if (find_column(*columns, key)) continue;
        throw Error("TM4206", fmt::format("unique_key '{}' is no column of {}", key, columns == &staged_.columns ? "the query" : publish_.target.render()));
      }
    }
  }

  std::string keys_equal() const {
    std::vector<std::string> parts;
    for (const std::string& key : publish_.unique_key) {
      parts.push_back(qualified(kSource, find_column(staged_.columns, key)->name) + " = " + qualified(kDest, find_column(before_.columns, key)->name));
    }
    return join(parts, " AND ");
  }

  std::vector<size_t> candidates_by_key() {
    std::vector<ScanColumn> keys;
    for (const std::string& key : publish_.unique_key) keys.push_back(*find_column(before_.columns, key));
    return files_in_range(connection_, before_.files, keys, staged_scan_);
  }

  void delete_insert() {
    require_keys();
    std::string inner = keys_equal();
    std::string outer;
    for (const std::string& predicate : publish_.predicates) {
      // a bare column means the table's; next to the staged rows it would be ambiguous
      const bool names_source = to_lower(predicate).find("dbt_internal_source") != std::string::npos;
      (names_source ? inner : outer) += " AND (" + predicate + ")";
    }
    const std::string exists = fmt::format("EXISTS (SELECT 1 FROM ({}) AS {} WHERE {})", staged_scan_, kSource, inner);
    rewrite_where_not(outer.empty() ? exists : fmt::format("coalesce({}{}, false)", exists, outer), candidates_by_key());
  }

  void merge() {
    require_keys();
    std::string condition = keys_equal();
    for (const std::string& predicate : publish_.predicates) condition += " AND (" + predicate + ")";
    const std::vector<size_t> candidates = candidates_by_key();
    refuse_two_updates(condition, candidates);
    const std::string source = fmt::format("({}) AS {}", staged_scan_, kSource);
    std::map<size_t, int64_t> hits = hits_by_file(fmt::format("EXISTS (SELECT 1 FROM {} WHERE {})", source, condition), candidates);
    std::vector<size_t> touched;
    int64_t bytes = 0;
    for (size_t i : all_files()) {
      if (!hits.contains(i) && !rewrite_all_) continue;
      touched.push_back(i);
      bytes += before_.files[i].bytes;
      remove(i, hits.contains(i) ? hits[i] : 0);
    }
    if (touched.empty()) return write_with_staged("", 0);
    change_.adds_staged = false;
    const std::string updated = fmt::format("SELECT {} FROM {} LEFT JOIN (SELECT *, true AS \"__tm_hit\" FROM ({})) AS {} ON {}", updated_list(),
                                            dest(touched, false), staged_scan_, kSource, condition);
    const std::string inserted = fmt::format("SELECT {} FROM {} WHERE NOT EXISTS (SELECT 1 FROM {} WHERE {})",
                                             conform_list(request_.columns, staged_.columns, kSource), source, dest(touched, false), condition);
    write(updated + " UNION ALL " + inserted, bytes + staged_.files->bytes());
  }

  bool is_updated(const std::string& column) const {
    if (!publish_.update_columns.empty()) return contains_name(publish_.update_columns, column);
    return !contains_name(publish_.exclude_columns, column);
  }

  std::string updated_list() const {
    std::vector<std::string> items;
    for (const ScanColumn& column : request_.columns) {
      const ScanColumn* old = find_column(before_.columns, column.name);
      const ScanColumn* fresh = is_updated(column.name) ? find_column(staged_.columns, column.name) : nullptr;
      const auto cast = [&](const char* alias, const ScanColumn* from) {
        return from ? fmt::format("CAST({} AS {})", qualified(alias, from->name), column.type) : "NULL";
      };
      std::string value = cast(kDest, old);
      if (fresh) value = fmt::format("CASE WHEN {}.\"__tm_hit\" THEN {} ELSE {} END", kSource, cast(kSource, fresh), value);
      items.push_back(fmt::format("CAST({} AS {}) AS {}", value, column.type, quote_identifier(column.name)));
    }
    return join(items, ", ");
  }

  // As engines do: a row of the table may be updated by one staged row only.
  void refuse_two_updates(const std::string& condition, const std::vector<size_t>& candidates) {
    if (candidates.empty()) return;
    std::vector<std::string> keys;
    for (const std::string& key : publish_.unique_key) keys.push_back(quote_identifier(find_column(staged_.columns, key)->name));
    const std::string list = join(keys, ", ");
    const std::string duplicates = fmt::format("SELECT {} FROM ({}) GROUP BY {} HAVING count(*) > 1", list, staged_scan_, list);
    if (connection_.query(duplicates, 1).rows.empty()) return;
    const Table found = connection_.query(
        fmt::format("SELECT any_value(k) FROM (SELECT [{}] AS k, {}.\"__tm_row\" AS r FROM (SELECT *, row_number() OVER () AS \"__tm_row\" FROM {}) AS {} JOIN "
                    "({}) AS {} ON {}) GROUP BY r HAVING count(*) > 1",
                    key_texts(), kDest, dest(candidates, false), kDest, staged_scan_, kSource, condition),
        1);
    if (found.rows.empty()) return;
    throw Error("TM6201", fmt::format("merge into {}: several new rows have the unique_key ({}) = {} and would update the same row", publish_.target.render(),
                                      join(publish_.unique_key, ", "), found.rows[0][0].text()))
        .hint("make the query give one row for each unique_key");
  }

  std::string key_texts() const {
    std::vector<std::string> items;
    for (const std::string& key : publish_.unique_key) {
      items.push_back(fmt::format("CAST({} AS VARCHAR)", qualified(kSource, find_column(staged_.columns, key)->name)));
    }
    return join(items, ", ");
  }

  // ---- partitions ----

  void replace_partitions() {
    const PartitionSet& set = publish_.partitions;
    if (set.columns.empty() && !set.is_all) throw Error("TM4206", "replacing partitions of " + publish_.target.render() + " needs partition columns");
    std::vector<ScanColumn> columns;
    for (const std::string& name : set.columns) {
      const ScanColumn* column = find_column(request_.columns, name);
      if (!column) throw Error("TM4206", fmt::format("partition column '{}' is no column of {}", name, publish_.target.render()));
      columns.push_back(*column);
    }
    if (!columns.empty()) fill_partitions(columns, set);
    if (set.is_all) {
      replace_all();
    } else {
      std::vector<std::string> same;
      for (const ScanColumn& column : columns) {
        const ScanColumn* old = find_column(before_.columns, column.name);
        same.push_back(fmt::format("\"__tm_p\".{} IS NOT DISTINCT FROM {}", quote_identifier(column.name), old ? qualified(kDest, old->name) : "NULL"));
      }
      const std::string hit = fmt::format("EXISTS (SELECT 1 FROM {} AS \"__tm_p\" WHERE {})", kPartitions, join(same, " AND "));
      std::vector<ScanColumn> known;
      for (const ScanColumn& column : columns) {
        if (const ScanColumn* old = find_column(before_.columns, column.name)) known.push_back(*old);
      }
      rewrite_where_not(hit, files_with_values(connection_, before_.files, known, kPartitions));
    }
    if (!columns.empty()) {
      change_.partitions = connection_.scalar(fmt::format("SELECT count(*) FROM {}", kPartitions)).as_integer();
      connection_.execute(fmt::format("DROP TABLE {}", kPartitions));
    }
  }

  void replace_range() {
    const RowRange& range = publish_.range;
    const ScanColumn* old = find_column(before_.columns, range.column);
    if (old == nullptr && before_.version >= 0) throw Error("TM4206", fmt::format("'{}' is no column of {}", range.column, publish_.target.render()));
    if (old == nullptr) return write_with_staged("", 0);
    const std::string name = qualified(kDest, old->name);
    const std::string hit = fmt::format("coalesce({0} >= {1} AND {0} < {2}, false)", name, range.begin, range.end);
    const std::string ends =
        fmt::format("SELECT CAST(v AS {}) AS {} FROM (VALUES ({}), ({})) AS ends(v)", old->type, quote_identifier(old->name), range.begin, range.end);
    rewrite_where_not(hit, files_in_range(connection_, before_.files, {*old}, ends));
  }

  // The given partitions and those of the staged rows, once each, in a temporary table.
  void fill_partitions(const std::vector<ScanColumn>& columns, const PartitionSet& set) {
    std::vector<std::string> selects;
    for (const auto& values : set.values) {
      if (values.size() != columns.size()) throw Error("TM4206", fmt::format("a partition has {} values for {} columns", values.size(), columns.size()));
      std::vector<std::string> items;
      for (size_t i = 0; i < values.size(); ++i) items.push_back(fmt::format("CAST({} AS {})", values[i], columns[i].type));
      selects.push_back("(" + join(items, ", ") + ")");
    }
    std::vector<std::string> names;
    for (const ScanColumn& column : columns) names.push_back(quote_identifier(column.name));
    const std::string list = join(names, ", ");
    std::string given;
    if (!selects.empty()) given = fmt::format(" UNION SELECT * FROM (VALUES {}) AS \"__tm_v\"({})", join(selects, ", "), list);
    connection_.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} AS SELECT DISTINCT * FROM (SELECT {} FROM ({}) AS {}{})", kPartitions,
                                    conform_list(columns, staged_.columns), staged_scan_, kSource, given));
  }

  duckdb::Connection& connection_;
  const Layout& layout_;
  const TargetTable& before_;
  const StagedRows& staged_;
  const ChangeRequest& request_;
  const PublishRequest& publish_;
  std::string staged_scan_;
  std::string dest_alias_ = kDest;
  int64_t staged_rows_ = 0;
  bool rewrite_all_ = false;
  bool staged_fits_ = true;
  TableChange change_;
};

}  // namespace

TableChange plan_change(duckdb::Connection& connection, const Layout& layout, const TargetTable& before, const StagedRows& staged,
                        const ChangeRequest& request) {
  return ChangePlanner(connection, layout, before, staged, request).run();
}

std::string conform_list(const std::vector<ScanColumn>& after, const std::vector<ScanColumn>& from, const std::string& qualifier) {
  std::vector<std::string> items;
  const std::string prefix = qualifier.empty() ? "" : qualifier + ".";
  for (const ScanColumn& column : after) {
    const ScanColumn* source = find_column(from, column.name);
    const std::string name = quote_identifier(column.name);
    if (source && source->type == column.type) {
      items.push_back(fmt::format("{}{} AS {}", prefix, quote_identifier(source->name), name));
    } else {
      items.push_back(fmt::format("CAST({} AS {}) AS {}", source ? prefix + quote_identifier(source->name) : "NULL", column.type, name));
    }
  }
  return join(items, ", ");
}

void require_free_space(const fs::path& folder, uint64_t bytes, uint64_t reserve) {
  const uint64_t free = free_space(folder);
  if (free >= bytes + reserve) return;
  throw Error("TM4207", fmt::format("not enough free space below {}: {} free, {} to write and {} to keep free", folder.string(), format_bytes(free),
                                    format_bytes(bytes), format_bytes(reserve)))
      .hint("free some space, or vacuum tables whose old versions nobody needs");
}

}  // namespace tidemark::lake_adapter
