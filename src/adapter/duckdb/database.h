// The embedded engine: databases, connections, statements, results. Faults are Errors TM41xx (see errors.h), with a span
// over the SQL text where the engine tells a position.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "adapter/table.h"

namespace tidemark::duckdb {

// Restrictions of databases that run SQL of people who may read but not touch. They hold until the database is closed.
struct LockDown {
  std::vector<std::string> allowed_directories;  // files under these may be read; nothing else outside the database
  bool only_selects = true;                      // false: the caller sees to it that people's statements are
};

struct DatabaseOptions {
  std::string path;  // a database file; empty: in memory
  bool read_only = false;
  int threads = 0;                                            // 0: as many as the machine has
  std::string memory_limit;                                   // "4GB"; empty: the engine's default
  std::string temp_directory;                                 // empty: the engine's default
  std::string max_temp_directory_size;                        // "90GB"
  std::vector<std::pair<std::string, std::string>> settings;  // any others by their names in DuckDB
  std::vector<std::string> setup;                             // statements that every connection runs first
  std::optional<LockDown> lock_down;
  bool exact_aggregates = true;  // registers tm_sum and its kin
};

// DuckDB's statement kinds, as far as callers tell them apart.
enum class StatementKind {
  kSelect,
  kInsert,
  kUpdate,
  kDelete,
  kCreate,
  kAlter,
  kDrop,
  kCopy,
  kExport,
  kAttach,
  kDetach,
  kSet,
  kLoad,
  kTransaction,
  kExplain,
  kPragma,
  kCall,
  kPrepare,
  kExecute,
  kVacuum,
  kAnalyze,
  kOther
};

// One scan of files in a statement.
struct FileScanCount {
  std::string first_file;  // or pattern, as the scan names it
  int64_t files = 0;       // opened
  int64_t rows = 0;        // given, after filters that the scan itself applies
};

struct QueryCounters {
  int64_t rows_scanned = 0;  // by table scans and file readers
  int64_t bytes_read = 0;    // of files, as the engine counts them
  double seconds = 0;
  std::vector<FileScanCount> scans;
};

class Connection;

// Opened by the first connect(). Shared by threads; outlives its connections by itself.
class Database {
 public:
  explicit Database(DatabaseOptions options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  std::unique_ptr<Connection> connect();
  bool is_open() const;
  const DatabaseOptions& options() const;

  struct State;

 private:
  std::shared_ptr<State> state_;
};

// Rows as they come. The connection is busy until the stream ends or is destroyed.
class RowStream {
 public:
  ~RowStream();
  RowStream(RowStream&&) noexcept;
  const std::vector<ColumnType>& columns() const;
  // Replaces `rows` by the next ones (at most some 2,048); false at the end.
  bool next(std::vector<Row>& rows);

  struct State;
  explicit RowStream(std::unique_ptr<State> state);

 private:
  std::unique_ptr<State> state_;
};

// One thread at a time; interrupt() and progress() from any.
class Connection {
 public:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Rows of the last of one or more statements; at most `row_limit` (-1: all). $1, $2 … take `parameters` (one statement then).
  Table query(const std::string& sql, int64_t row_limit = -1, const std::vector<Value>& parameters = {});
  // The one value of the one row; NULL where there is no row.
  Value scalar(const std::string& sql, const std::vector<Value>& parameters = {});
  // One or more statements. Rows changed by the last one; -1 where it is none that changes rows.
  int64_t execute(const std::string& sql, const std::vector<Value>& parameters = {});
  RowStream stream(const std::string& sql, const std::vector<Value>& parameters = {});

  std::vector<ColumnType> describe(const std::string& sql);
  // Parses without binding; throws TM4110 where that fails. The number of statements.
  int64_t check_syntax(const std::string& sql);
  // kOther also for statements that need what an earlier one of the same text would make.
  std::vector<StatementKind> statement_kinds(const std::string& sql);
  // Of one SELECT: see table_names_of() in sql/sql_parser.h.
  std::vector<std::string> table_names(const std::string& sql);

  void interrupt();
  double progress();  // 0..1; negative: not known

  // Counters of the statements between begin and end; profiling costs little but not nothing.
  void begin_counting();
  QueryCounters end_counting();
  QueryCounters take_counters();  // since the last call; goes on counting

  // Scalar function of row values, for SQL on every connection of this database. NULL arguments give NULL without a call.
  // `types` are DuckDB type names of the simple types. The function must be thread-safe; what it throws fails the query.
  using ScalarFunction = std::function<Value(const std::vector<Value>&)>;
  void register_scalar(const std::string& name, const std::vector<std::string>& types, const std::string& return_type, ScalarFunction function);

  State& state() { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

std::string quote_identifier(const std::string& name);  // "name", always quoted
std::string quote_literal(const std::string& text);     // 'text'

}  // namespace tidemark::duckdb
