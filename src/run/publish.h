// The one place where a run changes what others see.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "run/node_work.h"

namespace tidemark::run {

// Writes the ledger of what the staged rows were made from, then makes them visible in one commit that refers to it.
// `request` says how; target, layout, descriptions and the commit's value are filled in here. The result's counts follow.
void publish(NodeWork& work, std::unique_ptr<Staged> staged, PublishRequest request);
// The same with a ledger that somebody else writes; null: none.
void publish(NodeWork& work, std::unique_ptr<Staged> staged, PublishRequest request, const std::function<Json()>& ledger);
// The same for rows that are no node's result but belong to it (failures of a test): no ledger.
void publish_side_table(NodeWork& work, const Relation& target, std::unique_ptr<Staged> staged);
void publish_view(NodeWork& work, const Relation& target, const std::string& sql);

void create_schema(Session& session, const std::string& database, const std::string& schema);

}  // namespace tidemark::run
