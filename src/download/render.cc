#include "download/render.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::download {
namespace {

constexpr std::array<std::string_view, 6> kNames = {"downloaded", "resumed", "skipped", "not published", "failed", "cancelled"};

std::string_view name_of(Outcome outcome) { return kNames[static_cast<size_t>(outcome)]; }

std::string bar(double done, size_t width) {
  const auto filled = static_cast<size_t>(done * static_cast<double>(width));
  std::string out(width, ' ');
  std::fill_n(out.begin(), std::min(filled, width), '=');
  if (filled < width) out[filled] = '>';
  return "[" + out + "]";
}

std::string duration(double seconds) {
  const auto whole = static_cast<uint64_t>(std::llround(seconds));
  return whole < 90 ? fmt::format("{} s", whole) : fmt::format("{} min", (whole + 30) / 60);
}

}  // namespace

std::string progress_line(const DownloadProgress& progress, size_t width) {
  const double speed = progress.seconds > 0.5 ? static_cast<double>(progress.received) / progress.seconds : 0;  // bytes a second
  const double done = progress.bytes_total > 0 ? static_cast<double>(progress.bytes_done) / static_cast<double>(progress.bytes_total) : 0;
  std::string text = fmt::format(" {} of {} files", progress.files_done, progress.files);
  if (progress.bytes_total > 0) text += fmt::format("  {} of {}", format_bytes(progress.bytes_done), format_bytes(progress.bytes_total));
  if (speed > 0) {
    text += fmt::format("  {}/s", format_bytes(static_cast<uint64_t>(speed)));
    text += fmt::format("  about {} left", duration(static_cast<double>(progress.bytes_total - progress.bytes_done) / speed));
  }
  constexpr size_t kNarrowest = 12;
  constexpr size_t kWidest = 40;
  if (text.size() + kNarrowest <= width) text = bar(done, std::min(kWidest, width - text.size() - 2)) + text;
  return text.substr(0, width);
}

std::string result_line(const DownloadResult& result) {
  std::string line = fmt::format("{:<13}  {}", name_of(result.outcome), result.file.path.filename().string());
  if (result.bytes > 0) line += "  " + format_bytes(result.bytes);
  if (!result.error.empty()) line += ": " + result.error;
  if (result.attempts > 1) line += fmt::format(" ({} attempts)", result.attempts);
  return line;
}

std::string summary_text(const std::vector<DownloadResult>& results) {
  std::string counts;
  bool part_files = false;
  for (size_t kind = 0; kind < kNames.size(); ++kind) {
    const auto outcome = static_cast<Outcome>(kind);
    const auto count = std::count_if(results.begin(), results.end(), [&](const DownloadResult& result) { return result.outcome == outcome; });
    if (count == 0) continue;
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, kNames[kind]);
    part_files = part_files || outcome == Outcome::kFailed || outcome == Outcome::kCancelled;
  }
  const uint64_t received =
      std::accumulate(results.begin(), results.end(), uint64_t{0}, [](uint64_t sum, const DownloadResult& r) { return sum + r.received; });
  std::string text = fmt::format("{} file{}: {}; {} fetched\n", results.size(), results.size() == 1 ? "" : "s", counts, format_bytes(received));
  if (part_files) text += "run it again with --skip-existing to fetch what is missing: files that were cut go on where they ended\n";
  return text;
}

}  // namespace tidemark::download
