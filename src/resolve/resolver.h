// The parse phase: a project's files become a Manifest. Nothing is looked up in a warehouse.
#pragma once
#include <string>
#include <vector>

#include "base/error.h"
#include "project/profile.h"
#include "project/project.h"
#include "resolve/invocation.h"
#include "resolve/resolved.h"

namespace tidemark::resolve {

struct ResolveInput {
  project::ProjectPtr project;  // the root, with its packages
  project::Target target;
  std::vector<std::string> dispatch_order;  // the adapter's macro prefixes, as Adapter::dispatch_order() gives them
  Invocation invocation;
  std::string macros_folder;  // built-in macros are read from there; empty: those in the program
};

// Throws Error or ErrorList with all faults found; `warnings` receives what is odd but usable.
//   TM1201 two nodes of one name, TM1202 two macros of one name, TM1203 two nodes make one relation,
//   TM1210 two YAML entries for one node, TM1211 unknown docs block, TM1212 a config of the wrong kind, TM1213 a property of the wrong kind,
//   TM1214 unknown generic test, TM1215 a YAML entry without a node (warning), TM2xxx in templates,
//   TM3101 unknown ref, TM3102 unknown source, TM3103 disabled, TM3104 ambiguous, TM3105 private to a group.
ResolvedPtr resolve(const ResolveInput& input, std::vector<Error>& warnings);

}  // namespace tidemark::resolve
