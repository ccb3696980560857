// HiveServer2's types and rows in this program's own.
#pragma once
#include <vector>

#include <hiveserver2_types.h>

#include "thrift/rows.h"

namespace tidemark::thrift {

std::vector<Column> columns_of(const wire::TTableSchema& schema);

// Columns, or the rows of servers older than V6, in the order of `columns`. Throws TM4405 where they do not fit together.
Batch batch_of(const wire::TRowSet& rows, size_t columns);

}  // namespace tidemark::thrift
