#include "server/store/database.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark::server {

namespace {

struct StatementDeleter {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Prepared = std::unique_ptr<sqlite3_stmt, StatementDeleter>;

void bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* whole = std::get_if<int64_t>(&cell)) {
    sqlite3_bind_int64(statement, index, *whole);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    sqlite3_bind_double(statement, index, *real);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_bind_text(statement, index, text->data(), static_cast<int>(text->size()), SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

Cell column(sqlite3_stmt* statement, int index) {
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_NULL:
      return nullptr;
    default:
      return std::string(reinterpret_cast<const char*>(sqlite3_column_text(statement, index)), static_cast<size_t>(sqlite3_column_bytes(statement, index)));
  }
}

}  // namespace

double Record::real(size_t i) const {
  if (const auto* whole = std::get_if<int64_t>(&cells[i])) return static_cast<double>(*whole);
  return is_null(i) ? 0 : std::get<double>(cells[i]);
}

Database::Database(const std::filesystem::path& path) {
  make_directories(path.parent_path());
  // Nobody else may read it, from its first moment on.
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) throw Error("TM7203", fmt::format("can't make {}", path.string()));
  ::fchmod(fd, 0600);
  ::close(fd);
  if (sqlite3_open_v2(path.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr) != SQLITE_OK) fail("can't open " + path.string());
  sqlite3_busy_timeout(handle_, 5000);
  script("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
}

Database::~Database() { sqlite3_close(handle_); }

void Database::fail(const std::string& what) const { throw Error("TM7203", fmt::format("the server's database: {}: {}", what, sqlite3_errmsg(handle_))); }

void Database::script(const std::string& sql) {
  const std::lock_guard lock(mutex_);
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail("a statement failed");
}

std::vector<Record> Database::query(const std::string& sql, const std::vector<Cell>& parameters) {
  const std::lock_guard lock(mutex_);
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) fail("a statement can't be prepared");
  const Prepared statement(raw);
  for (size_t i = 0; i < parameters.size(); ++i) bind(raw, static_cast<int>(i) + 1, parameters[i]);
  std::vector<Record> out;
  for (;;) {
    const int step = sqlite3_step(raw);
    if (step == SQLITE_DONE) return out;
    if (step != SQLITE_ROW) fail("a statement failed");
    Record& record = out.emplace_back();
    for (int i = 0; i < sqlite3_column_count(raw); ++i) record.cells.push_back(column(raw, i));
  }
}

std::optional<Record> Database::first(const std::string& sql, const std::vector<Cell>& parameters) {
  std::vector<Record> rows = query(sql, parameters);
  if (rows.empty()) return std::nullopt;
  return std::move(rows.front());
}

int64_t Database::execute(const std::string& sql, const std::vector<Cell>& parameters) {
  const std::lock_guard lock(mutex_);
  sqlite3_stmt* raw = nullptr;
  if (sqlite3_prepare_v2(handle_, sql.c_str(), static_cast<int>(sql.size()), &raw, nullptr) != SQLITE_OK) fail("a statement can't be prepared");
  const Prepared statement(raw);
  for (size_t i = 0; i < parameters.size(); ++i) bind(raw, static_cast<int>(i) + 1, parameters[i]);
  int step = SQLITE_ROW;
  while (step == SQLITE_ROW) step = sqlite3_step(raw);
  if (step != SQLITE_DONE) fail("a statement failed");
  return sqlite3_changes(handle_);
}

}  // namespace tidemark::server
