#include "run/snapshot_sql.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::run {

namespace {

Error wrong(const Node& node, const std::string& what) { return Error("TM6131", fmt::format("snapshot '{}' {}", node.name, what)); }

HardDeletes hard_deletes_of(const Node& node) {
  const std::string word = node.config.text("hard_deletes", node.config.flag("invalidate_hard_deletes", false) ? "invalidate" : "ignore");
  if (word == "ignore") return HardDeletes::kIgnore;
  if (word == "invalidate") return HardDeletes::kInvalidate;
  if (word == "new_record") return HardDeletes::kNewRecord;
  throw wrong(node, fmt::format("has hard_deletes '{}'", word)).hint("one of: ignore, invalidate, new_record");
}

void rename_columns(const Node& node, SnapshotOptions& options) {
  const Json* names = node.config.find("snapshot_meta_column_names");
  if (names == nullptr || !names->is_object()) return;
  for (const auto& [key, into] :
       {std::pair{"dbt_valid_from", &options.valid_from}, std::pair{"dbt_valid_to", &options.valid_to}, std::pair{"dbt_updated_at", &options.updated},
        std::pair{"dbt_scd_id", &options.scd_id}, std::pair{"dbt_is_deleted", &options.is_deleted}}) {
    if (names->contains(key) && (*names)[key].is_string()) *into = (*names)[key].get<std::string>();
  }
}

std::string quoted(const std::string& name) { return quote_identifier(name); }

std::string hash_of(const std::vector<std::string>& expressions) {
  std::vector<std::string> parts;
  for (const std::string& expression : expressions) parts.push_back(fmt::format("coalesce(cast({} as varchar), '')", expression));
  return "md5(" + join(parts, " || '|' || ") + ")";
}

std::string valid_to_of(const SnapshotOptions& options, const std::string& time) {
  const std::string none = fmt::format("nullif({0}, {0})", time);
  return options.valid_to_current.empty() ? none : fmt::format("coalesce({}, {})", none, options.valid_to_current);
}

// Writes the parts of one next_snapshot_sql().
class NextSnapshot {
 public:
  NextSnapshot(const SnapshotOptions& options, const std::vector<ColumnType>& source_columns, const std::vector<ColumnType>& table_columns,
               const std::string& now)
      : options_(options), source_(source_columns), table_(table_columns), now_(now) {
    for (const ColumnType& column : source_) {
      if (find_column(table_, column.name) == nullptr) added_.push_back(column);
    }
  }

  std::string sql(const std::string& source, const std::string& table) const {
    std::vector<std::string> parts{insertions(), endings()};
    if (options_.hard_deletes != HardDeletes::kIgnore) parts.push_back(deletions());
    if (options_.hard_deletes == HardDeletes::kNewRecord) parts.push_back(deleted_records());
    return fmt::format(
        "with tm_source as (\nselect tm_rows.*, {} as tm_updated, {}\nfrom (\n{}\n) as tm_rows\n),\ntm_current as (\nselect *, {}, true as tm_found from "
        "{}\nwhere {}\n)\n{}",
        updated_at(), keys("tm_source_key"), source, keys("tm_current_key"), table, is_current(), join(parts, "\nunion all\n"));
  }

 private:
  std::string updated_at() const { return options_.updated_at.empty() ? now_ : options_.updated_at; }

  std::string keys(const char* prefix) const {
    std::vector<std::string> list;
    for (size_t i = 0; i < options_.unique_key.size(); ++i) list.push_back(fmt::format("{} as {}_{}", options_.unique_key[i], prefix, i));
    return join(list, ", ");
  }

  std::string is_current() const {
    const std::string column = quoted(options_.valid_to);
    if (options_.valid_to_current.empty()) return column + " is null";
    return fmt::format("({0} = {1} or {0} is null)", column, options_.valid_to_current);
  }

  std::string same_key() const {
    std::vector<std::string> list;
    for (size_t i = 0; i < options_.unique_key.size(); ++i) list.push_back(fmt::format("tm_source_key_{0} = tm_current_key_{0}", i));
    return join(list, " and ");
  }

  std::string changed() const {
    std::vector<std::string> reasons;
    if (options_.by_check) {
      std::vector<std::string> columns = options_.check_cols;
      if (columns.empty()) {
        for (const ColumnType& column : source_) columns.push_back(column.name);
      }
      for (const std::string& column : columns) {
        // a column that the table does not have yet: every row has changed
        const bool known = find_column(table_, column) != nullptr;
        reasons.push_back(known ? fmt::format("c.{0} is distinct from s.{0}", quoted(column)) : "true");
      }
    } else {
      reasons.push_back(fmt::format("c.{} < s.tm_updated", quoted(options_.valid_from)));
    }
    if (options_.hard_deletes == HardDeletes::kNewRecord) reasons.push_back(fmt::format("c.{} = 'True'", quoted(options_.is_deleted)));
    return "(" + join(reasons, " or ") + ")";
  }

  // The result's columns in order; `value` gives each, empty: NULL.
  template <class Value>
  std::string list(const Value& value) const {
    std::vector<std::string> out;
    const auto add = [&](const ColumnType& column) {
      std::string text = value(column.name);
      if (text.empty()) text = "null";
      out.push_back(fmt::format("cast({} as {}) as {}", text, column.type, quoted(column.name)));
    };
    for (const ColumnType& column : table_) add(column);
    for (const ColumnType& column : added_) add(column);
    return join(out, ", ");
  }

  // A new state that begins at `time`, with the source's columns out of `alias`.
  std::string state(const std::string& alias, const std::string& key_prefix, const std::string& time, bool deleted) const {
    std::vector<std::string> identity;
    for (size_t i = 0; i < options_.unique_key.size(); ++i) identity.push_back(fmt::format("{}.{}_{}", alias, key_prefix, i));
    identity.push_back(time);
    return list([&](const std::string& name) -> std::string {
      if (equals_ignore_case(name, options_.scd_id)) return hash_of(identity);
      if (equals_ignore_case(name, options_.updated) || equals_ignore_case(name, options_.valid_from)) return time;
      if (equals_ignore_case(name, options_.valid_to)) return valid_to_of(options_, time);
      if (equals_ignore_case(name, options_.is_deleted) && options_.hard_deletes == HardDeletes::kNewRecord) return deleted ? "'True'" : "'False'";
      if (find_column(source_, name) == nullptr) return "";
      return alias == "c" && find_column(table_, name) == nullptr ? "" : alias + "." + quoted(name);
    });
  }

  std::string insertions() const {
    return fmt::format("select {}\nfrom tm_source as s left join tm_current as c on {}\nwhere c.tm_found is null or {}",
                       state("s", "tm_source_key", "s.tm_updated", false), same_key(), changed());
  }

  // Old states that end at `time`.
  std::string ended(const std::string& time) const {
    return list([&](const std::string& name) -> std::string {
      if (equals_ignore_case(name, options_.valid_to)) return time;
      return find_column(table_, name) == nullptr ? "" : "c." + quoted(name);
    });
  }

  std::string endings() const {
    return fmt::format("select {}\nfrom tm_current as c join tm_source as s on {}\nwhere {}", ended("s.tm_updated"), same_key(), changed());
  }

  std::string gone() const {
    std::string where = fmt::format("not exists (select 1 from tm_source as s where {})", same_key());
    if (options_.hard_deletes == HardDeletes::kNewRecord) where += fmt::format(" and coalesce(c.{}, 'False') <> 'True'", quoted(options_.is_deleted));
    return where;
  }

  std::string deletions() const { return fmt::format("select {}\nfrom tm_current as c\nwhere {}", ended(now_), gone()); }

  std::string deleted_records() const { return fmt::format("select {}\nfrom tm_current as c\nwhere {}", state("c", "tm_current_key", now_, true), gone()); }

  const SnapshotOptions& options_;
  const std::vector<ColumnType>& source_;
  const std::vector<ColumnType>& table_;
  const std::string& now_;
  std::vector<ColumnType> added_;
};

}  // namespace

SnapshotOptions snapshot_options(const Node& node) {
  SnapshotOptions options;
  const std::string strategy = node.config.text("strategy", "");
  if (strategy != "timestamp" && strategy != "check") throw wrong(node, fmt::format("has strategy '{}'", strategy)).hint("timestamp or check");
  options.by_check = strategy == "check";
  options.updated_at = node.config.text("updated_at", "");
  options.unique_key = node.config.list("unique_key");
  if (options.unique_key.empty()) throw wrong(node, "has no unique_key");
  if (!options.by_check && options.updated_at.empty()) throw wrong(node, "has strategy 'timestamp' and no updated_at");
  if (options.by_check) {
    options.check_cols = node.config.list("check_cols");
    if (options.check_cols.empty()) throw wrong(node, "has strategy 'check' and no check_cols").hint("a list of columns, or 'all'");
    if (options.check_cols.size() == 1 && options.check_cols[0] == "all") options.check_cols.clear();
  }
  options.hard_deletes = hard_deletes_of(node);
  options.valid_to_current = node.config.text("dbt_valid_to_current", "");
  rename_columns(node, options);
  return options;
}

std::string first_snapshot_sql(const SnapshotOptions& options, const std::string& source, const std::string& now) {
  const std::string time = options.updated_at.empty() ? now : options.updated_at;
  std::vector<std::string> identity = options.unique_key;
  identity.push_back(time);
  std::string sql = fmt::format("select tm_rows.*, {} as {}, {} as {}, {} as {}, {} as {}", hash_of(identity), quoted(options.scd_id), time,
                                quoted(options.updated), time, quoted(options.valid_from), valid_to_of(options, time), quoted(options.valid_to));
  if (options.hard_deletes == HardDeletes::kNewRecord) sql += fmt::format(", 'False' as {}", quoted(options.is_deleted));
  return sql + "\nfrom (\n" + source + "\n) as tm_rows";
}

std::string next_snapshot_sql(const SnapshotOptions& options, const std::string& source, const std::vector<ColumnType>& source_columns,
                              const std::string& table, const std::vector<ColumnType>& table_columns, const std::string& now) {
  return NextSnapshot(options, source_columns, table_columns, now).sql(source, table);
}

}  // namespace tidemark::run
