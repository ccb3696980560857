// Runs as their journals tell them (app/run_journal.h), wherever they were started. Thread-safe.
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"

namespace tidemark::server {

struct RunNode {
  std::string unique_id;
  std::string name;
  std::string status;  // "running", or dbt's: "success", "error", "skipped", "pass", "fail", "warn", …
  double execution_time = 0;
  std::string started_at;
  std::string finished_at;
  std::string strategy, reason, message;
  Json counts = Json::object();
};

struct Run {
  std::string id;
  std::string command;
  Json args = Json::array();
  std::string state;  // "queued", "running", "success", "error", "cancelled"
  std::string started_at, finished_at;
  std::string user;   // empty: started in a terminal
  std::string error;  // what ended it
  std::vector<RunNode> nodes;
  std::vector<std::string> log;  // lines

  Json json(bool with_details) const;
};

class Journals {
 public:
  explicit Journals(std::filesystem::path folder) : folder_(std::move(folder)) {}
  std::vector<Run> newest(size_t limit);  // newest first
  std::optional<Run> find(const std::string& id);
  std::filesystem::path file_of(const std::string& id);  // empty: none yet
  // The last result of each node, by unique id.
  std::map<std::string, RunNode> last_of_nodes();

 private:
  struct Known {
    uint64_t size = 0;
    int64_t mtime_ns = 0;
    Run run;
  };
  const Run& read(const std::string& name);
  std::filesystem::path folder_;
  std::mutex mutex_;
  std::map<std::string, Known> known_;  // by file name
};

// Adds what one line of a journal says to the run.
void add_journal_line(Run& run, const Json& line);
// Whether the process that writes this journal is alive.
bool is_being_written(const std::filesystem::path& file);

}  // namespace tidemark::server
