// What all sessions of one lake adapter share.
#pragma once
#include "adapter/duckdb/database.h"
#include "adapter/lake/catalogue.h"
#include "adapter/lake/lake_adapter.h"
#include "adapter/lake/layout.h"
#include "adapter/lake/table_reader.h"

namespace tidemark::lake_adapter {

struct Warehouse {
  explicit Warehouse(LakeOptions given);

  LakeOptions options;
  Layout layout;
  TableReader tables;
  Catalogue catalogue;
  duckdb::Database database;  // opened by the first statement

  // The relation in this warehouse; throws Error TM4201 where it is in another database.
  Relation resolve(const Relation& name) const;
};

}  // namespace tidemark::lake_adapter
