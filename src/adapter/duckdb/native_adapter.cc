#include "adapter/duckdb/native_adapter.h"

#include <chrono>
#include <filesystem>
#include <thread>

#include <fmt/format.h>

#include "adapter/duckdb/library.h"
#include "adapter/duckdb/native_session.h"
#include "base/clock.h"
#include "base/error.h"

namespace tidemark {
namespace duckdb {
namespace {

bool in_memory(const NativeOptions& options) { return options.path.empty() || options.path == ":memory:"; }

DatabaseOptions database_options(const NativeOptions& given) {
  DatabaseOptions options;
  options.path = in_memory(given) ? "" : given.path;
  options.threads = given.threads;
  options.memory_limit = given.memory_limit;
  options.temp_directory = given.temp_directory;
  options.settings = given.settings;
  options.setup = given.setup;
  return options;
}

bool is_held_elsewhere(const Error& error) { return error.code() == "TM4103" && error.message().find("lock") != std::string::npos; }

// Having the database open is holding it.
class NativeLock : public WarehouseLock {
 public:
  explicit NativeLock(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

 private:
  std::unique_ptr<Connection> connection_;
};

class NativeAdapter : public Adapter {
 public:
  explicit NativeAdapter(NativeOptions options) : database_(std::make_shared<NativeDatabase>(std::move(options))) { capabilities_.engine = "duckdb 1.5.5"; }

  const Capabilities& capabilities() const override { return capabilities_; }
  std::vector<std::string> dispatch_order() const override { return {"duckdb"}; }
  std::unique_ptr<Session> open_session(const std::string&) override { return std::make_unique<NativeSession>(database_); }

  std::unique_ptr<WarehouseLock> lock(const LockRequest& request) override {
    const Stopwatch waited;
    for (bool told = false;;) {
      try {
        return std::make_unique<NativeLock>(database_->database.connect());
      } catch (const Error& error) {
        if (!is_held_elsewhere(error)) throw;
        if (!told && request.on_wait) request.on_wait(error.message());
        told = true;
        if (waited.seconds() >= request.timeout_seconds) {
          throw Error("TM4230", fmt::format("waited {:.0f} s for {}, which another process holds", request.timeout_seconds, database_->options.path))
              .because(error);
        }
        if (request.cancelled != nullptr && *request.cancelled) {
          throw Error("TM6011", fmt::format("cancelled while waiting for {}, which another process holds", database_->options.path));
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
      }
    }
  }

  void record_versions(const std::string&) override {}

 private:
  std::shared_ptr<NativeDatabase> database_;
  Capabilities capabilities_;
};

}  // namespace

NativeDatabase::NativeDatabase(NativeOptions given)
    : options(std::move(given)),
      name(in_memory(options) ? "memory" : std::filesystem::path(options.path).stem().string()),
      database(database_options(options)) {}

}  // namespace duckdb

std::unique_ptr<Adapter> make_native_adapter(NativeOptions options) { return std::make_unique<duckdb::NativeAdapter>(std::move(options)); }

}  // namespace tidemark
