// One run or vacuum at a time on a warehouse. The lock dies with its process, however that ends.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

namespace tidemark::lake {

class Lock {
 public:
  virtual ~Lock() = default;
};

struct LockOptions {
  std::filesystem::path warehouse;  // made where missing
  std::string command;              // shown to those who wait
  double timeout_seconds = 300;
  std::function<void(const std::string& holder)> on_wait;  // once, where somebody else holds it
  const std::atomic<bool>* cancelled = nullptr;            // once true, waiting ends
};

// Throws TM6010, naming the holder, where the lock is not free in time, TM6011 where waiting was cancelled.
std::unique_ptr<Lock> lock_warehouse(const LockOptions& options);

// "pid 4711 on host, since 12:00:00: tidemark run": who holds it; empty where nobody does.
std::string lock_holder(const std::filesystem::path& warehouse);

}  // namespace tidemark::lake
