// A project after its parse phase: the manifest, and what is needed to render its templates again.
#pragma once
#include <memory>
#include <string>

#include "base/json.h"
#include "manifest/manifest.h"
#include "resolve/lookup.h"
#include "resolve/scope.h"

namespace tidemark::resolve {

struct Resolved {
  std::shared_ptr<SharedContext> context;
  Manifest manifest;
  Lookup lookup;
  QuotePolicy quoting;          // of the project
  Json query_comment = Json();  // of dbt_project.yml; null: dbt's own comment
};
using ResolvedPtr = std::shared_ptr<const Resolved>;

}  // namespace tidemark::resolve
