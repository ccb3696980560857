// How ledgers are written. Internal to this folder.
#pragma once
#include <optional>

#include "base/json_fwd.h"
#include "ledger/ledger.h"

namespace tidemark::ledger {

Json ledger_to_json(const Ledger& ledger);
// Throws TM5203 where the document is none.
Ledger ledger_from_json(const Json& document);

// What leads from `base` to `next`; nullopt where too much differs to say it by files.
std::optional<Json> changes_to_json(const Ledger& base, const LedgerReference& reference, const Ledger& next);
// The ledger that a document holds changes to; nullopt: it is a whole one.
std::optional<LedgerReference> base_of(const Json& document);
void apply_changes(const Json& changes, Ledger& ledger);

}  // namespace tidemark::ledger
