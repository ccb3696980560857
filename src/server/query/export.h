// A statement's rows as a file to take away: CSV, JSON, XLSX, Parquet.
#pragma once
#include <filesystem>
#include <string>

#include "server/http/message.h"

namespace tidemark::server {

struct ExportSource {
  std::filesystem::path folder;
  std::string name;  // of the spill
  Json columns;      // [{"name", "type"}]
  int64_t rows = 0;
};

// `name`: of the file, without its ending. Throws TM7400 for a format that there is none of.
Response export_response(const ExportSource& source, const std::string& format, const std::string& name);

// A text as CSV and XLSX may hold it: one that a spreadsheet would take for a formula gets a ' before it.
std::string without_formula(const std::string& text);

}  // namespace tidemark::server
