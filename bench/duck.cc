// The engine alone: runs its arguments as SQL, one after the other, in a database in memory.
//   duck SQL...
// What tidemark is measured against; prints nothing unless a statement fails.
#include <cstdio>

#include <duckdb.h>

int main(int count, char** arguments) {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  if (duckdb_open(nullptr, &database) != DuckDBSuccess || duckdb_connect(database, &connection) != DuckDBSuccess) return 2;
  for (int i = 1; i < count; ++i) {
    duckdb_result result;
    if (duckdb_query(connection, arguments[i], &result) != DuckDBSuccess) {
      std::fprintf(stderr, "%s\n%s\n", arguments[i], duckdb_result_error(&result));
      return 1;
    }
    duckdb_destroy_result(&result);
  }
  duckdb_disconnect(&connection);
  duckdb_close(&database);
  return 0;
}
