// What changes relations without writing rows.
#include <system_error>

#include <fmt/format.h>

#include "adapter/lake/publish.h"
#include "adapter/lake/table_commit.h"
#include "base/error.h"
#include "base/file_system.h"
#include "lake/view_file.h"

namespace tidemark::lake_adapter {
namespace {

constexpr int kAttempts = 10;

// Commits what `change` makes of the current version, again where somebody else was quicker.
void commit_change(Warehouse& warehouse, const Relation& name, const std::string& operation, const std::function<void(TableCommit&)>& change) {
  warehouse.require_present();
  const fs::path folder = warehouse.layout.table_folder(name.schema, name.identifier);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    const auto before = warehouse.tables.current(folder);
    TableCommit commit{.folder = folder,
                       .before = before,
                       .removed = {},
                       .added = {},
                       .columns = before->columns,
                       .description = before->snapshot->metadata.description,
                       .column_descriptions = column_comments(*before),
                       .is_blind_append = false,
                       .operation = operation,
                       .own = nullptr};
    change(commit);
    if (commit_table(commit, warehouse.tables.parquet())) return;
  }
  throw Error("TM4205", fmt::format("{} was changed by somebody else at each of {} attempts to commit", name.render(), kAttempts));
}

void rename_path(const fs::path& from, const fs::path& to) {
  std::error_code fault;
  fs::rename(from, to, fault);
  if (fault) throw Error("TM4902", "cannot rename " + from.string() + " to " + to.string() + ": " + fault.message());
  sync_directory(to.parent_path());
  if (from.parent_path() != to.parent_path()) sync_directory(from.parent_path());
}

}  // namespace

void write_view(Warehouse& warehouse, const Relation& name, const ViewDefinition& view, const std::vector<ColumnType>& columns) {
  warehouse.require_present();
  const Layout& layout = warehouse.layout;
  make_directories(layout.schema_folder(name.schema));
  lake::ViewFile file{.sql = view.sql, .columns = {}, .node_id = view.node_id, .description = view.description};
  for (const ColumnType& column : columns) file.columns.emplace_back(column.name, column.type);
  lake::write_view_file(layout.view_file(name.schema, name.identifier), file);
  crash_point("lake.view.written");
  if (layout.has_table(name.schema, name.identifier)) discard_folder(warehouse, layout.table_folder(name.schema, name.identifier));
}

lake::ViewFile read_view(const fs::path& file) {
  if (auto view = lake::read_view_file(file)) return *view;
  throw Error("TM4202", "there is no view " + file.string());
}

void remove_view(Warehouse& warehouse, const Relation& name) {
  const fs::path file = warehouse.layout.view_file(name.schema, name.identifier);
  if (!stat_file(file)) return;
  remove_file(file);
  sync_directory(file.parent_path());
}

void rename_relation(Warehouse& warehouse, const Relation& from, const Relation& to) {
  warehouse.require_present();
  const Layout& layout = warehouse.layout;
  const Relation source = warehouse.resolve(from);
  const Relation target = warehouse.resolve(to);
  if (!source.type) throw Error("TM4202", "there is no relation " + source.render());
  if (target.type && !target.same_name(source)) throw Error("TM4204", target.render() + " exists already");
  make_directories(layout.schema_folder(to.schema.empty() ? layout.default_schema() : to.schema));
  if (source.type == RelationType::kTable) {
    rename_path(layout.table_folder(source.schema, source.identifier), layout.new_table_folder(target.schema, to.identifier));
  } else {
    rename_path(layout.view_file(source.schema, source.identifier), layout.new_view_file(target.schema, to.identifier));
  }
}

void truncate_table(Warehouse& warehouse, const Relation& name) {
  commit_change(warehouse, name, "TRUNCATE", [](TableCommit& commit) {
    for (size_t i = 0; i < commit.before->files.size(); ++i) commit.removed.push_back(i);
  });
}

void set_comment(Warehouse& warehouse, const Relation& name, const std::string& column, const std::string& comment) {
  if (!column.empty()) {
    bool known = false;
    for (const ColumnType& c : columns_of(warehouse, name)) known = known || c.name == column;
    if (!known) throw Error("TM4206", fmt::format("{} has no column '{}'", name.render(), column));
  }
  warehouse.require_present();
  if (name.type == RelationType::kView) {
    const fs::path file = warehouse.layout.view_file(name.schema, name.identifier);
    lake::ViewFile view = read_view(file);
    if (column.empty()) {
      view.description = comment;
    } else {
      view.column_descriptions[column] = comment;
    }
    return lake::write_view_file(file, view);
  }
  commit_change(warehouse, name, "SET TBLPROPERTIES",
                [&](TableCommit& commit) { (column.empty() ? commit.description : commit.column_descriptions[column]) = comment; });
}

std::vector<ColumnType> columns_of(Warehouse& warehouse, const Relation& relation) {
  const Layout& layout = warehouse.layout;
  std::vector<ColumnType> columns;
  if (relation.type == RelationType::kView) {
    for (const auto& [column, type] : read_view(layout.view_file(relation.schema, relation.identifier)).columns) columns.push_back({column, type});
    return columns;
  }
  for (const ScanColumn& column : warehouse.tables.current(layout.table_folder(relation.schema, relation.identifier))->columns)
    columns.push_back({column.name, column.type});
  return columns;
}

std::string comment_of(Warehouse& warehouse, const Relation& relation) {
  const Layout& layout = warehouse.layout;
  if (relation.type == RelationType::kView) return read_view(layout.view_file(relation.schema, relation.identifier)).description;
  return warehouse.tables.current(layout.table_folder(relation.schema, relation.identifier))->snapshot->metadata.description;
}

}  // namespace tidemark::lake_adapter
