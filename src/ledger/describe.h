// What a version of a table contains, for tools: files with their partitions and rows. Needs no engine.
#pragma once
#include "base/json_fwd.h"
#include "ledger/ledger.h"

namespace tidemark::ledger {

// {"model", "engine", "unknown_inputs"?, "columns": [{"name", "type"}], "sources": [{"patterns", "columns", "files": n, "bytes": n,
// "untraced": {column: why}, "entries": [{"path", "bytes", "modified": "…Z", "xxh128", "partitions": {column: [{"value", "rows"}]}}]}],
// "tables": [{"name", "version"}], "views": [name]}. Values are SQL literals, sorted; rows are null where not counted.
Json describe_json(const Ledger& ledger);

// -1: they were not counted.
int64_t rows_in(const LedgerFile& file);

}  // namespace tidemark::ledger
