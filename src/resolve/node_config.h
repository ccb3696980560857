// A node's whole configuration, with dbt's defaults and spelling, out of the merged one.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "manifest/node.h"

namespace tidemark::resolve {

// The configuration that dbt gives a node of this type before anybody says anything.
Json default_config(ResourceType type);

// `merged` (as project::ConfigMerge leaves it) in dbt's form: defaults in, hooks as {sql, transaction, index}, one tag as a list, …
// Throws TM1212 for a value of the wrong kind.
Json finish_config(ResourceType type, const Json& merged);

// {sql, transaction, index} of a hook as users write it: a text, a mapping, or the text that before_begin() gives.
Json hook_json(const Json& written);

std::vector<std::string> tags_of(const Json& config);

}  // namespace tidemark::resolve
