// What one SQL statement does, as far as the lake must know: its operation, its target, and the texts of its parts.
// SELECTs and whatever does not change relations are kEngine.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sql/tokens.h"
namespace tidemark::lake_adapter {

enum class StatementKind {
  kEngine,         // left to DuckDB: SELECT, SET, PRAGMA, macros, temporary tables, COPY TO …
  kTransaction,    // BEGIN, COMMIT, ROLLBACK: `body` is the first word in lower case
  kCreateTableAs,  // `body` is the SELECT
  kCreateTable,    // `body` is the text after the name: "(a INTEGER, …)"
  kCreateView,     // `body` is the SELECT, `columns` the names given to its columns
  kCreateSchema,
  kDropTable,
  kDropView,
  kDropSchema,
  kInsert,       // `columns` may be empty; `body` is the source; by_name
  kDelete,       // kDelete, kUpdate, kMerge: target and alias; `body` is the whole statement
  kUpdate,       //
  kMerge,        //
  kTruncate,     //
  kRename,       // `body` is the new name
  kAlterTable,   // `body` is what follows the name
  kCommentOn,    // `columns`: none for the relation, one for a column; `body` is the comment; kind of thing in `what`
  kUnsupported,  // `what` says which statement it is
};

struct Statement {
  StatementKind kind = StatementKind::kEngine;
  std::string text;
  sql::Name target;   // its offsets are into `text`
  std::string alias;  // of the target in DELETE, UPDATE, MERGE; empty where none is given
  std::string body;
  std::string what;
  std::vector<std::string> columns;
  bool or_replace = false;
  bool if_not_exists = false;
  bool if_exists = false;
  bool cascade = false;
  bool temporary = false;  // CREATE TEMP …: kind is kEngine, `target` is set
  bool by_name = false;
};

// `text` is one statement. Throws Error TM4211, TM4212 (a statement cut short).
Statement parse_statement(std::string text);

}  // namespace tidemark::lake_adapter
