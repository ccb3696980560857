// Files hashed in a thread of their own while the engine works. Internal to this folder.
#pragma once
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

#include "ledger/observation.h"

namespace tidemark::ledger {

class HashAhead {
 public:
  explicit HashAhead(Observation& observation) : observation_(observation) {}
  ~HashAhead();
  HashAhead(const HashAhead&) = delete;
  HashAhead& operator=(const HashAhead&) = delete;

  // Once. The observation keeps the hashes.
  void start(std::vector<SourceFile> files);
  bool started() const { return started_; }
  // Waits; throws what the first file that could not be hashed gave.
  void finish();

 private:
  Observation& observation_;
  std::atomic<bool> stop_{false};
  bool started_ = false;
  std::exception_ptr fault_;
  std::thread thread_;
};

}  // namespace tidemark::ledger
