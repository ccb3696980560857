// affected_partitions('column'): renders as an SQL predicate; .values, .is_all, .column.
#pragma once
#include <string>
#include <vector>

#include "jinja/object.h"

namespace tidemark::resolve {

// `values` are SQL literals, "NULL" for NULL. All: "true"; none: "false".
jinja::Value make_affected(std::string column, bool is_all, std::vector<std::string> values);
// NULL-safe: NULL among the values becomes "column is null".
std::string affected_predicate(const std::string& column, bool is_all, const std::vector<std::string>& values);

}  // namespace tidemark::resolve
