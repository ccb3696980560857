#include "artifacts/metadata.h"

#include "artifacts/json_writer.h"
#include "base/json.h"

namespace tidemark::artifacts {

void write_metadata(JsonWriter& out, const Metadata& metadata, std::string_view schema) {
  out.member("dbt_schema_version", fmt::format("https://schemas.getdbt.com/dbt/{}.json", schema));
  out.member("dbt_version", kDbtVersion);
  out.member("generated_at", format_iso_utc(metadata.generated_at));
  out.member("invocation_id", metadata.invocation_id);
  out.member("invocation_started_at", format_iso_utc(metadata.invocation_started_at));
  out.key("env").begin_object();
  for (const auto& [name, value] : metadata.env) out.member(name, value);
  out.end_object();
}

}  // namespace tidemark::artifacts
