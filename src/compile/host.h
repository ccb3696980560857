// What a template may ask of the run that it is rendered in. run/ implements it; nothing else of a run is seen here.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapter/adapter.h"
#include "base/error.h"
#include "manifest/node.h"

namespace tidemark::compile {

// The partition values of one column whose source files changed since the model's last commit.
struct AffectedPartitions {
  bool is_all = true;
  std::vector<std::string> values;  // SQL literals, no doubles; "NULL" stands for NULL; empty where is_all
};

// One thread renders with a Host at a time; a Host may be made for each thread.
class Host {
 public:
  virtual ~Host() = default;

  // The engine; opened at the first call. Whoever renders notes that the node is decided at run time.
  virtual Session& session() = 0;
  // From the run's cache of relations where it has one: not a reason to be decided at run time.
  virtual std::optional<Relation> find_relation(const Relation& name) = 0;
  // A statement, rename or drop of a template may have changed what exists; cached lookups are to be asked anew.
  virtual void relations_changed() = 0;

  // dbt's four conditions: the relation is there, is a table, the model is incremental, no full refresh.
  virtual bool is_incremental(const Node& node) = 0;
  virtual AffectedPartitions affected_partitions(const Node& node, const std::string& column) = 0;

  virtual void log(std::string_view message, bool info) = 0;  // {{ log() }}: info: shown, else only in the log file
  virtual void print(std::string_view message) = 0;           // {{ print() }}: to stdout
  virtual void warn(const Error& warning) = 0;

  // Unique ids, as {{ selected_resources }} shows them.
  virtual const std::vector<std::string>& selected_resources() const = 0;
  virtual std::string thread_name() const = 0;
};

}  // namespace tidemark::compile
