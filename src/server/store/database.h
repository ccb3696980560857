// SQLite, as far as the server needs it: prepared statements, bound parameters, transactions. Faults are TM7203.
#pragma once
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

struct sqlite3;

namespace tidemark::server {

using Cell = std::variant<std::nullptr_t, int64_t, double, std::string>;

struct Record {
  std::vector<Cell> cells;
  bool is_null(size_t i) const { return std::holds_alternative<std::nullptr_t>(cells[i]); }
  int64_t integer(size_t i) const { return is_null(i) ? 0 : std::get<int64_t>(cells[i]); }
  double real(size_t i) const;
  std::string text(size_t i) const { return is_null(i) ? std::string() : std::get<std::string>(cells[i]); }
};

// Thread-safe: one connection, one statement at a time.
class Database {
 public:
  // Made with mode 0600 where it is not there; write-ahead log, synced at every commit.
  explicit Database(const std::filesystem::path& path);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Rows of one statement; `?` take the parameters in order.
  std::vector<Record> query(const std::string& sql, const std::vector<Cell>& parameters = {});
  std::optional<Record> first(const std::string& sql, const std::vector<Cell>& parameters = {});
  // The number of rows changed.
  int64_t execute(const std::string& sql, const std::vector<Cell>& parameters = {});
  void script(const std::string& sql);

 private:
  [[noreturn]] void fail(const std::string& what) const;
  std::mutex mutex_;
  sqlite3* handle_ = nullptr;
};

}  // namespace tidemark::server
