// What a query reads, found in its text: file scans, views (and what they read), tables. Internal to this folder.
#pragma once
#include <string>
#include <vector>

#include "ledger/affected.h"
#include "sql/file_scan.h"

namespace tidemark::ledger {

struct QueryInputs {
  std::vector<sql::FileScan> scans;  // one a key, in the order of the text, those of views after
  std::vector<LedgerView> views;
  std::vector<LedgerTable> tables;  // as they are now
  Reason unknown;                   // why there may be more than these; empty: there is not
  std::string shape_hash;           // equal for texts that differ in formatting and comments only
};

// SQL that has no tree (PIVOT statements, another engine's) gives a reason, not a fault.
QueryInputs read_inputs(const ModelQuery& query, SqlParser& parser);

// Whether `views` are all that they were and none of `tables` has become a view: then a query of the same text reads the
// same. Needs no engine.
bool same_views(const ModelQuery& query, const std::vector<LedgerView>& views, const std::vector<LedgerTable>& tables);

// Empty where every table is at the version that the ledger tells of.
Reason table_change(const ModelQuery& query, const std::vector<LedgerTable>& tables);

}  // namespace tidemark::ledger
