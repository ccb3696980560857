// From a bound query back to the parser's tree, for SqlParser::print().
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "sql/query.h"

namespace tidemark::sql {

// The files that a scan reads; nullopt: none, which keeps its columns and types.
using FilesOf = std::function<std::vector<std::string>(const Rel& files)>;

struct EmitOptions {
  FilesOf files;  // empty function: no scan reads any file (to learn types)
  // Replaces a relation by a FROM-clause node (whose columns have the names of their ids); nullopt: emitted as it is.
  std::function<std::optional<Json>(const RelPtr& rel)> instead;
};

// One SELECT: the columns of `root` under their ids' names.
Json emit_relation(const Query& query, const RelPtr& root, const EmitOptions& options);
// The whole query, its columns under `names` (as many as the root has columns).
Json emit_query(const Query& query, const std::vector<std::string>& names, const EmitOptions& options);

}  // namespace tidemark::sql
