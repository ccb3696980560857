#include "adapter/duckdb/native_publish.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/strings.h"
#include "sql/columns.h"

namespace tidemark::duckdb {
namespace {

constexpr const char* kDest = "DBT_INTERNAL_DEST";
constexpr const char* kSource = "DBT_INTERNAL_SOURCE";

class NativePublish {
 public:
  NativePublish(Connection& connection, const NativeStaged& staged, const PublishRequest& request, const std::optional<TableState>& before)
      : connection_(connection), staged_(staged), request_(request), before_(before), target_(request.target.render()) {}

  PublishResult run() {
    if (request_.expected_version && before_ && before_->version != *request_.expected_version) {
      throw Error("TM4205", fmt::format("{} is at version {}, not at {}: somebody else has changed it", target_, before_->version, *request_.expected_version));
    }
    connection_.execute("CREATE SCHEMA IF NOT EXISTS " + quote_identifier(request_.target.database) + "." + quote_identifier(request_.target.schema));
    const bool is_table = request_.target.type == RelationType::kTable;
    if (is_table && request_.mode != WriteMode::kReplace) {
      change_columns();
      write();
    } else {
      replace(is_table);
    }
    result_.rows_inserted = staged_.rows();
    result_.rows_written = staged_.rows();
    describe();
    commit();
    return result_;
  }

 private:
  void replace(bool is_table) {
    if (is_table) result_.rows_deleted = identity_of(connection_, request_.target).rows;
    if (request_.target.type) connection_.execute(fmt::format("DROP {} {}", is_table ? "TABLE" : "VIEW", target_));
    std::vector<std::string> items;
    const std::vector<ColumnType>& columns = request_.new_columns.empty() ? staged_.columns() : request_.new_columns;
    for (const ColumnType& column : columns) {
      const bool known = find_column(staged_.columns(), column.name) != nullptr;
      const std::string name = quote_identifier(column.name);
      items.push_back(fmt::format("CAST({} AS {}) AS {}", known ? name : "NULL", column.type, name));
    }
    connection_.execute(fmt::format("CREATE TABLE {} AS SELECT {} FROM {}", target_, join(items, ", "), staged_.scan()));
    if (request_.mode == WriteMode::kReplacePartitions && !request_.partitions.columns.empty()) make_partitions();
  }

  void change_columns() {
    table_columns_ = connection_.describe("SELECT * FROM " + target_);
    if (request_.new_columns.empty()) return;
    for (const ColumnType& column : table_columns_) {
      const ColumnType* after = find_column(request_.new_columns, column.name);
      const std::string name = quote_identifier(column.name);
      if (!after) {
        connection_.execute(fmt::format("ALTER TABLE {} DROP COLUMN {}", target_, name));
      } else if (after->type != column.type) {
        connection_.execute(fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {}", target_, name, after->type));
      }
    }
    for (const ColumnType& column : request_.new_columns) {
      if (!find_column(table_columns_, column.name))
        connection_.execute(fmt::format("ALTER TABLE {} ADD COLUMN {} {}", target_, quote_identifier(column.name), column.type));
    }
    table_columns_ = request_.new_columns;
  }

  void write() {
    switch (request_.mode) {
      case WriteMode::kReplace:
      case WriteMode::kAppend:
        return insert();
      case WriteMode::kMerge:
        return request_.unique_key.empty() ? insert() : merge();
      case WriteMode::kDeleteInsert:
        return delete_insert();
      case WriteMode::kReplacePartitions:
        return replace_partitions();
      case WriteMode::kReplaceRange:
        return replace_range();
    }
  }

  // Columns of the table that the staged rows have; the others stay NULL where the request names the columns.
  std::vector<std::string> common_columns() const {
    std::vector<std::string> names;
    for (const ColumnType& column : table_columns_) {
      if (find_column(staged_.columns(), column.name)) {
        names.push_back(quote_identifier(column.name));
      } else if (request_.new_columns.empty()) {
        throw Error("TM4206", fmt::format("the query gives no column '{}' of {}", column.name, target_));
      }
    }
    return names;
  }

  void insert() {
    const std::string names = join(common_columns(), ", ");
    connection_.execute(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {}", target_, names, names, staged_.scan()));
  }

  std::string keys_equal() const {
    std::vector<std::string> parts;
    for (const std::string& key : request_.unique_key) {
      if (!find_column(staged_.columns(), key) || !find_column(table_columns_, key)) {
        throw Error("TM4206", fmt::format("unique_key '{}' must be a column of the query and of {}", key, target_));
      }
      parts.push_back(fmt::format("{}.{} = {}.{}", kSource, quote_identifier(key), kDest, quote_identifier(key)));
    }
    return join(parts, " AND ");
  }

  void merge() {
    std::string condition = keys_equal();
    for (const std::string& predicate : request_.predicates) condition += " AND (" + predicate + ")";
    const Table twice = connection_.query(
        fmt::format(
            "SELECT 1 FROM (SELECT *, row_number() OVER () AS \"__tm_row\" FROM {}) AS {} JOIN {} AS {} ON {} GROUP BY {}.\"__tm_row\" HAVING count(*) > 1",
            target_, kDest, staged_.scan(), kSource, condition, kDest),
        1);
    if (!twice.rows.empty()) {
      throw Error("TM6201", fmt::format("merge into {}: several new rows have the same unique_key ({}) and would update the same row", target_,
                                        join(request_.unique_key, ", ")))
          .hint("make the query give one row for each unique_key");
    }
    const std::vector<std::string> common = common_columns();
    std::vector<std::string> updates;
    std::vector<std::string> values;
    for (const std::string& quoted : common) {
      const std::string plain = quoted.substr(1, quoted.size() - 2);
      const bool updated = request_.update_columns.empty() ? !contains_name(request_.exclude_columns, plain) : contains_name(request_.update_columns, plain);
      if (updated) updates.push_back(fmt::format("{} = {}.{}", quoted, kSource, quoted));
      values.push_back(fmt::format("{}.{}", kSource, quoted));
    }
    result_.rows_deleted = connection_
                               .scalar(fmt::format("SELECT count(*) FROM {} AS {} WHERE EXISTS (SELECT 1 FROM {} AS {} WHERE {})", target_, kDest,
                                                   staged_.scan(), kSource, condition))
                               .as_integer();
    const std::string update = updates.empty() ? "" : fmt::format("WHEN MATCHED THEN UPDATE SET {} ", join(updates, ", "));
    connection_.execute(fmt::format("MERGE INTO {} AS {} USING {} AS {} ON {} {}WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})", target_, kDest, staged_.scan(),
                                    kSource, condition, update, join(common, ", "), join(values, ", ")));
  }

  void delete_insert() {
    if (!request_.unique_key.empty()) {
      std::string inner = keys_equal();
      std::string outer;
      for (const std::string& predicate : request_.predicates) {
        const bool names_source = to_lower(predicate).find("dbt_internal_source") != std::string::npos;
        (names_source ? inner : outer) += " AND (" + predicate + ")";
      }
      result_.rows_deleted = connection_.execute(
          fmt::format("DELETE FROM {} AS {} WHERE EXISTS (SELECT 1 FROM {} AS {} WHERE {}){}", target_, kDest, staged_.scan(), kSource, inner, outer));
    }
    insert();
  }

  void make_partitions() {
    const PartitionSet& set = request_.partitions;
    const std::vector<ColumnType>& columns = table_columns_.empty() ? staged_.columns() : table_columns_;
    std::vector<std::string> names;
    for (const std::string& name : set.columns) {
      const ColumnType* column = find_column(columns, name);
      if (!column) throw Error("TM4206", fmt::format("partition column '{}' is no column of {}", name, target_));
      names.push_back(fmt::format("CAST({} AS {}) AS {}", quote_identifier(name), column->type, quote_identifier(name)));
    }
    std::string sql = fmt::format("CREATE OR REPLACE TEMP TABLE \"__tm_partitions\" AS SELECT DISTINCT {} FROM {}", join(names, ", "), staged_.scan());
    for (const auto& values : set.values) sql += " UNION SELECT " + join(values, ", ");
    connection_.execute(sql);
    result_.partitions_written = connection_.scalar("SELECT count(*) FROM temp.main.\"__tm_partitions\"").as_integer();
  }

  void replace_partitions() {
    const PartitionSet& set = request_.partitions;
    if (set.columns.empty() && !set.is_all) throw Error("TM4206", "replacing partitions of " + target_ + " needs partition columns");
    if (!set.columns.empty()) make_partitions();
    std::string where;
    if (!set.is_all) {
      std::vector<std::string> same;
      for (const std::string& name : set.columns) same.push_back(fmt::format("p.{0} IS NOT DISTINCT FROM {1}.{0}", quote_identifier(name), kDest));
      where = fmt::format(" WHERE EXISTS (SELECT 1 FROM temp.main.\"__tm_partitions\" AS p WHERE {})", join(same, " AND "));
    }
    result_.rows_deleted = connection_.execute(fmt::format("DELETE FROM {} AS {}{}", target_, kDest, where));
    insert();
  }

  void replace_range() {
    const RowRange& range = request_.range;
    const ColumnType* column = find_column(table_columns_, range.column);
    if (column == nullptr) throw Error("TM4206", fmt::format("'{}' is no column of {}", range.column, target_));
    result_.rows_deleted = connection_.execute(
        fmt::format("DELETE FROM {0} AS {1} WHERE {1}.{2} >= {3} AND {1}.{2} < {4}", target_, kDest, quote_identifier(column->name), range.begin, range.end));
    insert();
  }

  void describe() {
    if (!request_.description.empty()) connection_.execute(fmt::format("COMMENT ON TABLE {} IS {}", target_, quote_literal(request_.description)));
    for (const auto& [column, text] : request_.column_descriptions) {
      connection_.execute(fmt::format("COMMENT ON COLUMN {}.{} IS {}", target_, quote_identifier(column), quote_literal(text)));
    }
  }

  void commit() {
    result_.version = before_ ? before_->version + 1 : 0;
    const TableIdentity now = identity_of(connection_, request_.target);
    connection_.execute("INSERT OR REPLACE INTO \"_tidemark\".\"commits\" VALUES ($1, $2, $3, $4, $5, $6, $7)",
                        {Value::string(request_.target.schema), Value::string(request_.target.identifier), Value::string(now.columns), Value::integer(now.rows),
                         Value::integer(result_.version), Value::integer(to_epoch_ms(wall_now())), Value::string(dump_json(request_.commit))});
  }

  Connection& connection_;
  const NativeStaged& staged_;
  const PublishRequest& request_;
  const std::optional<TableState>& before_;
  std::string target_;
  std::vector<ColumnType> table_columns_;
  PublishResult result_;
};

}  // namespace

NativeStaged::~NativeStaged() {
  try {
    connection_.execute("DROP TABLE IF EXISTS " + scan());
  } catch (const Error&) {  // it goes with the connection
  }
}

std::unique_ptr<NativeStaged> stage_native(Connection& connection, const StageRequest& request, const std::string& name) {
  std::string sql = request.sql;
  if (!request.cluster_by.empty()) {
    std::vector<std::string> keys;
    for (const std::string& column : request.cluster_by) keys.push_back(quote_identifier(column));
    sql = fmt::format("SELECT * FROM ({}) ORDER BY {}", sql, join(keys, ", "));
  }
  connection.execute(fmt::format("CREATE OR REPLACE TEMP TABLE {} AS {}", quote_identifier(name), sql));
  const std::string scan = "temp.main." + quote_identifier(name);
  const int64_t rows = connection.scalar("SELECT count(*) FROM " + scan).as_integer();
  return std::make_unique<NativeStaged>(connection, name, connection.describe("SELECT * FROM " + scan), rows);
}

PublishResult publish_native(Connection& connection, const NativeStaged& staged, const PublishRequest& request, const std::optional<TableState>& before) {
  return NativePublish(connection, staged, request, before).run();
}

TableIdentity identity_of(Connection& connection, const Relation& table) {
  TableIdentity identity;
  std::string columns;
  for (const ColumnType& column : connection.describe("SELECT * FROM " + table.render())) columns += column.name + " " + column.type + "\n";
  identity.columns = md5_hex(columns);
  identity.rows = connection.scalar("SELECT count(*) FROM " + table.render()).as_integer();
  return identity;
}

void forget_commit(Connection& connection, const Relation& table) {
  connection.execute("DELETE FROM \"_tidemark\".\"commits\" WHERE table_schema = $1 AND table_name = $2",
                     {Value::string(table.schema), Value::string(table.identifier)});
}

}  // namespace tidemark::duckdb
