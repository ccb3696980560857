#include "adapter/duckdb/checkpoint_io.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

struct Action {
  const char* name;
  const char* structure;  // as json_transform takes it; fields as the Delta protocol lays out classic checkpoints
};

constexpr std::array<Action, 6> kActions = {{
    {"protocol", R"json({"minReaderVersion": "INTEGER", "minWriterVersion": "INTEGER", "readerFeatures": ["VARCHAR"], "writerFeatures": ["VARCHAR"]})json"},
    {"metaData", R"json({"id": "VARCHAR", "name": "VARCHAR", "description": "VARCHAR", "format": {"provider": "VARCHAR", "options": "MAP(VARCHAR, VARCHAR)"},
                     "schemaString": "VARCHAR", "partitionColumns": ["VARCHAR"], "configuration": "MAP(VARCHAR, VARCHAR)", "createdTime": "BIGINT"})json"},
    {"txn", R"json({"appId": "VARCHAR", "version": "BIGINT", "lastUpdated": "BIGINT"})json"},
    {"add", R"json({"path": "VARCHAR", "partitionValues": "MAP(VARCHAR, VARCHAR)", "size": "BIGINT", "modificationTime": "BIGINT", "dataChange": "BOOLEAN",
                "stats": "VARCHAR", "tags": "MAP(VARCHAR, VARCHAR)",
                "deletionVector": {"storageType": "VARCHAR", "pathOrInlineDv": "VARCHAR", "offset": "INTEGER", "sizeInBytes": "INTEGER", "cardinality": "BIGINT"},
                "baseRowId": "BIGINT", "defaultRowCommitVersion": "BIGINT", "clusteringProvider": "VARCHAR"})json"},
    {"remove", R"json({"path": "VARCHAR", "deletionTimestamp": "BIGINT", "dataChange": "BOOLEAN", "extendedFileMetadata": "BOOLEAN",
                   "partitionValues": "MAP(VARCHAR, VARCHAR)", "size": "BIGINT", "tags": "MAP(VARCHAR, VARCHAR)",
                   "deletionVector": {"storageType": "VARCHAR", "pathOrInlineDv": "VARCHAR", "offset": "INTEGER", "sizeInBytes": "INTEGER", "cardinality": "BIGINT"},
                   "baseRowId": "BIGINT", "defaultRowCommitVersion": "BIGINT"})json"},
    {"domainMetadata", R"json({"domain": "VARCHAR", "configuration": "VARCHAR", "removed": "BOOLEAN"})json"},
}};

// A null in a map is a value, a null member of a struct is one that was not written. Parsed copies of texts are left out.
Json to_json(const Value& value) {
  switch (value.kind()) {
    case ValueKind::kNull:
      return nullptr;
    case ValueKind::kBool:
      return value.as_bool();
    case ValueKind::kInteger:
      return value.as_integer();
    case ValueKind::kList: {
      Json list = Json::array();
      for (const auto& element : value.elements()) list.push_back(to_json(element));
      return list;
    }
    case ValueKind::kMap: {
      Json map = Json::object();
      for (const auto& [key, item] : value.pairs()) map[key.text()] = to_json(item);
      return map;
    }
    case ValueKind::kStruct: {
      Json members = Json::object();
      for (const auto& [name, item] : value.fields()) {
        if (!item.is_null() && !name.ends_with("_parsed")) members[name] = to_json(item);
      }
      return members;
    }
    default:
      return value.text();
  }
}

class CheckpointIo final : public lake::ParquetIo {
 public:
  explicit CheckpointIo(Database& database) : database_(database) {}

  std::vector<Json> read_checkpoint(const fs::path& file) override {
    std::string from = " FROM read_parquet(" + quote_literal(file.string()) + ")";
    std::vector<std::string> names;
    for (const auto& column : engine().describe("SELECT *" + from)) {
      if (column.type.starts_with("STRUCT")) names.push_back(quote_identifier(column.name));
    }
    if (names.empty()) throw Error("TM4121", file.string() + " is no checkpoint: it has no columns of actions");
    RowStream stream = engine().stream("SELECT " + join(names, ", ") + from);
    std::vector<Json> actions;
    std::vector<Row> rows;
    while (stream.next(rows)) {
      for (const auto& row : rows) add_actions(stream.columns(), row, actions);
    }
    return actions;
  }

  int64_t write_checkpoint(const fs::path& file, const std::vector<Json>& actions) override {
    std::vector<std::string> items;
    for (const auto& action : kActions) items.push_back(fmt::format("json_transform(j->'$.{0}', '{1}') AS {0}", action.name, action.structure));
    std::string select = "SELECT " + join(items, ", ") + " FROM ";
    engine().execute("CREATE OR REPLACE TEMP TABLE tm_checkpoint AS " + select + "(SELECT NULL::JSON AS j) LIMIT 0");
    for (size_t first = 0; first < actions.size(); first += kBatch) {
      ValueList texts;
      for (size_t i = first; i < std::min(first + kBatch, actions.size()); ++i) texts.push_back(Value::string(dump_json(actions[i])));
      engine().execute("INSERT INTO tm_checkpoint " + select + "(SELECT unnest($1::JSON[]) AS j)", {Value::list(std::move(texts))});
    }
    engine().execute("COPY tm_checkpoint TO " + quote_literal(file.string()) + " (FORMAT parquet, COMPRESSION zstd)");
    engine().execute("DROP TABLE tm_checkpoint");
    sync_file(file);
    sync_directory(file.parent_path());
    return static_cast<int64_t>(fs::file_size(file));
  }

 private:
  static constexpr size_t kBatch = 5000;

  static void add_actions(const std::vector<ColumnType>& columns, const Row& row, std::vector<Json>& actions) {
    for (size_t i = 0; i < row.size(); ++i) {
      if (!row[i].is_null()) actions.push_back(Json{{columns[i].name, to_json(row[i])}});
    }
  }

  Connection& engine() {
    if (!connection_) connection_ = database_.connect();
    return *connection_;
  }

  Database& database_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace

std::unique_ptr<lake::ParquetIo> make_checkpoint_io(Database& database) { return std::make_unique<CheckpointIo>(database); }

}  // namespace tidemark::duckdb
