// The commands. Each takes an invocation whose paths are absolute, in the project's folder as working folder.
#pragma once
#include <set>
#include <string>

#include "app/app.h"

namespace tidemark::app {

int run(const Invocation& invocation, const Terminal& terminal);  // run, build, test, seed, snapshot
int parse(const Invocation& invocation, const Terminal& terminal);
int list(const Invocation& invocation, const Terminal& terminal);
int compile(const Invocation& invocation, const Terminal& terminal);
int show(const Invocation& invocation, const Terminal& terminal);
int run_operation(const Invocation& invocation, const Terminal& terminal);
int debug(const Invocation& invocation, const Terminal& terminal);
int clean(const Invocation& invocation, const Terminal& terminal);
int deps(const Invocation& invocation, const Terminal& terminal);
int docs_generate(const Invocation& invocation, const Terminal& terminal);
int download(const Invocation& invocation, const Terminal& terminal);
int init(const Invocation& invocation, const Terminal& terminal);  // needs no project
int retry(const Invocation& invocation, const Terminal& terminal);
int clone(const Invocation& invocation, const Terminal& terminal);
int source_freshness(const Invocation& invocation, const Terminal& terminal);
int vacuum(const Invocation& invocation, const Terminal& terminal);
int plan(const Invocation& invocation, const Terminal& terminal);
int verify(const Invocation& invocation, const Terminal& terminal);
int history(const Invocation& invocation, const Terminal& terminal);
int ledger(const Invocation& invocation, const Terminal& terminal);
int spark(const Invocation& invocation, const Terminal& terminal);  // spark up, status, logs, down; needs no project
int explain(const Invocation& invocation, const Terminal& terminal);
int partitions(const Invocation& invocation, const Terminal& terminal);

// run() over these nodes alone, whatever the selection flags say.
int run_only(const Invocation& invocation, const Terminal& terminal, const std::set<std::string>& ids);

}  // namespace tidemark::app
