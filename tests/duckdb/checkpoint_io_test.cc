#include "adapter/duckdb/checkpoint_io.h"

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/json.h"
#include "duckdb/temporary_folder.h"

namespace tidemark::duckdb {
namespace {

class Checkpoints : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Database database_{DatabaseOptions{}};
  std::unique_ptr<lake::ParquetIo> io_ = make_checkpoint_io(database_);
};

TEST_F(Checkpoints, ActionsComeBackAsTheyWere) {
  std::vector<Json> actions = {
      Json::parse(
          R"({"protocol": {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["timestampNtz"], "writerFeatures": ["timestampNtz", "appendOnly"]}})"),
      Json::parse(
          R"({"metaData": {"id": "a-b", "description": "it's \"é\" 🦆", "format": {"provider": "parquet", "options": {}}, "schemaString": "{\"type\":\"struct\"}",
                      "partitionColumns": ["d"], "configuration": {"delta.x": "1"}, "createdTime": 1700000000000}})"),
      Json::parse(R"({"txn": {"appId": "run:'1'", "version": 9, "lastUpdated": 12}})"),
      Json::parse(
          R"({"remove": {"path": "gone.parquet", "deletionTimestamp": 5, "dataChange": true, "extendedFileMetadata": true, "partitionValues": {}, "size": 1}})"),
      Json::parse(R"({"domainMetadata": {"domain": "tm", "configuration": "{}", "removed": false}})"),
  };
  for (int i = 0; i < 12000; ++i) {
    Json add =
        Json::parse(R"({"add": {"path": "", "partitionValues": {"d": null, "e": "2"}, "size": 9007199254740993, "modificationTime": 1, "dataChange": false,
                               "stats": "{\"numRecords\":3}"}})");
    add["add"]["path"] = "d=1/part-" + std::to_string(i) + ".parquet";
    actions.push_back(add);
  }
  EXPECT_FALSE(database_.is_open());
  std::string file = folder_ / "00000000000000000010.checkpoint.parquet";
  int64_t bytes = io_->write_checkpoint(file, actions);
  EXPECT_EQ(bytes, static_cast<int64_t>(std::filesystem::file_size(file)));
  EXPECT_EQ(io_->read_checkpoint(file), actions);
  // A second one overwrites nothing of the first's table.
  io_->write_checkpoint(folder_ / "second.parquet", {actions[0]});
  EXPECT_EQ(io_->read_checkpoint(folder_ / "second.parquet"), std::vector<Json>{actions[0]});
}

TEST_F(Checkpoints, WhatOtherWritersAddIsLeftOut) {
  std::string file = folder_ / "foreign.parquet";
  database_.connect()->execute(
      "COPY (SELECT {'path': 'p', 'partitionValues': MAP {}::MAP(VARCHAR, VARCHAR), 'size': 1::BIGINT, 'stats_parsed': {'numRecords': 1}} AS add, "
      "NULL::STRUCT(appId VARCHAR) AS txn) TO '" +
      file + "' (FORMAT parquet)");
  EXPECT_EQ(io_->read_checkpoint(file), std::vector<Json>{Json::parse(R"({"add": {"path": "p", "partitionValues": {}, "size": 1}})")});
}

TEST_F(Checkpoints, FaultsAreNamed) {
  auto code = [&](const std::string& file) {
    try {
      io_->read_checkpoint(file);
    } catch (const Error& error) {
      EXPECT_NE(error.message().find(file), std::string::npos) << error.message();
      return error.code();
    }
    return std::string("none");
  };
  write_file(folder_ / "cut.parquet", "PAR1 and not much more");
  database_.connect()->execute("COPY (SELECT 1 AS a) TO '" + (folder_ / "other.parquet") + "' (FORMAT parquet)");
  EXPECT_EQ(code(folder_ / "missing.parquet"), "TM4113");
  EXPECT_EQ(code(folder_ / "cut.parquet"), "TM4112");
  EXPECT_EQ(code(folder_ / "other.parquet"), "TM4121");
}

}  // namespace
}  // namespace tidemark::duckdb
