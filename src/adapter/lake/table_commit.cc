#include "adapter/lake/table_commit.h"

#include <algorithm>

#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "lake/commit.h"
#include "lake/statistics.h"

namespace tidemark::lake_adapter {
namespace {

lake::Schema schema_of(const TableCommit& commit) {
  lake::Schema schema;
  for (const ScanColumn& column : commit.columns) {
    const lake::Field* old = commit.before ? commit.before->snapshot->metadata.schema.find(column.name) : nullptr;
    const bool keeps = old && old->name == column.name && lake::engine_type(*old) == column.type;
    lake::Field field = keeps ? *old : lake::make_field(column.name, column.type);
    const auto described = commit.column_descriptions.find(column.name);
    if (described != commit.column_descriptions.end() && !described->second.empty()) {
      field.metadata["comment"] = described->second;
    } else {
      field.metadata.erase("comment");
    }
    schema.fields.push_back(std::move(field));
  }
  return schema;
}

lake::Metadata metadata_of(const TableCommit& commit) {
  lake::Metadata metadata;
  if (commit.before) {
    metadata = commit.before->snapshot->metadata;
  } else {
    metadata.id = random_uuid();
    metadata.created_ms = to_epoch_ms(wall_now());
  }
  metadata.description = commit.description;
  metadata.schema = schema_of(commit);
  metadata.partition_columns.clear();
  for (const ScanColumn& column : commit.columns) {
    if (column.is_partition) metadata.partition_columns.push_back(column.name);
  }
  return metadata;
}

bool same_metadata(const lake::Metadata& a, const lake::Metadata& b) {
  return a.description == b.description && a.partition_columns == b.partition_columns && lake::schema_text(a.schema) == lake::schema_text(b.schema);
}

std::string statistics_of(const duckdb::ParquetFile& file, const lake::Schema& schema) {
  lake::FileStatistics statistics{.rows = file.rows, .columns = {}};
  for (const duckdb::ColumnStats& column : file.stats) {
    if (column.path.size() != 1) continue;
    lake::ColumnStatistics one{.column = column.path[0], .min = {}, .max = {}, .nulls = column.nulls};
    if (!column.min.is_null()) one.min = column.min.text();
    if (!column.max.is_null()) one.max = column.max.text();
    statistics.columns.push_back(std::move(one));
  }
  return lake::encode_statistics(statistics, schema);
}

void add_files(const StagedFiles& staged, const lake::Schema& schema, std::vector<lake::AddFile>& adds) {
  const int64_t now = to_epoch_ms(wall_now());
  for (size_t i = 0; i < staged.files().size(); ++i) {
    const duckdb::ParquetFile& file = staged.files()[i];
    lake::AddFile add;
    add.path = staged.table_paths()[i];
    for (const auto& [column, value] : file.partition) add.partition[column] = value.is_null() ? std::nullopt : std::optional(value.text());
    add.size = file.bytes;
    add.modified_ms = now;
    add.stats = statistics_of(file, schema);
    adds.push_back(std::move(add));
  }
}

}  // namespace

std::optional<int64_t> commit_table(const TableCommit& commit, lake::ParquetIo* parquet) {
  lake::CommitRequest request;
  request.folder = commit.folder;
  if (commit.before) request.base = commit.before->snapshot;
  lake::Metadata metadata = metadata_of(commit);
  for (const StagedFiles* staged : commit.added) add_files(*staged, metadata.schema, request.adds);
  for (size_t i : commit.removed) request.removes.push_back(commit.before->files[i].log_path);
  if (!commit.before || !same_metadata(metadata, commit.before->snapshot->metadata)) request.metadata = std::move(metadata);
  request.scope = commit.is_blind_append ? lake::ReadScope::kNothing : lake::ReadScope::kWholeTable;
  request.data_change = !commit.lays_out_anew;
  request.operation = commit.operation;
  request.own = commit.own;
  request.parquet = parquet;
  try {
    return lake::commit(request).version;
  } catch (const Error& error) {
    if (error.code() == "TM4340") return std::nullopt;
    throw;
  }
}

std::map<std::string, std::string> column_comments(const TableVersion& table) {
  std::map<std::string, std::string> comments;
  for (const lake::Field& field : table.snapshot->metadata.schema.fields) {
    if (std::string comment = column_comment(field); !comment.empty()) comments[field.name] = std::move(comment);
  }
  return comments;
}

}  // namespace tidemark::lake_adapter
