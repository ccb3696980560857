// {{ model }} and {{ graph }}: nodes as templates see them, with the members of manifest.json.
#pragma once
#include "jinja/value.h"
#include "manifest/manifest.h"

namespace tidemark::resolve {

jinja::Value node_value(const Node& node);
jinja::Value graph_value(const Manifest& manifest);

}  // namespace tidemark::resolve
