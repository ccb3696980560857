// The project as the server knows it: loaded, and loaded again when its files change. Thread-safe.
#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "app/open_project.h"
#include "app/warehouse.h"
#include "base/clock.h"

namespace tidemark::server {

struct LoadedProject {
  app::OpenProject open;
  std::shared_ptr<app::Warehouse> warehouse;
  std::string stamp;  // of its files
  std::string loaded_at;

  // Sessions of other engines would hold the database's file, or wait for a server: only a lake is looked into from here.
  bool is_lake() const { return open.target.type == "lake"; }
};
using LoadedProjectPtr = std::shared_ptr<const LoadedProject>;

class ProjectState {
 public:
  // The working folder is the project's.
  explicit ProjectState(app::Invocation invocation) : invocation_(std::move(invocation)) {}

  // Throws what loading finds wrong; the last one that could be loaded is no longer shown then.
  LoadedProjectPtr current();
  const app::Invocation& invocation() const { return invocation_; }

  Json about();  // {"name", "folder_name", "target", "engine", "error"?}
  // What a query process is told: where the warehouse is, which folders it may read. Throws TM7306 where the target is no lake.
  Json query_configuration();
  // The arguments that lead a child to the same project.
  std::vector<std::string> child_arguments() const;

 private:
  LoadedProjectPtr load(const std::string& stamp);
  Json make_query_configuration(const LoadedProject& project) const;
  app::Invocation invocation_;
  std::mutex mutex_;
  LoadedProjectPtr known_;
  std::optional<Stopwatch> since_look_;
  Json configuration_;  // of queries, of `configured_`
  LoadedProjectPtr configured_;
  Stopwatch since_configured_;
};

// Folders of the files that a statement's text scans: what stands before the first wildcard of each.
std::vector<std::string> scanned_folders(const std::string& sql);

}  // namespace tidemark::server
