#include "manifest/node.h"

#include <array>
#include <utility>

namespace tidemark {

namespace {

constexpr std::array<std::pair<ResourceType, std::string_view>, 10> kNames{{
    {ResourceType::kModel, "model"},
    {ResourceType::kSeed, "seed"},
    {ResourceType::kSnapshot, "snapshot"},
    {ResourceType::kTest, "test"},
    {ResourceType::kUnitTest, "unit_test"},
    {ResourceType::kAnalysis, "analysis"},
    {ResourceType::kOperation, "operation"},
    {ResourceType::kSqlOperation, "sql_operation"},
    {ResourceType::kSource, "source"},
    {ResourceType::kExposure, "exposure"},
}};

}  // namespace

std::string_view to_string(ResourceType type) {
  for (const auto& [candidate, name] : kNames) {
    if (candidate == type) return name;
  }
  return "model";
}

std::optional<ResourceType> resource_type_from(std::string_view text) {
  for (const auto& [type, name] : kNames) {
    if (name == text) return type;
  }
  return std::nullopt;
}

Relation Node::relation() const {
  Relation out;
  out.database = database;
  out.schema = schema;
  out.identifier = type == ResourceType::kSource ? identifier : alias;
  const auto read = [this](const char* part, bool& into) {
    const auto found = quoting.find(part);
    if (found != quoting.end() && found->is_boolean()) into = found->get<bool>();
  };
  read("database", out.quote.database);
  read("schema", out.quote.schema);
  read("identifier", out.quote.identifier);
  return out;
}

}  // namespace tidemark
