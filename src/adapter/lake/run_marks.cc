#include "adapter/lake/run_marks.h"

#include "base/error.h"
#include "lake/lock.h"
#include "lake/version_map.h"

namespace tidemark::lake_adapter {
namespace {

class HeldLock : public WarehouseLock {
 public:
  explicit HeldLock(std::unique_ptr<lake::Lock> lock) : lock_(std::move(lock)) {}

 private:
  std::unique_ptr<lake::Lock> lock_;
};

}  // namespace

std::unique_ptr<WarehouseLock> take_lock(const std::filesystem::path& warehouse, const LockRequest& request) {
  lake::LockOptions options{.warehouse = warehouse,
                            .command = request.command,
                            .timeout_seconds = request.timeout_seconds,
                            .on_wait = request.on_wait,
                            .cancelled = request.cancelled};
  return std::make_unique<HeldLock>(lake::lock_warehouse(options));
}

void record_table_versions(Warehouse& warehouse, const std::string& invocation_id) {
  std::map<std::string, int64_t> versions;
  const Layout& layout = warehouse.layout;
  for (const std::string& schema : layout.schemas()) {
    for (const Layout::Entry& entry : layout.relations(schema)) {
      if (entry.type != RelationType::kTable) continue;
      const int64_t version = lake::newest_version(layout.table_folder(schema, entry.identifier));
      if (version >= 0) versions[schema + "/" + entry.identifier] = version;
    }
  }
  lake::record_versions(layout.warehouse(), invocation_id, versions);
}

}  // namespace tidemark::lake_adapter
