// The export process: `tidemark export-process`, a child of the server that writes a statement's rows as an XLSX or Parquet file. One
// line of JSON on stdin says which: {"folder", "name", "columns", "rows", "format", "target", "temp"}.
#pragma once

namespace tidemark::server {

int export_process();  // the exit code; a fault's text goes to stderr

}  // namespace tidemark::server
