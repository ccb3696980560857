// Whether a scan may give the names of its files as a column of its own. The engine leaves out files by a condition on
// their names only where it does; as a virtual column the name is read from every file.
#pragma once
#include <cstddef>
#include <vector>

#include "sql/tokens.h"
namespace tidemark::lake_adapter {

// The call of a file reader is tokens [first, last]. True where the SELECT around it reads `filename` from this scan alone
// and lists its columns one by one, so that one more changes nothing. False in doubt.
bool may_name_files(const std::vector<sql::Token>& tokens, size_t first, size_t last);

}  // namespace tidemark::lake_adapter
