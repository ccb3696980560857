// What an incremental model does when its query's columns are no longer its table's: dbt's on_schema_change.
#pragma once
#include <string>
#include <vector>

#include "adapter/adapter.h"

namespace tidemark::run {

enum class OnSchemaChange { kIgnore, kFail, kAppendNewColumns, kSyncAllColumns };

OnSchemaChange on_schema_change_from(const std::string& text);  // unknown words are Error TM6104

struct SchemaChange {
  // The select list that fits the query to the table after the write: names, casts, NULLs for columns that the query lacks.
  // Empty where the query already fits.
  std::vector<std::string> select_list;
  std::vector<ColumnType> new_columns;  // the table's columns after the write; empty: unchanged
};

// `table`: the published columns; `query`: the compiled SELECT's. Column names compare without case, as SQL does.
// kIgnore: new columns are dropped, missing ones are an Error (TM6105) as the engine's own would be. kFail: any difference
// is an Error (TM6106) that lists it. `quote`: what stands around names in the list.
SchemaChange reconcile_columns(OnSchemaChange mode, const std::vector<ColumnType>& table, const std::vector<ColumnType>& query, const std::string& model,
                               char quote = '"');

// `select <list> from (<sql>)`; the SQL itself where the list is empty.
std::string select_columns(const std::vector<std::string>& select_list, const std::string& sql);

}  // namespace tidemark::run
