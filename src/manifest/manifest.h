// A resolved project: every node with its configuration and edges. Immutable once made.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "manifest/node.h"

namespace tidemark {

using NodePtr = std::shared_ptr<const Node>;

struct Manifest {
  std::string project_name;
  std::string project_id;  // MD5 of the name, as dbt has it
  std::string adapter_type;
  std::map<std::string, NodePtr> nodes;    // models, seeds, snapshots, tests, analyses, operations by unique id
  std::map<std::string, NodePtr> sources;  // by unique id
  std::map<std::string, NodePtr> exposures;
  std::map<std::string, NodePtr> unit_tests;
  std::map<std::string, MacroInfo> macros;
  std::map<std::string, DocBlock> docs;
  std::map<std::string, Json> groups;
  std::vector<NodePtr> disabled;

  // Any node or source by unique id; nullptr where there is none.
  NodePtr find(const std::string& unique_id) const;
  // Children by unique id of the parent: nodes that list it in depends_on_nodes; sorted, no doubles.
  std::map<std::string, std::vector<std::string>> child_map() const;
};

}  // namespace tidemark
