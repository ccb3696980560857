// Changes of the warehouse, each one atomic: staging and publishing rows, views, and what needs no rows.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/lake/staged_files.h"
#include "adapter/lake/warehouse.h"
#include "lake/view_file.h"

namespace tidemark::lake_adapter {

std::unique_ptr<Staged> stage_rows(Warehouse& warehouse, duckdb::Connection& connection, const StageRequest& request);

// How a publish that a user's statement asks for differs from one by a run.
struct PublishDetails {
  bool keeps_description = false;  // of table and columns, where the request has none
  std::string operation;           // for the log's history; empty: after the mode
  // Instead of the request's mode: rows for which this condition over `delete_alias` is true are deleted, staged ones added.
  std::string delete_where;
  std::string delete_alias;
};

PublishResult publish_rows(Warehouse& warehouse, duckdb::Connection& connection, std::unique_ptr<Staged> staged, const PublishRequest& request,
                           const PublishDetails& details = {});

// Replaces a view or table of that name.
void write_view(Warehouse& warehouse, const Relation& name, const ViewDefinition& view, const std::vector<ColumnType>& columns);
lake::ViewFile read_view(const std::filesystem::path& file);  // TM4202 where it is gone
void remove_view(Warehouse& warehouse, const Relation& name);
// A folder disappears at once; its files are removed afterwards.
void discard_folder(Warehouse& warehouse, const std::filesystem::path& folder);
void rename_relation(Warehouse& warehouse, const Relation& from, const Relation& to);
void truncate_table(Warehouse& warehouse, const Relation& name);
// Comment on a relation, or on one of its columns where `column` is not empty.
void set_comment(Warehouse& warehouse, const Relation& name, const std::string& column, const std::string& comment);

std::vector<ColumnType> columns_of(Warehouse& warehouse, const Relation& relation);
std::string comment_of(Warehouse& warehouse, const Relation& relation);

}  // namespace tidemark::lake_adapter
