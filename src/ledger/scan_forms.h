// How sources of CSV and JSON files are read: dialect, columns and types are found once, from all rows of the files that are
// there then, and kept in the warehouse. Files that come later are held against that: new columns join, anything else that
// does not fit is an error that names the file. So no file changes what another one says.
//   TM5104 a source file does not fit   TM5105 a source file cannot be understood
#pragma once
#include <filesystem>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "ledger/source_file.h"
#include "sql/file_scan.h"

namespace tidemark {
class Session;
}

namespace tidemark::ledger {

// Thread-safe. Of one run.
class ScanForms {
 public:
  // The folder in which forms outlive the run; without it they do not.
  void keep_in(std::filesystem::path folder);
  // Of a scan of CSV or JSON files; null where there are no files yet, or the scan's options are no constants.
  sql::ScanFormPtr of(const sql::FileScan& scan, const std::vector<SourceFile>& files, Session& session);
  // Files have changed: they are looked at again.
  void forget();

 private:
  std::mutex mutex_;
  std::filesystem::path folder_;
  std::map<std::string, sql::ScanFormPtr> known_;  // by key of the scan
};

}  // namespace tidemark::ledger
