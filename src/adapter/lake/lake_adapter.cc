#include "adapter/lake/lake_adapter.h"

#include <system_error>

#include <fmt/format.h>

#include "adapter/duckdb/library.h"
#include "adapter/lake/maintenance.h"
#include "adapter/lake/run_marks.h"
#include "adapter/lake/session.h"
#include "base/error.h"
#include "base/file_system.h"

namespace tidemark {
namespace lake_adapter {
namespace {

duckdb::DatabaseOptions database_options(const LakeOptions& given, const Layout& layout) {
  duckdb::DatabaseOptions options;
  options.threads = given.threads;
  options.memory_limit = given.memory_limit;
  options.temp_directory = given.temp_directory.empty() ? (internal_folder(layout.warehouse()) / "tmp").string() : given.temp_directory;
  options.settings = given.settings;
  options.setup = given.setup;
  if (given.readable) options.lock_down = duckdb::LockDown{.allowed_directories = *given.readable, .only_selects = false};
  return options;
}

class Lake : public LakeAdapter {
 public:
  explicit Lake(LakeOptions options) : warehouse_(std::make_shared<Warehouse>(std::move(options))) {
    // read without loading it: the library that is looked for has this version, others are refused
    capabilities_.engine = "duckdb 1.5.5";
  }

  const Capabilities& capabilities() const override { return capabilities_; }
  std::vector<std::string> dispatch_order() const override { return {"lake", "duckdb"}; }
  const std::string& database() const override { return warehouse_->layout.database(); }
  std::unique_ptr<Session> open_session(const std::string&) override { return std::make_unique<LakeSession>(warehouse_); }
  std::unique_ptr<Session> open_session_at(const std::string&, const ReadPoint& point) override {
    return std::make_unique<LakeSession>(std::make_shared<Warehouse>(warehouse_->options, &point));
  }
  VacuumReport vacuum(const VacuumRequest& request) override { return vacuum_warehouse(*warehouse_, request); }
  void set_scan_bindings(std::vector<ScanBinding> bindings) override { warehouse_->catalogue.set_scan_bindings(std::move(bindings)); }

  std::unique_ptr<WarehouseLock> lock(const LockRequest& request) override {
    auto lock = take_lock(warehouse_->layout.warehouse(), request);
    remove_staged_leftovers(warehouse_->layout.warehouse());
    return lock;
  }

  void record_versions(const std::string& invocation_id) override { record_table_versions(*warehouse_, invocation_id); }

 private:
  std::shared_ptr<Warehouse> warehouse_;
  Capabilities capabilities_;
};

}  // namespace

Warehouse::Warehouse(LakeOptions given, const ReadPoint* past)
    : options(std::move(given)),
      is_past(past != nullptr),
      layout(options.warehouse, options.database, options.default_schema),
      database(database_options(options, layout)),
      checkpoints(database),
      tables(&checkpoints),
      catalogue(layout, tables) {
  if (!past) return;
  Past read{.versions = {}, .time_ms = past->time_ms};
  for (const auto& [name, version] : past->versions) {
    const Relation relation = resolve(name);
    read.versions[layout.table_folder(relation.schema, relation.identifier)] = version;
  }
  tables.set_past(std::move(read));
}

void Warehouse::require_present() const {
  if (!is_past) return;
  throw Error("TM4222", "the warehouse is read as it was and can't be changed").hint("leave out --at-version and --at-time");
}

Relation Warehouse::resolve(const Relation& name) const {
  if (auto relation = layout.resolve(name)) return *relation;
  throw Error("TM4201", fmt::format("{} is in the database '{}', not in this warehouse, '{}'", name.render(), name.database, layout.database()));
}

}  // namespace lake_adapter

std::unique_ptr<LakeAdapter> make_lake_adapter(LakeOptions options) { return std::make_unique<lake_adapter::Lake>(std::move(options)); }

}  // namespace tidemark
