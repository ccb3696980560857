// The file patterns that SQL reads, observed and handed to the engine, so that all of a run reads the same files with the
// same columns.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "run/run.h"
#include "sql/file_scan.h"

namespace tidemark::run {

class FileBindings {
 public:
  explicit FileBindings(RunContext& context) : context_(context) {}

  // Binds what `sql` scans, itself or through views of the warehouse. True where it scans files at all. Statements that are
  // no SELECT are left as they are. `session` is asked about views and files; it is not given `sql` to run.
  // Throws TM5103 for a file that is no Parquet file.
  bool bind(const std::string& sql, Session& session);

  // Files behind these bindings have changed: they are observed and bound anew when next asked for.
  void forget();

 private:
  struct Text {
    std::vector<sql::FileScan> scans;
    std::vector<std::vector<std::string>> relations;  // parts of the names that it reads
  };
  const Text& read(const std::string& sql, SqlParser& parser);
  bool bind_text(const std::string& sql, Session& session, std::set<std::string>& views);
  void bind_scan(const sql::FileScan& scan, Session& session);

  RunContext& context_;
  std::mutex mutex_;
  std::map<std::string, Text> texts_;
  std::set<std::string> bound_;  // joined patterns
};

// `a."b.c".d` as its parts, quotes taken off.
std::vector<std::string> name_parts(const std::string& name);
// The relation that a name of 1 to 3 parts stands for; unnamed parts are empty.
Relation relation_named(const std::vector<std::string>& parts);

}  // namespace tidemark::run
