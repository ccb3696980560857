// The contribution table of a maintained model: brought to hold what the files observed contribute. Rows are only ever added
// for contents of files, by which they are named; they go once no committed result can need them. So whatever commit a run
// was killed before, the next one may count on what is there.
#pragma once
#include <string>

#include "run/maintained_model.h"
#include "run/node_work.h"

namespace tidemark::run {

struct Contributed {
  std::string table;      // as a FROM clause names it
  plan::IdFilter filter;  // the rows of the files observed
  Json reference;         // carried by the result's commit
  // Rows with these file_ids came or went since the committed result; nullopt: which ones is not known.
  std::optional<std::vector<int64_t>> changed = std::vector<int64_t>();
  int64_t files_read = 0;
  bool rebuilt = false;  // all files were read
  Reason reason;         // why all
};

// Why what the table holds does not count for this run's query; empty: it does.
Reason contributions_fault(Session& session, MaintainedModel& model);

// `full_refresh`: nothing that is there is trusted.
Contributed contribute(NodeWork& work, MaintainedModel& model, bool full_refresh);

// Many small files of the table become few, once there are so many. Only the same rows are laid out anew: nothing that was
// derived from them is invalidated, and a run that ends in it has lost nothing.
void compact_contributions(NodeWork& work, const MaintainedModel& model);

}  // namespace tidemark::run
