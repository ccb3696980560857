#include "adapter/duckdb/database.h"

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "adapter/duckdb/api.h"
#include "adapter/duckdb/errors.h"
#include "adapter/duckdb/exact_aggregates.h"
#include "adapter/duckdb/state.h"
#include "base/error.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

struct ConfigDeleter {
  using pointer = duckdb_config;
  void operator()(duckdb_config config) const { api().duckdb_destroy_config(&config); }
};
using Config = std::unique_ptr<duckdb_config, ConfigDeleter>;

// Progress is counted but never printed.
constexpr const char* kProgressSettings[] = {"SET enable_progress_bar_print = false", "SET progress_bar_time = 0", "SET enable_progress_bar = true"};

std::vector<std::pair<std::string, std::string>> engine_settings(const DatabaseOptions& options) {
  std::vector<std::pair<std::string, std::string>> settings;
  auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) settings.emplace_back(name, value);
  };
  // Positions of errors come only this way.
  add("errors_as_json", "true");
  // It holds some 30 kB a small file beside the memory limit (4 GB for 100,000 of them); the system keeps files' pages anyway.
  add("enable_external_file_cache", "false");
  add("access_mode", options.read_only ? "READ_ONLY" : "");
  add("threads", options.threads > 0 ? std::to_string(options.threads) : "");
  add("memory_limit", options.memory_limit);
  add("temp_directory", options.temp_directory);
  add("max_temp_directory_size", options.max_temp_directory_size);
  settings.insert(settings.end(), options.settings.begin(), options.settings.end());
  return settings;
}

Config make_config(const DatabaseOptions& options) {
  const Api& duck = api();
  duckdb_config raw = nullptr;
  duck.duckdb_create_config(&raw);
  Config config(raw);
  for (const auto& [name, value] : engine_settings(options)) {
    if (duck.duckdb_set_config(config.get(), name.c_str(), value.c_str()) != DuckDBSuccess) {
      throw Error("TM4104", "DuckDB knows no setting '" + name + "' that can be '" + value + "'");
    }
  }
  return config;
}

void run_plain(duckdb_connection connection, const std::string& sql) {
  QueryResult result;
  if (api().duckdb_query(connection, sql.c_str(), result.get()) != DuckDBSuccess) {
    throw engine_error(api().duckdb_result_error(result.get()), api().duckdb_result_error_type(result.get()), sql);
  }
}

std::string literal_list(const std::vector<std::string>& texts) {
  std::vector<std::string> literals;
  for (const auto& text : texts) literals.push_back(quote_literal(text));
  return "[" + join(literals, ", ") + "]";
}

// The order matters: nothing can be set any more after the last line. Progress settings are a session's own.
void lock_down(duckdb_connection connection, const LockDown& limits) {
  run_plain(connection, "SET allow_community_extensions = false");
  run_plain(connection, "SET autoinstall_known_extensions = false");
  run_plain(connection, "SET autoload_known_extensions = false");
  run_plain(connection, "SET allowed_directories = " + literal_list(limits.allowed_directories));
  run_plain(connection, "SET enable_external_access = false");
  run_plain(connection,
            "SET allowed_configs = ['enable_progress_bar', 'enable_progress_bar_print', 'progress_bar_time', 'TimeZone', 'enable_profiling', "
            "'custom_profiling_settings']");
  run_plain(connection, "SET lock_configuration = true");
}

}  // namespace

std::string quote_identifier(const std::string& name) { return "\"" + replace_all(name, "\"", "\"\"") + "\""; }
std::string quote_literal(const std::string& text) { return "'" + replace_all(text, "'", "''") + "'"; }

Database::Database(DatabaseOptions options) : state_(std::make_shared<State>(std::move(options))) {}
Database::~Database() = default;

bool Database::is_open() const {
  std::lock_guard lock(state_->mutex);
  return state_->handle != nullptr;
}

const DatabaseOptions& Database::options() const { return state_->options; }

std::unique_ptr<Connection> Database::connect() {
  {
    std::lock_guard lock(state_->mutex);
    state_->open();
  }
  auto state = std::make_unique<Connection::State>();
  state->database = state_;
  if (api().duckdb_connect(state_->handle, &state->handle) != DuckDBSuccess) throw Error("TM4103", "cannot connect to the engine");
  for (const char* setting : kProgressSettings) run_plain(state->handle, setting);
  for (const auto& statement : state_->options.setup) run_plain(state->handle, statement);
  return std::make_unique<Connection>(std::move(state));
}

void Database::State::open() {
  if (handle) return;
  const Api& duck = api();
  Config config = make_config(options);
  char* fault = nullptr;
  duckdb_database opened = nullptr;
  if (duck.duckdb_open_ext(options.path.empty() ? nullptr : options.path.c_str(), &opened, config.get(), &fault) != DuckDBSuccess) {
    Error cause = engine_error(take_text(fault), DUCKDB_ERROR_IO, "");
    bool bad_setting = cause.message().find("options were not recognized") != std::string::npos;
    throw Error(bad_setting ? "TM4104" : "TM4103",
                "cannot open " + (options.path.empty() ? "the engine" : "database " + options.path) + ": " + cause.message());
  }
  duckdb_connection connection = nullptr;
  try {
    if (duck.duckdb_connect(opened, &connection) != DuckDBSuccess) throw Error("TM4103", "cannot connect to the engine");
    if (options.exact_aggregates) register_exact_aggregates(connection);
    if (options.lock_down) lock_down(connection, *options.lock_down);
    duck.duckdb_disconnect(&connection);
  } catch (...) {
    if (connection) duck.duckdb_disconnect(&connection);
    duck.duckdb_close(&opened);
    throw;
  }
  handle = opened;
}

Database::State::~State() {
  if (handle) api().duckdb_close(&handle);
}

bool Database::State::is_keyword(const std::string& lower_case) {
  std::lock_guard lock(cache_mutex_);
  if (keywords_.empty()) {
    Connection connection([this] {
      auto state = std::make_unique<Connection::State>();
      api().duckdb_connect(handle, &state->handle);
      return state;
    }());
    for (const auto& row : connection.query("SELECT keyword_name FROM duckdb_keywords()").rows) keywords_.insert(row[0].as_string());
  }
  return keywords_.contains(lower_case);
}

ZoneTable& Database::State::zone(const std::string& name) {
  std::lock_guard lock(cache_mutex_);
  auto& table = zones_[name];
  if (!table) table = std::make_unique<ZoneTable>(handle, name);
  return *table;
}

Connection::State::~State() {
  if (handle) api().duckdb_disconnect(&handle);
}

}  // namespace tidemark::duckdb
