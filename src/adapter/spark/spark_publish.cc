#include "adapter/spark/spark_publish.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "adapter/spark/spark_values.h"
#include "adapter/table.h"
#include "base/error.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::spark {
namespace {

std::string names(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(quote_name(column));
  return join(quoted, ", ");
}

class SparkPublish {
 public:
  SparkPublish(SparkSession& session, const SparkStaged& staged, const PublishRequest& request, const std::optional<Relation>& existing, std::string format)
      : session_(session), staged_(staged), request_(request), existing_(existing), format_(std::move(format)), target_(request.target.render()) {}

  void run() {
    if (!existing_ || existing_->type == RelationType::kView || request_.mode == WriteMode::kReplace) return replace();
    table_columns_ = session_.columns(request_.target);
    change_columns();
    write();
  }

 private:
  bool is_delta() const { return format_ == "delta"; }

  // The statement that makes the rows visible.
  void data(const std::string& sql) {
    if (is_delta()) return session_.run_commit(request_.target, sql, request_.commit);
    session_.run(sql);
  }

  std::string partitioned_by() const { return request_.partition_folders.empty() ? "" : " PARTITIONED BY (" + names(request_.partition_folders) + ")"; }
  std::string comment() const { return request_.description.empty() ? "" : " COMMENT " + quote_text(request_.description); }
  std::string property() const { return is_delta() ? "" : fmt::format(" TBLPROPERTIES ('tidemark.commit' = {})", quote_text(dump_json(request_.commit))); }

  void replace() {
    if (existing_ && existing_->type == RelationType::kView) session_.run("DROP VIEW IF EXISTS " + target_);
    const std::string body = fmt::format(" USING {}{}{}{} AS SELECT * FROM {}", format_, partitioned_by(), comment(), property(), staged_.scan());
    if (is_delta()) return replace_delta(body);
    Relation beside = request_.target;
    beside.identifier += "__tm_new";
    session_.run("DROP TABLE IF EXISTS " + beside.render());
    session_.run("CREATE TABLE " + beside.render() + body);
    if (existing_) session_.run("DROP TABLE IF EXISTS " + target_);
    session_.run(fmt::format("ALTER TABLE {} RENAME TO {}", beside.render(), target_));
  }

  // One commit: an overwrite where the table stays what it is, else a table replaced by another.
  void replace_delta(const std::string& body) {
    if (!existing_ || existing_->type == RelationType::kView) {
      data("CREATE TABLE " + target_ + body);
    } else if (is_same_table()) {
      data(fmt::format("INSERT OVERWRITE {} SELECT * FROM {}", target_, staged_.scan()));
    } else {
      replace_with_other_columns(body);
    }
  }

  bool is_same_table() {
    const std::optional<RelationFacts> now = session_.facts(request_.target);
    return now && now->format == format_ && now->columns == staged_.columns() && now->partition_columns == request_.partition_folders;
  }

  // Some versions of Spark and Delta together cannot replace a table by a query's rows in one statement: there the table is
  // empty between two.
  void replace_with_other_columns(const std::string& body) {
    try {
      data("CREATE OR REPLACE TABLE " + target_ + body);
    } catch (const Error& error) {
      if (error.message().find("does not support truncate") == std::string::npos) throw;
      std::vector<std::string> columns;
      for (const ColumnType& column : staged_.columns()) columns.push_back(quote_name(column.name) + " " + column.type);
      session_.carry_nothing();
      session_.run(fmt::format("CREATE OR REPLACE TABLE {} ({}) USING delta{}{}", target_, join(columns, ", "), partitioned_by(), comment()));
      data(fmt::format("INSERT INTO {} SELECT * FROM {}", target_, staged_.scan()));
    }
  }

  void change_columns() {
    std::vector<std::string> added;
    for (const ColumnType& column : request_.new_columns) {
      if (!find_column(table_columns_, column.name)) added.push_back(quote_name(column.name) + " " + column.type);
    }
    for (const ColumnType& column : table_columns_) {
      if (request_.new_columns.empty() || find_column(request_.new_columns, column.name)) continue;
      throw Error("TM4420", fmt::format("{} cannot lose its column '{}': Spark drops columns of tables with column mapping only", target_, column.name))
          .hint("on_schema_change: append_new_columns, or --full-refresh");
    }
    if (added.empty()) return;
    session_.carry_nothing();  // nobody's rows yet
    session_.run(fmt::format("ALTER TABLE {} ADD COLUMNS ({})", target_, join(added, ", ")));
    session_.forget(request_.target);
    table_columns_ = session_.columns(request_.target);
  }

  void write() {
    switch (request_.mode) {
      case WriteMode::kReplace:
        return replace();
      case WriteMode::kAppend:
        return append();
      case WriteMode::kMerge:
        return request_.unique_key.empty() ? append() : merge();
      case WriteMode::kDeleteInsert:
        return request_.unique_key.empty() ? append() : delete_insert();
      case WriteMode::kReplacePartitions:
        return replace_partitions();
      case WriteMode::kReplaceRange:
        return replace_range();
    }
  }

  // Columns of the table that the staged rows have, in the table's order.
  std::vector<std::string> common() const {
    std::vector<std::string> out;
    for (const ColumnType& column : table_columns_) {
      if (find_column(staged_.columns(), column.name)) {
        out.push_back(column.name);
      } else if (request_.new_columns.empty()) {
        throw Error("TM4206", fmt::format("the query gives no column '{}' of {}", column.name, target_));
      }
    }
    return out;
  }

  // The staged rows as rows of the table; columns that they lack are NULL.
  std::string as_rows() const {
    std::vector<std::string> values;
    for (const ColumnType& column : table_columns_) {
      values.push_back(find_column(staged_.columns(), column.name) ? quote_name(column.name)
                                                                   : fmt::format("CAST(NULL AS {}) AS {}", column.type, quote_name(column.name)));
    }
    return fmt::format("SELECT {} FROM {}", join(values, ", "), staged_.scan());
  }

  void append() {
    common();
    data(fmt::format("INSERT INTO {} {}", target_, as_rows()));
  }

  std::string keys_equal() const {
    std::vector<std::string> parts;
    for (const std::string& key : request_.unique_key) {
      if (!find_column(staged_.columns(), key) || !find_column(table_columns_, key)) {
        throw Error("TM4206", fmt::format("unique_key '{}' must be a column of the query and of {}", key, target_));
      }
      parts.push_back(fmt::format("DBT_INTERNAL_SOURCE.{0} = DBT_INTERNAL_DEST.{0}", quote_name(key)));
    }
    return join(parts, " AND ");
  }

  void need_delta(const char* what) const {
    if (!is_delta())
      throw Error("TM4420", fmt::format("{} of {} needs Delta, and it is a {} table", what, target_, format_))
          .hint("file_format: delta, or incremental_strategy: insert_overwrite");
  }

  void merge() {
    need_delta("merge");
    std::string condition = keys_equal();
    for (const std::string& predicate : request_.predicates) condition += " AND (" + predicate + ")";
    std::vector<std::string> updates;
    std::vector<std::string> values;
    const std::vector<std::string> columns = common();
    for (const std::string& name : columns) {
      const bool updated = request_.update_columns.empty() ? !contains_name(request_.exclude_columns, name) : contains_name(request_.update_columns, name);
      if (updated) updates.push_back(fmt::format("{0} = DBT_INTERNAL_SOURCE.{0}", quote_name(name)));
      values.push_back("DBT_INTERNAL_SOURCE." + quote_name(name));
    }
    const std::string update = updates.empty() ? "" : fmt::format(" WHEN MATCHED THEN UPDATE SET {}", join(updates, ", "));
    data(fmt::format("MERGE INTO {} AS DBT_INTERNAL_DEST USING {} AS DBT_INTERNAL_SOURCE ON {}{} WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})", target_,
                     staged_.scan(), condition, update, names(columns), join(values, ", ")));
  }

  // Delta has no statement that deletes and inserts at once, but for an overwrite: rows that stay are written again, in one commit.
  void delete_insert() {
    need_delta("delete+insert");
    common();
    std::string inner = keys_equal();
    std::string outer;
    for (const std::string& predicate : request_.predicates) {
      const bool names_source = to_lower(predicate).find("dbt_internal_source") != std::string::npos;
      (names_source ? inner : outer) += " AND (" + predicate + ")";
    }
    std::vector<std::string> all;
    for (const ColumnType& column : table_columns_) all.push_back("DBT_INTERNAL_DEST." + quote_name(column.name));
    data(
        fmt::format("INSERT OVERWRITE {0} SELECT {1} FROM {0} AS DBT_INTERNAL_DEST WHERE NOT (EXISTS (SELECT 1 FROM {2} AS DBT_INTERNAL_SOURCE WHERE {3}){4}) "
                    "UNION ALL {5}",
                    target_, join(all, ", "), staged_.scan(), inner, outer, as_rows()));
  }

  // Of the partitions in the staged rows and of those asked for, each once: one list of literals a partition.
  std::set<std::vector<std::string>> partition_values() const {
    const PartitionSet& set = request_.partitions;
    std::set<std::vector<std::string>> out;
    if (!set.is_complete) {
      for (const Row& row : session_.query(fmt::format("SELECT DISTINCT {} FROM {}", names(set.columns), staged_.scan()), -1).rows) {
        std::vector<std::string> values;
        for (const Value& value : row) values.push_back(literal(value));
        out.insert(std::move(values));
      }
    }
    std::vector<std::string> asked;
    for (const std::vector<std::string>& values : set.values) asked.insert(asked.end(), values.begin(), values.end());
    const std::vector<std::string> own = session_.own_literals(asked);
    const auto width = static_cast<std::ptrdiff_t>(set.columns.size());
    for (auto it = own.begin(); it != own.end(); it += width) out.insert(std::vector<std::string>(it, it + width));
    return out;
  }

  // Values of one column are listed: a long chain of ORs is more than Spark's parser takes.
  std::string partition_predicate(const std::set<std::vector<std::string>>& partitions) const {
    const std::vector<std::string>& columns = request_.partitions.columns;
    std::vector<std::string> listed, parts;
    for (const std::vector<std::string>& values : partitions) {
      if (columns.size() == 1 && values[0] != "NULL") {
        listed.push_back(values[0]);
        continue;
      }
      std::vector<std::string> equal;
      for (size_t i = 0; i < columns.size(); ++i) equal.push_back(quote_name(columns[i]) + (values[i] == "NULL" ? " IS NULL" : " = " + values[i]));
      parts.push_back("(" + join(equal, " AND ") + ")");
    }
    if (!listed.empty()) parts.push_back(quote_name(columns[0]) + " IN (" + join(listed, ", ") + ")");
    return join(parts, " OR ");
  }

  void replace_partitions() {
    common();
    const PartitionSet& set = request_.partitions;
    if (set.columns.empty() && !set.is_all) throw Error("TM4206", "replacing partitions of " + target_ + " needs partition columns");
    if (set.is_all) {
      data(fmt::format("INSERT OVERWRITE {} {}", target_, as_rows()));
      return;
    }
    const std::set<std::vector<std::string>> partitions = partition_values();
    if (partitions.empty()) return;  // no rows either: Delta would make no commit of it
    if (is_delta()) {
      data(fmt::format("INSERT INTO {} REPLACE WHERE {} {}", target_, partition_predicate(partitions), as_rows()));
      return;
    }
    session_.run("SET spark.sql.sources.partitionOverwriteMode=dynamic");
    data(fmt::format("INSERT OVERWRITE {} {}", target_, as_rows()));
    session_.run("SET spark.sql.sources.partitionOverwriteMode=static");
  }

  // Delta refuses rows that lie outside of what is replaced, so that a batch cannot write into another's range.
  void replace_range() {
    need_delta("microbatch");
    common();
    const RowRange& range = request_.range;
    if (!find_column(table_columns_, range.column)) throw Error("TM4206", fmt::format("'{}' is no column of {}", range.column, target_));
    const std::vector<std::string> ends = session_.own_literals({range.begin, range.end});
    data(fmt::format("INSERT INTO {0} REPLACE WHERE {1} >= {2} AND {1} < {3} {4}", target_, quote_name(range.column), ends.at(0), ends.at(1), as_rows()));
  }

  SparkSession& session_;
  const SparkStaged& staged_;
  const PublishRequest& request_;
  const std::optional<Relation>& existing_;
  std::string format_;
  std::string target_;
  std::vector<ColumnType> table_columns_;
};

}  // namespace

PublishResult publish_on_spark(SparkSession& session, const SparkStaged& staged, const PublishRequest& request, const std::optional<Relation>& existing,
                               const std::string& format) {
  SparkPublish(session, staged, request, existing, format).run();
  return {};
}

}  // namespace tidemark::spark
