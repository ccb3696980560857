#include "lake/vacuum.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <system_error>

#include <signal.h>

#include "adapter/lake/maintenance.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/file_system.h"
#include "lake/version_map.h"
#include "sql/tokens.h"

namespace tidemark::lake_adapter {
namespace {

struct TableFolder {
  Relation relation;
  fs::path folder;
};

// Hidden ones too.
std::vector<TableFolder> tables_of(const Layout& layout) {
  std::vector<TableFolder> tables;
  std::vector<std::string> schemas = layout.schemas();
  schemas.emplace_back(kHiddenSchemaPrefix);
  for (const std::string& schema : schemas) {
    for (const Layout::Entry& entry : layout.relations(schema)) {
      if (entry.type == RelationType::kTable) tables.push_back({layout.relation(schema, entry.identifier), layout.table_folder(schema, entry.identifier)});
    }
  }
  return tables;
}

// Folders of staged files are called <process id>-<uuid>: those of processes that are gone are left over from a kill.
std::vector<fs::path> staged_leftovers(const fs::path& warehouse) {
  std::vector<fs::path> out;
  const fs::path staged = internal_folder(warehouse) / "staged";
  for (const std::string& name : list_directory(staged)) {
    pid_t process = 0;
    std::from_chars(name.data(), name.data() + name.size(), process);
    if (process > 0 && (kill(process, 0) == 0 || errno == EPERM)) continue;
    out.push_back(staged / name);
  }
  return out;
}

class Vacuum {
 public:
  Vacuum(Warehouse& warehouse, const VacuumRequest& request) : warehouse_(warehouse), layout_(warehouse.layout), request_(request) {
    if (request.retain_hours < 0) throw Error("TM4223", "the retention of a vacuum can't be negative");
    const int64_t now = to_epoch_ms(wall_now());
    const auto before = [now](double hours) { return now - static_cast<int64_t>(hours * 3600 * 1000); };
    horizon_ms_ = before(request.retain_hours);
    log_horizon_ms_ = before(std::max(request.retain_hours, request.retain_log_hours));
  }

  VacuumReport run() {
    const std::vector<TableFolder> tables = tables_of(layout_);
    for (const TableFolder& table : tables) collect_references(table);
    collect_version_maps();
    // everything is planned before anything is removed: a table that cannot be read may refer to what others hold
    for (const TableFolder& table : tables) plan_table(table);
    if (!request_.ledgers.empty()) plan("ledgers", lake::obsolete_under(request_.ledgers, horizon_ms_, ledgers_));
    plan("version maps", sized(lake::version_maps_before(layout_.warehouse(), horizon_ms_)));
    plan("leftovers", leftovers());
    return carry_out();
  }

 private:
  void collect_references(const TableFolder& table) {
    if (!request_.keep_of) return;
    for (const Json& commit : lake::own_commits_within(table.folder, horizon_ms_, warehouse_.tables.parquet())) {
      const VacuumKeep keep = request_.keep_of(commit);
      ledgers_.insert(keep.ledgers.begin(), keep.ledgers.end());
      for (const auto& [name, version] : keep.versions) {
        const std::vector<sql::Name> names = sql::dotted_names(sql::tokenize(name));
        const auto relation = names.size() == 1 ? layout_.resolve(names[0].parts) : std::nullopt;
        if (relation) versions_[layout_.table_folder(relation->schema, relation->identifier)].insert(version);
      }
    }
  }

  void collect_version_maps() {
    for (const lake::VersionMap& map : lake::versions_since(layout_.warehouse(), horizon_ms_)) {
      for (const auto& [name, version] : map.versions) {
        const size_t slash = name.find('/');
        if (slash != std::string::npos) versions_[layout_.table_folder(name.substr(0, slash), name.substr(slash + 1))].insert(version);
      }
    }
  }

  void plan_table(const TableFolder& table) {
    lake::VacuumTableRequest request{.folder = table.folder,
                                     .horizon_ms = horizon_ms_,
                                     .log_horizon_ms = log_horizon_ms_,
                                     .keep_versions = versions_[table.folder],
                                     .parquet = warehouse_.tables.parquet()};
    lake::VacuumTablePlan files = lake::plan_vacuum(request);
    files.data.insert(files.data.end(), files.log.begin(), files.log.end());
    plan(table.relation.render(), std::move(files.data));
  }

  void plan(const std::string& name, std::vector<lake::ObsoleteFile> files) {
    if (files.empty()) return;
    VacuumReport::Part part{.name = name, .files = static_cast<int64_t>(files.size()), .bytes = 0};
    for (const lake::ObsoleteFile& file : files) {
      part.bytes += file.bytes;
      report_.paths.push_back(file.path.string());
    }
    report_.parts.push_back(std::move(part));
    files_.insert(files_.end(), files.begin(), files.end());
  }

  static std::vector<lake::ObsoleteFile> sized(const std::vector<fs::path>& paths) {
    std::vector<lake::ObsoleteFile> out;
    for (const fs::path& path : paths) {
      if (const auto info = stat_file(path)) out.push_back({path, static_cast<int64_t>(info->size)});
    }
    return out;
  }

  // Staged files and names that were never linked, of processes that were killed; spill files of the engine.
  std::vector<lake::ObsoleteFile> leftovers() const {
    std::vector<lake::ObsoleteFile> out;
    const auto add = [&out](std::vector<lake::ObsoleteFile> files) { out.insert(out.end(), files.begin(), files.end()); };
    for (const fs::path& folder : staged_leftovers(layout_.warehouse())) add(lake::obsolete_under(folder, INT64_MAX, {}));
    const fs::path internal = internal_folder(layout_.warehouse());
    add(lake::obsolete_under(internal / "tmp", horizon_ms_, {}));
    add(temporaries(internal / "versions"));
    for (const std::string& schema : layout_.schemas()) add(temporaries(layout_.schema_folder(schema)));
    for (const TableFolder& table : tables_of(layout_)) add(temporaries(table.folder / "_delta_log"));
    return out;
  }

  std::vector<lake::ObsoleteFile> temporaries(const fs::path& folder) const {
    std::vector<fs::path> paths;
    for (const std::string& name : list_directory(folder)) {
      if (!name.starts_with('.') || !name.ends_with(".tmp")) continue;
      const auto info = stat_file(folder / name);
      if (info && !info->is_directory && info->mtime_ns / 1000000 < horizon_ms_) paths.push_back(folder / name);
    }
    return sized(paths);
  }

  VacuumReport carry_out() {
    if (request_.dry_run) return std::move(report_);
    warehouse_.require_present();
    lake::remove_obsolete(files_);
    remove_staged_leftovers(layout_.warehouse());
    return std::move(report_);
  }

  Warehouse& warehouse_;
  const Layout& layout_;
  const VacuumRequest& request_;
  int64_t horizon_ms_ = 0;
  int64_t log_horizon_ms_ = 0;
  std::set<std::string> ledgers_;
  std::map<fs::path, std::set<int64_t>> versions_;  // by the table's folder
  std::vector<lake::ObsoleteFile> files_;
  VacuumReport report_;
};

}  // namespace

VacuumReport vacuum_warehouse(Warehouse& warehouse, const VacuumRequest& request) { return Vacuum(warehouse, request).run(); }

void remove_staged_leftovers(const fs::path& warehouse) {
  for (const fs::path& folder : staged_leftovers(warehouse)) {
    std::error_code ignored;  // the next run tries again
    fs::remove_all(folder, ignored);
  }
}

}  // namespace tidemark::lake_adapter

namespace tidemark {

int64_t VacuumReport::bytes() const {
  int64_t total = 0;
  for (const Part& part : parts) total += part.bytes;
  return total;
}

}  // namespace tidemark
