// From the names in ref() and source() to nodes, by dbt's rules: root project first, then the caller's package, then any.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "manifest/manifest.h"

namespace tidemark::resolve {

class Lookup {
 public:
  // Enabled nodes and sources; a versioned model answers to "name.vN" and, where it is the latest, to its name.
  void add(const NodePtr& node);
  void add_disabled(const NodePtr& node);

  // The node, or the Error that tells why there is none (TM3101 unknown, TM3103 disabled, TM3104 several); without a span.
  NodePtr ref(const RefArgs& args, const std::string& root, const std::string& package) const;
  NodePtr source(const SourceArgs& args, const std::string& root, const std::string& package) const;

  NodePtr find_ref(const RefArgs& args, const std::string& root, const std::string& package) const;  // nullptr where there is none
  bool is_disabled(const RefArgs& args) const;

 private:
  using ByPackage = std::map<std::string, NodePtr, std::less<>>;
  using Table = std::map<std::string, ByPackage, std::less<>>;
  static NodePtr search(const Table& table, const std::string& key, const std::optional<std::string>& target, const std::string& root,
                        const std::string& package);
  Table refs_;
  Table sources_;  // by "source.table"
  Table disabled_refs_;
  Table disabled_sources_;
};

// "'customers'", "'shop', 'customers'", with ", v=2".
std::string describe(const RefArgs& args);

}  // namespace tidemark::resolve
