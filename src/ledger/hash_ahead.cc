#include "ledger/hash_ahead.h"

namespace tidemark::ledger {

HashAhead::~HashAhead() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

void HashAhead::start(std::vector<SourceFile> files) {
  if (started_) return;
  started_ = true;
  if (files.empty()) return;
  thread_ = std::thread([this, files = std::move(files)] {
    try {
      for (const SourceFile& file : files) {
        if (stop_) return;
        observation_.hash(file);
      }
    } catch (...) {
      fault_ = std::current_exception();
    }
  });
}

void HashAhead::finish() {
  if (thread_.joinable()) thread_.join();
  if (fault_) std::rethrow_exception(fault_);
}

}  // namespace tidemark::ledger
