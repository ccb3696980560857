#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/database.h"
#include "adapter/duckdb/errors.h"
#include "adapter/duckdb/sql_parser.h"
#include "adapter/duckdb/state.h"
#include "base/error.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

// The last statement of a script, ready to run; those before it have run.
struct LastStatement {
  Prepared prepared;
  Columns columns;  // as the caller asked for them
};

Error no_statement(const std::string& sql) { return Error("TM4110", "there is no SQL statement to run").at({make_source("<sql>", sql), 0, 0}); }

Error unreadable(const ColumnType& column) {
  return Error("TM4120", "column \"" + column.name + "\" is of type " + column.type + ", which cannot be read").hint("CAST it to VARCHAR in the query");
}

// Types that no vector can be read of (VARIANT, GEOMETRY) are cast to text by a query around the statement.
Prepared prepare_readable(Connection::State& connection, const std::string& sql, const Columns& columns) {
  std::string_view body = trim(sql);
  while (!body.empty() && body.back() == ';') body = trim(body.substr(0, body.size() - 1));
  std::vector<std::string> names, casts;
  for (size_t i = 0; i < columns.types.size(); ++i) {
    names.push_back("c" + std::to_string(i));
    casts.push_back(is_readable(columns.types[i]) ? names.back() : "CAST(" + names.back() + " AS VARCHAR)");
  }
  std::string around = "SELECT " + join(casts, ", ") + " FROM (" + std::string(body) + "\n) AS t(" + join(names, ", ") + ")";
  try {
    return Script(connection, around).prepare(0);
  } catch (const Error&) {
    throw Error("TM4120", "the result has a column of a type that cannot be read")
        .hint("CAST it to VARCHAR in the query")
        .at({make_source("<sql>", sql), 0, 0});
  }
}

LastStatement run_to_last(Connection::State& connection, const std::string& sql, const std::vector<Value>& parameters) {
  Script script(connection, sql);
  if (script.size() == 0) throw no_statement(sql);
  if (!parameters.empty() && script.size() > 1) throw Error("TM4112", "parameters go with one statement only");
  for (uint64_t i = 0; i + 1 < script.size(); ++i) run(connection, script.prepare(i).get(), sql, false);
  LastStatement last;
  last.prepared = script.prepare(script.size() - 1);
  last.columns = columns_of(connection, last.prepared.get());
  if (!std::all_of(last.columns.types.begin(), last.columns.types.end(), is_readable) && kind_of(last.prepared.get()) == StatementKind::kSelect &&
      script.size() == 1) {
    last.prepared = prepare_readable(connection, sql, last.columns);
  }
  bind(last.prepared.get(), parameters, sql);
  return last;
}

// A streamed result tells of faults only when its end is reached.
void check_end(duckdb_result* result, const std::string& sql) {
  const char* fault = api().duckdb_result_error(result);
  if (fault && *fault) throw engine_error(fault, api().duckdb_result_error_type(result), sql);
}

// Names come from the statement, types from the result: those of a cast column are what it was before.
Columns result_columns(Connection::State& connection, const Columns& described, duckdb_result* result) {
  Columns columns = columns_of(connection, result);
  for (size_t i = 0; i < columns.types.size(); ++i) {
    if (!is_readable(columns.types[i])) throw unreadable(columns.described[i]);
  }
  if (described.described.size() == columns.described.size()) columns.described = described.described;
  return columns;
}

}  // namespace

struct RowStream::State {
  Connection::State* connection;
  std::string sql;
  Prepared prepared;
  QueryResult result;
  Columns columns;
  ZoneOffset zone;
};

RowStream::RowStream(std::unique_ptr<State> state) : state_(std::move(state)) {}
RowStream::~RowStream() = default;
RowStream::RowStream(RowStream&&) noexcept = default;
const std::vector<ColumnType>& RowStream::columns() const { return state_->columns.described; }

bool RowStream::next(std::vector<Row>& rows) {
  rows.clear();
  while (rows.empty()) {
    Chunk chunk(api().duckdb_fetch_chunk(*state_->result.get()));
    if (!chunk) {
      check_end(state_->result.get(), state_->sql);
      add_counters(*state_->connection);
      return false;
    }
    append_rows(state_->columns, chunk.get(), state_->zone, kNoLimit, rows);
  }
  return true;
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}
Connection::~Connection() = default;

Table Connection::query(const std::string& sql, int64_t row_limit, const std::vector<Value>& parameters) {
  if (row_limit >= 0) {
    // Only as much as is wanted is computed.
    RowStream rows = stream(sql, parameters);
    Table table{rows.columns(), {}, false};
    std::vector<Row> more;
    auto limit = static_cast<size_t>(row_limit);
    while (rows.next(more)) {
      for (auto& row : more) {
        if (table.rows.size() == limit) {
          table.truncated = true;
          return table;
        }
        table.rows.push_back(std::move(row));
      }
    }
    return table;
  }
  LastStatement last = run_to_last(*state_, sql, parameters);
  ZoneOffset zone = zone_of(*state_, last.columns);
  QueryResult result = run(*state_, last.prepared.get(), sql, false);
  Columns columns = result_columns(*state_, last.columns, result.get());
  Table table{columns.described, {}, false};
  while (Chunk chunk{api().duckdb_fetch_chunk(*result.get())}) append_rows(columns, chunk.get(), zone, kNoLimit, table.rows);
  return table;
}

Value Connection::scalar(const std::string& sql, const std::vector<Value>& parameters) {
  Table table = query(sql, 1, parameters);
  return table.rows.empty() || table.rows[0].empty() ? Value() : table.rows[0][0];
}

int64_t Connection::execute(const std::string& sql, const std::vector<Value>& parameters) {
  Script script(*state_, sql);
  if (!parameters.empty() && script.size() > 1) throw Error("TM4112", "parameters go with one statement only");
  int64_t changed = -1;
  for (uint64_t i = 0; i < script.size(); ++i) {
    Prepared prepared = script.prepare(i);
    bind(prepared.get(), parameters, sql);
    QueryResult result = run(*state_, prepared.get(), sql, false);
    bool counts = api().duckdb_result_return_type(*result.get()) == DUCKDB_RESULT_TYPE_CHANGED_ROWS;
    changed = counts ? static_cast<int64_t>(api().duckdb_rows_changed(result.get())) : -1;
  }
  return changed;
}

RowStream Connection::stream(const std::string& sql, const std::vector<Value>& parameters) {
  LastStatement last = run_to_last(*state_, sql, parameters);
  auto state = std::make_unique<RowStream::State>();
  state->connection = state_.get();
  state->sql = sql;
  state->zone = zone_of(*state_, last.columns);
  state->result = run(*state_, last.prepared.get(), sql, true);
  state->columns = result_columns(*state_, last.columns, state->result.get());
  state->prepared = std::move(last.prepared);
  return RowStream(std::move(state));
}

std::vector<ColumnType> Connection::describe(const std::string& sql) {
  Script script(*state_, sql);
  if (script.size() == 0) throw no_statement(sql);
  if (script.size() > 1) throw Error("TM4110", "one statement is wanted, got " + std::to_string(script.size()));
  return columns_of(*state_, script.prepare(0).get()).described;
}

int64_t Connection::check_syntax(const std::string& sql) { return static_cast<int64_t>(Script(*state_, sql).size()); }

std::vector<StatementKind> Connection::statement_kinds(const std::string& sql) {
  Script script(*state_, sql);
  std::vector<StatementKind> kinds;
  for (uint64_t i = 0; i < script.size(); ++i) {
    try {
      kinds.push_back(kind_of(script.prepare(i).get()));
    } catch (const Error&) {
      kinds.push_back(StatementKind::kOther);
    }
  }
  return kinds;
}

std::vector<std::string> Connection::table_names(const std::string& sql) { return make_sql_parser(*this)->table_names(sql); }

void Connection::interrupt() { api().duckdb_interrupt(state_->handle); }

double Connection::progress() {
  double percentage = api().duckdb_query_progress(state_->handle).percentage;
  return percentage < 0 ? -1 : percentage / 100;
}

}  // namespace tidemark::duckdb
