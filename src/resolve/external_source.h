// Sources that are files: which files, and the FROM-clause text that reads them.
#pragma once
#include <optional>
#include <string>

#include "manifest/node.h"

namespace tidemark::resolve {

struct ExternalFiles {
  std::string glob;    // relative to the project's folder unless absolute; empty where only `sql` is known
  std::string format;  // "parquet", "csv", "json"; empty where only `sql` is known
  std::string sql;     // "read_parquet('data/raw/*.parquet', union_by_name = true)"
};

// How an engine names files in FROM: read_parquet('…') or parquet.`/…`.
enum class FilesDialect { kFunctions, kSpark };

FilesDialect files_dialect(const std::string& target_type);

// Of `external: {location, pattern, file_format, options}` or dbt-duckdb's meta.external_location; nullopt where the
// source is a relation of the warehouse. Throws TM1213 where the declaration makes no sense.
std::optional<ExternalFiles> external_files(const Node& source, FilesDialect dialect = FilesDialect::kFunctions);

// The same text for other files of that source: an explicit list, or one of them.
std::string read_files_sql(const Node& source, const std::vector<std::string>& files);

std::string sql_literal(const Json& value);  // 'text', 1.5, true, ['a', 'b'], {'k': 1}

}  // namespace tidemark::resolve
