// One node under way: what its materialization works with.
#pragma once
#include <optional>
#include <string>

#include "compile/compiler.h"
#include "manifest/run_results.h"
#include "run/host.h"
#include "run/state.h"

namespace tidemark::run {

struct NodeWork {
  RunState& run;
  RunHost& host;
  const Node& node;
  const compile::Compiled& compiled;
  NodeResult& result;  // counts, strategy and message are filled in on the way

  Session& session() const { return host.session(); }
  const std::string& sql() const { return compiled.node->compiled_code; }
  bool full_refresh() const;
  // The relation of the node's name as it is now.
  std::optional<Relation> existing() const { return host.find_relation(node.relation()); }
  // Adds what was read since the last call. Files and rows that one step after the other reads are the same ones: the greatest
  // number counts; bytes add up.
  void note_reads() const;
};

// Each makes the node's relation what its SQL says, hooks left out. They throw Errors over SQL, see at_model().
void materialize_view(NodeWork& work);
void materialize_table(NodeWork& work);
void materialize_incremental(NodeWork& work);
void materialize_microbatch(NodeWork& work);
void materialize_maintained(NodeWork& work);
void materialize_seed(NodeWork& work);
void materialize_snapshot(NodeWork& work);
// A materialization that a project wrote; it runs the hooks itself.
void materialize_custom(NodeWork& work, const resolve::Macro& macro);

// The model as a whole table: staged, checked against its contract, published.
void rebuild_table(NodeWork& work, const std::string& sql);

}  // namespace tidemark::run
