// The query process: `tidemark query-process`, a child of the server. It reads lines of JSON from stdin and answers with lines
// on stdout; it opens nothing but what its first line allows.
//   in:  {"warehouse", "database", "schema", "readable": […], "threads", "memory_limit", "temp", "settings": {…}}   once, first
//        {"id", "folder", "sql", "parameters": {…}, "as_of": "newest"|"finished", "schema", "spark", "versions": {…}, "most_rows", "most_bytes"}
//        {"cancel": id}
//   out: {"event": "ready"}
//        {"event": "statements", "sql": […]}
//        {"event": "statement", "index", "state", "columns"?, "row_count"?, "truncated"?, "elapsed_ms"?, "error"?}
//        {"event": "end", "state": "done"|"failed"|"cancelled", "error"?}
#pragma once

namespace tidemark::server {

// Until stdin ends. The exit code.
int query_process();

}  // namespace tidemark::server
