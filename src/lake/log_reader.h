// Applies log entries, one after the other, to a growing snapshot.
#pragma once
#include <string>

#include "lake/snapshot.h"

namespace tidemark::lake {

class LogReplay {
 public:
  explicit LogReplay(Snapshot start) : snapshot_(std::move(start)) {}

  // One log entry: JSON lines. TM4320 where it is damaged. `file_ms`: the entry's modification time.
  void apply_entry(int64_t version, const std::string& text, int64_t file_ms);
  // One action of a checkpoint.
  void apply_checkpoint_action(const Json& action);

  const Snapshot& snapshot() const { return snapshot_; }
  Snapshot take() { return std::move(snapshot_); }

 private:
  void apply(const Json& action, CommitSummary& commit);

  Snapshot snapshot_;
};

// TM4330 where this program can't read tables of that protocol.
void require_readable(const Protocol& protocol, const std::string& table);

}  // namespace tidemark::lake
