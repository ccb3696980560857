// The profile's target as an Adapter: the only place that knows which engines there are.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "adapter/adapter.h"
#include "adapter/lake/lake_adapter.h"
#include "ledger/ledger.h"
#include "project/profile.h"
#include "run/run.h"

namespace tidemark::app {

struct Warehouse {
  std::unique_ptr<Adapter> adapter;
  std::unique_ptr<ledger::LedgerStore> ledgers;
  std::function<void(const run::BoundPatterns&)> bind_patterns;  // null: the engine has no such thing
  // Removes what nobody needs any more, but for what ledgers refer to; null: the engine has no such thing.
  std::function<VacuumReport(double retain_hours, bool dry_run)> vacuum;
  std::string place;  // as users know it: a folder or file
};

// Macro prefixes of a target; needs no adapter.
std::vector<std::string> dispatch_order(const project::Target& target);

// Starts loading the engine of the target in the background.
void preload_engine(const project::Target& target);

// Nothing is opened or made yet. TM1034 a setting of the wrong kind, TM1035 an engine that this program does not have.
Warehouse open_warehouse(const project::Target& target);

}  // namespace tidemark::app
