// What every artifact says about the invocation that made it.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace tidemark::artifacts {

class JsonWriter;

// The dbt-core whose artifacts these are: tools that read them look at this version.
inline constexpr std::string_view kDbtVersion = "1.10.0";

struct Metadata {
  std::string invocation_id;
  WallTime invocation_started_at;
  WallTime generated_at;
  std::map<std::string, std::string> env;  // DBT_ENV_CUSTOM_ENV_* without the prefix
};

// The members that all artifacts share, without the braces. `schema` is "manifest/v12".
void write_metadata(JsonWriter& out, const Metadata& metadata, std::string_view schema);

}  // namespace tidemark::artifacts
