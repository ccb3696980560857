#include "download/download.h"

#include <fmt/format.h>

#include "app/commands.h"
#include "app/open_project.h"
#include "base/strings.h"
#include "download/render.h"

namespace tidemark::app {

namespace {

const Json* download_of(const Node& source) {
  if (!source.meta.is_object() || !source.meta.contains("download")) return nullptr;
  const Json& download = source.meta["download"];
  return download.is_object() && download.contains("url") && download["url"].is_string() ? &download : nullptr;
}

std::string name_of(const Node& source) { return source.source_name + "." + source.name; }

// The one that is named, or the only one that tells where its files come from.
NodePtr choose_source(const Manifest& manifest, const std::string& wanted) {
  std::vector<NodePtr> able;
  std::vector<std::string> names;
  for (const auto& [id, source] : manifest.sources) {
    if (download_of(*source) == nullptr) continue;
    able.push_back(source);
    names.push_back(name_of(*source));
    if (!wanted.empty() && (wanted == name_of(*source) || wanted == source->name || wanted == id)) return source;
  }
  if (!wanted.empty()) {
    Error error("TM6510", fmt::format("no source '{}' has a download URL", wanted));
    const std::string near = nearest_name(wanted, names);
    if (!near.empty()) error.hint(fmt::format("did you mean '{}'?", near));
    if (near.empty() && !names.empty()) error.hint(fmt::format("these have: {}", join(names, ", ")));
    throw error;
  }
  if (able.empty()) {
    throw Error("TM6510", "no source of this project has a download URL")
        .hint("meta: {download: {url: \"https://…/file_{yyyy}-{mm}.parquet\", output_dir: data/raw}} beside a table in its YAML");
  }
  if (able.size() > 1) throw Error("TM6510", fmt::format("{} sources have a download URL", able.size())).hint("name one: " + join(names, ", "));
  return able.front();
}

std::string output_folder(const Invocation& invocation, const Node& source, const Json& download) {
  if (!invocation.output_dir.empty()) return invocation.output_dir;
  if (download.contains("output_dir") && download["output_dir"].is_string()) return download["output_dir"].get<std::string>();
  if (source.external.is_object() && source.external.contains("location") && source.external["location"].is_string()) {
    return source.external["location"].get<std::string>();
  }
  throw Error("TM6510", fmt::format("source '{}' does not say where its files belong", name_of(source)))
      .hint("--output-dir, or meta: {download: {output_dir: …}}");
}

}  // namespace

int download(const Invocation& invocation, const Terminal& terminal) {
  const OpenProject open = open_project(invocation, terminal);
  const NodePtr source = choose_source(open.manifest(), invocation.source);
  const Json& settings = *download_of(*source);
  download::DownloadOptions options;
  options.url_template = settings["url"].get<std::string>();
  options.start = download::parse_month(invocation.start_month, "--start");
  options.end = download::parse_month(invocation.end_month, "--end");
  options.output_dir = output_folder(invocation, *source, settings);
  options.skip_existing = invocation.skip_existing;
  options.concurrency = invocation.concurrency;
  options.retries = invocation.retries;
  options.cancelled = &terminal.cancelled;
  run::EventSink& events = terminal.events;
  download::DownloadListener listener;
  listener.progress = [&](const download::DownloadProgress& progress) {
    if (const size_t width = events.live_width(); width > 0) events.show_live(download::progress_line(progress, width));
  };
  listener.finished = [&](const download::DownloadResult& result) {
    const bool there =
        result.outcome == download::Outcome::kDownloaded || result.outcome == download::Outcome::kResumed || result.outcome == download::Outcome::kSkipped;
    events.emit({"FileFinished", there ? run::Level::kInfo : run::Level::kError, download::result_line(result),
                 Json{{"url", result.file.url}, {"path", result.file.path.string()}, {"bytes", result.bytes}, {"error", result.error}}});
  };
  events.info("DownloadStart", fmt::format("Fetching {} to {}", name_of(*source), options.output_dir.string()));
  const std::vector<download::DownloadResult> results = download::run_download(options, listener);
  events.show_live("");
  const bool whole = download::all_present(results);
  events.emit({"DownloadSummary", whole ? run::Level::kInfo : run::Level::kError, std::string(trim(download::summary_text(results)))});
  return whole ? kExitOk : kExitNodeFailed;
}

}  // namespace tidemark::app
