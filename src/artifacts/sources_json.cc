#include "artifacts/sources_json.h"

#include "artifacts/json_writer.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::artifacts {

namespace {

void write_result(JsonWriter& out, const FreshnessResult& result) {
  out.begin_object().member("unique_id", result.source->unique_id);
  if (result.status == "runtime error") {
    out.text_or_null("error", result.error).member("status", result.status).end_object();
    return;
  }
  out.member("max_loaded_at", format_iso_utc(result.max_loaded_at)).member("snapshotted_at", format_iso_utc(result.snapshotted_at));
  out.key("max_loaded_at_time_ago_in_s").real(result.age_seconds).member("status", result.status);
  out.member("criteria", result.source->freshness.is_object() ? result.source->freshness : Json::object());
  out.key("adapter_response").begin_object().end_object().key("timing").begin_array();
  for (const Timing& timing : result.timing) {
    out.begin_object().member("name", timing.name);
    out.member("started_at", format_iso_utc(timing.started)).member("completed_at", format_iso_utc(timing.completed)).end_object();
  }
  out.end_array().member("thread_id", result.thread).key("execution_time").real(result.execution_time).end_object();
}

}  // namespace

std::string sources_json(const Metadata& metadata, const std::vector<FreshnessResult>& results, double elapsed_seconds) {
  JsonWriter out;
  out.begin_object().key("metadata").begin_object();
  write_metadata(out, metadata, "sources/v3");
  out.end_object().key("results").begin_array();
  for (const FreshnessResult& result : results) write_result(out, result);
  out.end_array().key("elapsed_time").real(elapsed_seconds).end_object();
  return out.take();
}

void write_sources(const std::filesystem::path& path, const Metadata& metadata, const std::vector<FreshnessResult>& results, double elapsed_seconds) {
  write_file_durable(path, sources_json(metadata, results, elapsed_seconds));
}

}  // namespace tidemark::artifacts
