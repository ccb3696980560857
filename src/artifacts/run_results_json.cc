#include "artifacts/run_results_json.h"

#include "artifacts/json_writer.h"
#include "base/file_system.h"
#include "base/json.h"

namespace tidemark::artifacts {

namespace {

// What tidemark measured rides in adapter_response, which readers take as it is.
Json adapter_response(const NodeResult& result) {
  Json response = result.adapter_response.is_object() ? result.adapter_response : Json::object();
  const auto add = [&](const char* name, int64_t value) {
    if (value >= 0) response[name] = value;
  };
  add("files_read", result.counts.files_read);
  add("bytes_read", result.counts.bytes_read);
  add("rows_read", result.counts.rows_read);
  add("rows_affected", result.counts.rows_written);
  add("partitions_written", result.counts.partitions_written);
  add("partitions_total", result.counts.partitions_total);
  if (!result.strategy.empty()) response["strategy"] = result.strategy;
  if (!result.reason.empty()) response["reason"] = result.reason;
  return response;
}

void write_batches(JsonWriter& out, const char* name, const std::vector<EventWindow>& batches) {
  out.key(name).begin_array();
  for (const EventWindow& batch : batches) out.begin_array().text(event_time_iso(batch.begin)).text(event_time_iso(batch.end)).end_array();
  out.end_array();
}

void write_result(JsonWriter& out, const NodeResult& result) {
  out.begin_object().member("status", to_string(result.status));
  out.key("timing").begin_array();
  for (const Timing& timing : result.timing) {
    out.begin_object().member("name", timing.name);
    out.member("started_at", format_iso_utc(timing.started)).member("completed_at", format_iso_utc(timing.completed)).end_object();
  }
  out.end_array();
  out.member("thread_id", result.thread).key("execution_time").real(result.execution_time);
  out.member("adapter_response", adapter_response(result)).text_or_null("message", result.message);
  out.key("failures");
  if (result.failures) {
    out.integer(*result.failures);
  } else {
    out.null();
  }
  out.member("unique_id", result.node->unique_id);
  out.key("compiled");
  if (result.compiled) {
    out.boolean(true).member("compiled_code", result.compiled_code);
  } else {
    out.null().key("compiled_code").null();
  }
  out.text_or_null("relation_name", result.relation_name).key("batch_results");
  if (result.batches) {
    out.begin_object();
    write_batches(out, "successful", result.batches->successful);
    write_batches(out, "failed", result.batches->failed);
    out.end_object();
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace

std::string run_results_json(const Metadata& metadata, const RunResults& results, const Json& args) {
  JsonWriter out;
  out.begin_object().key("metadata").begin_object();
  write_metadata(out, metadata, "run-results/v6");
  out.end_object().key("results").begin_array();
  for (const NodeResult& result : results.results) write_result(out, result);
  out.end_array().key("elapsed_time").real(results.elapsed).member("args", args).end_object();
  return out.take();
}

void write_run_results(const std::filesystem::path& path, const Metadata& metadata, const RunResults& results, const Json& args) {
  write_file_durable(path, run_results_json(metadata, results, args));
}

}  // namespace tidemark::artifacts
