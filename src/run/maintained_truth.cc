#include "run/maintained_truth.h"

#include "run/maintained_model.h"

namespace tidemark::run {

std::string maintained_truth(RunState& run, Session& session, const Node& node, const compile::Compiled& compiled) {
  const std::string& sql = compiled.node->compiled_code;
  const ledger::LoadedLedger before = ledger::load_ledger(run.context.ledgers, session.state(node.relation()));
  return truth_of(run, analyse_model(run, session, node, sql, &before), sql, session.parser());
}

}  // namespace tidemark::run
