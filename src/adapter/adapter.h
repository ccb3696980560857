// The one boundary to an engine and its warehouse. Nothing outside adapter/ and app/ names an engine.
//
// Data become visible by publish(), create_view(), rename(), drop() and by statements in execute() that users wrote;
// stage() computes and writes, but nobody sees it before publish(). One Session a thread; an Adapter is shared.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "manifest/relation.h"
#include "sql/column_type.h"

namespace tidemark {

struct Table;     // adapter/table.h: columns and rows
class SqlParser;  // sql/sql_parser.h

struct Capabilities {
  std::string engine;          // "duckdb 1.5.5": part of every contribution key
  bool atomic_publish = true;  // replace_partitions and merge are one commit
  bool exact_doubles = true;   // the exact aggregates are there
  bool opens_late = true;      // making a Session does not load the engine; the first statement does
  bool concurrent_sessions = true;
};

// A published table's place in time.
struct TableState {
  int64_t version = 0;             // of the table; grows with each commit
  int64_t committed_at_ms = 0;     // since the epoch
  std::optional<Json> own;         // what the newest commit of tidemark's carried (PublishRequest::commit)
  int64_t own_version = -1;        // its version; -1 where there is none
  bool foreign_since_own = false;  // somebody else has changed data or schema after it
  int64_t data_version = -1;       // the newest that changed rows or schema; later ones only laid out the same rows anew
  int64_t data_committed_at_ms = 0;
};

// Rows of the data files that a table has lost and got between two of its versions, as FROM-clause texts with the table's
// columns, for statements of the same session. Rows that were only written anew are in both.
struct TableDelta {
  std::string gone;
  std::string came;
  int64_t bytes = 0;  // of these files
};

// What a session of the past reads.
struct ReadPoint {
  std::vector<std::pair<Relation, int64_t>> versions;  // of these tables
  std::optional<int64_t> time_ms;                      // since the epoch: all others as they were then; nullopt: as they are
};

// Many small data files of a table become few. Rows do not change, and who committed last stays as it was.
struct CompactRequest {
  Relation table;
  std::vector<std::string> cluster_by;  // columns that rows are sorted by
  int64_t small_file_bytes = 32 << 20;  // only files below this are rewritten
  int64_t least_files = 2;              // of one partition folder; fewer are left alone
};

struct CompactResult {
  int64_t version = -1;  // of the table afterwards
  int64_t files_removed = 0;
  int64_t files_added = 0;
  int64_t bytes_written = 0;
};

// One commit of a published table.
struct TableCommit {
  int64_t version = 0;
  int64_t committed_at_ms = 0;  // since the epoch
  std::string operation;        // "WRITE", "MERGE", …
  std::string engine;           // that committed it
  std::optional<Json> own;      // PublishRequest::commit; nullopt: a commit by somebody else
  int64_t files_added = 0;
  int64_t files_removed = 0;
  int64_t rows_added = -1;  // in added files; -1: not told
};

// The partitions that a write replaces.
struct PartitionSet {
  std::vector<std::string> columns;  // usually one
  bool is_all = false;               // every row is replaced
  bool is_complete = false;          // no staged row lies outside of `values`
  // SQL literals, one list a partition, in the order of `columns`; "NULL" stands for NULL.
  std::vector<std::vector<std::string>> values;
};

enum class WriteMode {
  kReplace,  // the staged rows are the table
  kAppend,
  kMerge,              // rows that match by unique_key are updated, others inserted
  kDeleteInsert,       // rows that match by unique_key are deleted, then all inserted
  kReplacePartitions,  // rows in `partitions`, and in partitions that occur in the staged rows, are replaced
  kReplaceRange,       // rows of `range` are deleted, then all inserted
};

// Rows whose `column` is at least `begin` and below `end`, both SQL literals that compare with it.
struct RowRange {
  std::string column;
  std::string begin;
  std::string end;
};

struct StageRequest {
  std::string sql;                             // one SELECT
  std::vector<std::string> cluster_by;         // columns that files are sorted and cut by
  std::vector<std::string> partition_folders;  // columns that become folders (+layout: folders)
};

// A computed result that nobody sees yet. Discarded, with its files, unless published.
class Staged {
 public:
  virtual ~Staged() = default;
  virtual const std::vector<ColumnType>& columns() const = 0;
  virtual int64_t rows() const = 0;
  virtual int64_t bytes() const = 0;
  // A FROM-clause text by which later statements of the same session read the staged rows.
  virtual std::string scan() const = 0;
};

struct PublishRequest {
  Relation target;
  WriteMode mode = WriteMode::kReplace;
  std::vector<std::string> unique_key;
  std::vector<std::string> update_columns;   // merge: only these are updated; empty: all
  std::vector<std::string> exclude_columns;  // merge: these are not updated
  std::vector<std::string> predicates;       // merge, delete+insert: SQL over DBT_INTERNAL_DEST / DBT_INTERNAL_SOURCE
  PartitionSet partitions;
  RowRange range;
  // The table's columns after the write, where they change (on_schema_change); empty: as they are (first write: the staged ones).
  std::vector<ColumnType> new_columns;
  std::vector<std::string> cluster_by;
  std::vector<std::string> partition_folders;
  std::string description;  // persist_docs
  std::vector<std::pair<std::string, std::string>> column_descriptions;
  Json commit = Json::object();  // carried by the commit: node, invocation, ledger reference; read back as TableState::own
  // The commit is refused (TM4xxx) where the table is no longer at this version; nullopt: conflicts are resolved where safe.
  std::optional<int64_t> expected_version;
};

struct PublishResult {
  int64_t version = 0;
  int64_t rows_written = 0;   // rows in new data files
  int64_t rows_inserted = 0;  // staged rows
  int64_t rows_deleted = 0;
  int64_t files_added = 0;
  int64_t files_removed = 0;
  int64_t bytes_written = 0;
  int64_t partitions_written = -1;
};

struct ViewDefinition {
  std::string sql;
  std::string node_id;
  std::string description;
};

struct RelationInfo {
  Relation relation;  // with its type
  std::string comment;
};

// Files that are the warehouse's own are not counted, but for their bytes.
struct ScanCounts {
  int64_t files = 0;  // opened, each scan for itself
  int64_t rows = 0;   // that scans of them gave, filters pushed down applied
  int64_t bytes = 0;  // of all files
};

// A connection used by one thread at a time. interrupt() and progress() may be called from any thread.
class Session {
 public:
  virtual ~Session() = default;

  // Rows of one statement, at most `row_limit` of them (-1: all); Table::truncated tells where it was cut.
  virtual Table query(const std::string& sql, int64_t row_limit = -1) = 0;
  // One or more statements whose rows nobody needs: hooks, run_query, custom materializations. The number of rows affected, -1 unknown.
  virtual int64_t execute(const std::string& sql) = 0;
  // Columns of a SELECT, without running it.
  virtual std::vector<ColumnType> describe(const std::string& sql) = 0;

  // The engine's parser and catalogue, for planning; opens the engine. Lives as long as the session, used by the same thread.
  virtual SqlParser& parser();

  // Plans are written in the embedded engine's SQL. An engine with another one gives a session that takes that SQL and runs it as
  // its own (planning()); elsewhere it is the session itself. local(): the one that reads files of this machine, for what
  // is to be known of them.
  virtual Session& planning() { return *this; }
  virtual Session& local() { return *this; }
  virtual bool translates() const { return false; }
  // A text of the engine's own SQL as SQL of plans; one that is no SQL at all where it cannot be said there.
  virtual std::string plan_text(const std::string& sql) { return sql; }
  // Literals of plans as the engine's own.
  virtual std::vector<std::string> own_literals(const std::vector<std::string>& literals) { return literals; }
  virtual char quote_character() const { return '"'; }                           // around names, in the engine's own SQL
  virtual std::string plan_type(const std::string& type) const { return type; }  // the engine's word for a type → that of plans

  virtual std::optional<Relation> find_relation(const Relation& name) = 0;
  virtual std::vector<RelationInfo> list_relations(const std::string& database, const std::string& schema) = 0;
  virtual std::vector<std::string> list_schemas(const std::string& database) = 0;
  virtual std::vector<ColumnType> columns(const Relation& relation) = 0;
  virtual std::optional<TableState> state(const Relation& relation) = 0;
  // What has changed since `version`, at which the table was, or a newer one, when it was committed to at `committed_at_ms`;
  // nullopt where that is not known any more: files or log entries are gone, columns have changed, it is another table.
  virtual std::optional<TableDelta> delta(const Relation&, int64_t /*version*/, int64_t /*committed_at_ms*/) { return std::nullopt; }
  // The newest `limit` commits (-1: all that are known), newest first; empty where the engine keeps none.
  virtual std::vector<TableCommit> history(const Relation& relation, int64_t limit);
  // What the view is made of; nullopt where it is no view, or the engine does not tell.
  virtual std::optional<ViewDefinition> view(const Relation&) { return std::nullopt; }
  // The columns of a query as a table holds them. Throws TM4208 for types that none can hold.
  virtual std::vector<ColumnType> stored_columns(const std::vector<ColumnType>& columns) { return columns; }

  virtual void create_schema(const std::string& database, const std::string& schema) = 0;
  virtual void drop_schema(const std::string& database, const std::string& schema) = 0;
  virtual void drop(const Relation& relation) = 0;  // with its type; no fault where nothing is there
  virtual void rename(const Relation& from, const Relation& to) = 0;
  virtual void truncate(const Relation& relation) = 0;
  virtual void create_view(const Relation& name, const ViewDefinition& view) = 0;  // replaces a view or table of that name

  virtual std::unique_ptr<Staged> stage(const StageRequest& request) = 0;
  // The same of rows that are here, for engines that cannot read the file they come from. TM4001 where the engine can.
  virtual std::unique_ptr<Staged> stage_table(const Table& rows);
  virtual PublishResult publish(std::unique_ptr<Staged> staged, const PublishRequest& request) = 0;

  // Does nothing where the engine keeps no data files (version -1 then).
  virtual CompactResult compact(const CompactRequest& request);

  virtual void interrupt() = 0;
  virtual double progress() = 0;  // of the statement under way, 0..1; negative: not known

  // What was read since the last call; nullopt where the engine does not count.
  virtual std::optional<ScanCounts> take_scan_counts() { return std::nullopt; }
};

// A run holds the warehouse's lock; it is given back when this ends.
class WarehouseLock {
 public:
  virtual ~WarehouseLock() = default;
};

struct LockRequest {
  std::string command;  // shown to whoever waits
  double timeout_seconds = 300;
  std::function<void(const std::string& holder)> on_wait;  // called once where the lock is taken
  const std::atomic<bool>* cancelled = nullptr;            // once true, waiting ends with TM6011
};

class Adapter {
 public:
  virtual ~Adapter() = default;
  virtual const Capabilities& capabilities() const = 0;
  // Prefixes by which macros dispatch, first tried first, without "default": {"lake", "duckdb"}.
  virtual std::vector<std::string> dispatch_order() const = 0;
  virtual std::unique_ptr<Session> open_session(const std::string& name) = 0;
  // What reads files beside the project (seeds) where the engine itself is elsewhere; null: the engine does.
  virtual std::unique_ptr<Session> open_file_reader() { return nullptr; }
  // Reads tables as they were; views have the SQL that they have now. Writes are refused. Throws TM4222 where the engine
  // keeps no versions; a table that had no such version is an error where it is read (TM4321, TM4322).
  virtual std::unique_ptr<Session> open_session_at(const std::string& name, const ReadPoint& point);
  virtual std::unique_ptr<WarehouseLock> lock(const LockRequest& request) = 0;
  // Ends a run: records every table's version as one consistent whole. No-op where the engine has no versions.
  virtual void record_versions(const std::string& invocation_id) = 0;
};

}  // namespace tidemark
