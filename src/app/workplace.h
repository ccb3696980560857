// A project opened on its warehouse: what run/ needs to render and to execute.
#pragma once
#include <set>
#include <string>

#include "app/open_project.h"
#include "app/warehouse.h"
#include "compile/compiler.h"
#include "ledger/observation.h"
#include "run/run.h"

namespace tidemark::app {

class Workplace {
 public:
  // `selected`: unique ids, as {{ selected_resources }} shows them.
  Workplace(const Invocation& invocation, const Terminal& terminal, const OpenProject& open, const std::set<std::string>& selected);
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;

  Adapter& adapter() { return *warehouse_.adapter; }
  const compile::Compiler& compiler() const { return compiler_; }
  const std::string& place() const { return warehouse_.place; }
  run::RunContext& context() { return context_; }

  // See Warehouse::vacuum. TM6020 where the engine has none.
  VacuumReport vacuum(double retain_hours, bool dry_run);

  // One run at a time: waits, telling the user who holds the warehouse. TM6010, TM4230 where the wait was in vain; TM6011 where
  // the user gave up.
  std::unique_ptr<WarehouseLock> lock();

 private:
  const Invocation& invocation_;
  const Terminal& terminal_;
  Warehouse warehouse_;
  compile::Compiler compiler_;
  ledger::Observation observation_;
  run::RunContext context_;
};

}  // namespace tidemark::app
