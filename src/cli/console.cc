#include "cli/console.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"

namespace tidemark::cli {

namespace {

constexpr const char* kGreen = "\033[32m";
constexpr const char* kRed = "\033[31m";
constexpr const char* kYellow = "\033[33m";
constexpr const char* kDim = "\033[2m";
constexpr const char* kReset = "\033[0m";

run::Level level_from(const std::string& name) {
  if (name == "debug") return run::Level::kDebug;
  if (name == "warn") return run::Level::kWarn;
  if (name == "error" || name == "none") return run::Level::kError;
  return run::Level::kInfo;
}

// A line of a node without as many of its dots as do not fit; three stay.
std::string fitted(const std::string& text, size_t width) {
  const size_t from = text.find(" ...");
  if (text.size() <= width || from == std::string::npos) return text;
  const size_t end = text.find_first_not_of('.', from + 1);
  if (end == std::string::npos) return text;
  const size_t spare = std::min(text.size() - width, end - from - 4);
  return text.substr(0, end - spare) + text.substr(end);
}

// The colour of what stands in the last brackets: "[OK in 0.05s]", "[ERROR in …]", "[WARN 2 in …]", "[SKIP]", "[PASS …]".
const char* status_color(std::string_view status) {
  if (status.starts_with("ERROR") || status.starts_with("FAIL")) return kRed;
  if (status.starts_with("WARN") || status.starts_with("SKIP")) return kYellow;
  if (status.starts_with("RUN")) return nullptr;
  return kGreen;
}

// The first "error[…]:" of every line in red, the lines of carets too, hints dim.
std::string paint_fault(const std::string& text) {
  std::vector<std::string> lines = split(text, '\n');
  for (std::string& line : lines) {
    const size_t open = line.find("error[");
    const size_t close = open == std::string::npos ? open : line.find("]:", open);
    if (close != std::string::npos) {
      line.insert(close + 1, kReset);
      line.insert(open, kRed);
    } else if (!line.empty() && line.find_first_not_of(" |^") == std::string::npos && line.find('^') != std::string::npos) {
      const size_t caret = line.find('^');
      line.insert(caret, kRed);
      line += kReset;
    } else if (line.starts_with("hint: ")) {
      line = kYellow + line.substr(0, 5) + kReset + line.substr(5);
    }
  }
  return join(lines, "\n");
}

std::string paint_status(const run::Event& event) {
  const std::string& text = event.message;
  const bool node_line = event.name == "NodeStart" || event.name == "NodeFinished" || event.name == "NodeSkipped";
  const size_t open = text.rfind('[');
  if (node_line && open != std::string::npos && text.ends_with(']')) {
    const char* color = status_color(std::string_view(text).substr(open + 1));
    if (color != nullptr) return text.substr(0, open + 1) + color + text.substr(open + 1, text.size() - open - 2) + kReset + "]";
    return text;
  }
  if (event.name == "RunResultError") {
    const size_t end = std::min(text.find('\n'), text.size());
    return kRed + text.substr(0, end) + kReset + paint_fault(text.substr(end));
  }
  if (event.level == run::Level::kError) return kRed + text + kReset;
  if (event.level == run::Level::kWarn) return kYellow + text + kReset;
  if (event.name == "RunSuccess") return kGreen + text + kReset;
  return text;
}

// Columns of the terminal behind `fd`; `otherwise` where it is none.
size_t terminal_width(int fd, size_t otherwise) {
  winsize size{};
  return ::ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : otherwise;
}

Json event_json(const run::Event& event, const app::Invocation& invocation) {
  return Json{{"info",
               {{"name", event.name},
                {"level", run::to_string(event.level)},
                {"msg", event.message},
                {"ts", format_iso_utc(event.time)},
                {"invocation_id", invocation.id},
                {"pid", ::getpid()}}},
              {"data", event.data}};
}

}  // namespace

bool wants_colors(const app::Invocation& invocation, int fd) {
  if (invocation.use_colors) return *invocation.use_colors;
  const char* no_color = std::getenv("NO_COLOR");
  if (no_color != nullptr && *no_color != '\0') return false;
  const char* term = std::getenv("TERM");
  return ::isatty(fd) == 1 && (term == nullptr || std::string_view(term) != "dumb");
}

class Console::LogFile {
 public:
  explicit LogFile(const std::string& path) : sink_(std::make_shared<spdlog::sinks::rotating_file_sink_st>(path, size_t{10} << 20, 5)) {
    sink_->set_pattern("%v");
  }
  void write(const std::string& line) { sink_->log(spdlog::details::log_msg("", spdlog::level::info, line)); }
  void flush() { sink_->flush(); }

 private:
  std::shared_ptr<spdlog::sinks::rotating_file_sink_st> sink_;
};

Console::Console(const app::Invocation& invocation, bool stdout_is_data)
    : invocation_(invocation),
      stdout_is_data_(stdout_is_data),
      colors_(wants_colors(invocation, stdout_is_data ? STDERR_FILENO : STDOUT_FILENO)),
      live_(invocation.log_format != "json" && !invocation.quiet && ::isatty(STDERR_FILENO) == 1) {}

Console::~Console() {
  erase_live_line();
  if (log_) log_->flush();
}

void Console::open_log(const std::string& folder) {
  const std::lock_guard lock(mutex_);
  try {
    make_directories(folder);
    log_ = std::make_unique<LogFile>(folder + "/tidemark.log");
    log_->write(fmt::format("=== {} | {} | tidemark {}", format_iso_utc(invocation_.started_at), invocation_.id, join(invocation_.arguments, " ")));
  } catch (const std::exception&) {
    log_.reset();  // a log that cannot be written must not stop the work
  }
}

void Console::emit(const run::Event& event) {
  const std::lock_guard lock(mutex_);
  if (event.name == "NodeStart") running_[event.data["node_info"]["unique_id"].get<std::string>()] = {};
  if (event.name == "NodeFinished") running_.erase(event.data["node_info"]["unique_id"].get<std::string>());
  log_event(event);
  if (event.level < level_from(invocation_.log_level)) return;
  if (invocation_.quiet && event.level < run::Level::kError && event.name != "PrintLine") return;
  erase_live_line();
  if (invocation_.log_format == "json") {
    show_json(event);
  } else {
    show_text(event);
  }
  draw_live_line();
}

void Console::log_event(const run::Event& event) {
  if (!log_) return;
  log_->write(invocation_.log_format_file == "json"
                  ? dump_json(event_json(event, invocation_))
                  : fmt::format("{} [{:5}] {}", format_iso_utc(event.time).substr(11, 15), run::to_string(event.level), event.message));
}

void Console::show_text(const run::Event& event) {
  if (event.name == "PrintLine") {
    if (!invocation_.no_print) std::fprintf(stdout, "%s\n", event.message.c_str());
    std::fflush(stdout);
    return;
  }
  FILE* out = stdout_is_data_ || event.level >= run::Level::kWarn ? stderr : stdout;
  constexpr size_t kClock = 10;  // columns before the text
  const size_t width = terminal_width(out == stderr ? STDERR_FILENO : STDOUT_FILENO, SIZE_MAX);
  run::Event shown = event;
  if (width > kClock && event.name.starts_with("Node")) shown.message = fitted(event.message, width - kClock);
  const std::string text = colors_ ? paint_status(shown) : shown.message;
  // Further lines stand under the first one's text, so that carets stay under what they point at.
  const std::string lines = replace_all(text, "\n", "\n          ");
  std::fprintf(out, "%s  %s\n", format_clock_local(event.time).c_str(), lines.c_str());
  std::fflush(out);
}

void Console::show_faults(const std::vector<Error>& errors) {
  const std::lock_guard lock(mutex_);
  erase_live_line();
  for (const Error& error : errors) {
    const run::Event event{"CommandFailed", run::Level::kError, std::string(trim(render_error(error))), Json{{"code", error.code()}}};
    log_event(event);
    if (invocation_.log_format == "json") {
      show_json(event);
    } else {
      std::fprintf(stderr, "%s\n", (wants_colors(invocation_, STDERR_FILENO) ? paint_fault(event.message) : event.message).c_str());
    }
  }
  std::fflush(stderr);
}

void Console::show_json(const run::Event& event) {
  FILE* out = stdout_is_data_ ? stderr : stdout;
  std::fprintf(out, "%s\n", dump_json(event_json(event, invocation_)).c_str());
  std::fflush(out);
}

void Console::progress(const std::string& unique_id, double fraction) {
  const std::lock_guard lock(mutex_);
  const auto node = running_.find(unique_id);
  if (node == running_.end()) return;
  node->second.fraction = fraction;
  erase_live_line();
  draw_live_line();
}

size_t Console::live_width() const { return live_ ? terminal_width(STDERR_FILENO, 80) - 1 : 0; }

void Console::show_live(const std::string& line) {
  const std::lock_guard lock(mutex_);
  own_live_line_ = line;
  erase_live_line();
  draw_live_line();
}

void Console::erase_live_line() {
  if (!live_line_shown_) return;
  std::fputs("\r\033[2K", stderr);
  std::fflush(stderr);
  live_line_shown_ = false;
}

// One line for the nodes under way whose engine tells how far it is: "  agg_daily_revenue_v1 ━━━━━━━━────  62%  12s".
void Console::draw_live_line() {
  if (!live_) return;
  constexpr int kCells = 24;
  std::string line = own_live_line_;
  size_t columns = 0;
  for (const auto& [id, node] : running_) {
    const double fraction = node.fraction;
    if (fraction < 0) continue;
    const std::string percent = fmt::format(" {:3.0f}%  {:.0f}s", fraction * 100, node.since.seconds());
    const std::string name = id.substr(id.rfind('.') + 1);
    const int full = static_cast<int>(fraction * kCells);
    columns += 3 + name.size() + kCells + percent.size();
    if (columns >= terminal_width(STDERR_FILENO, 80)) break;
    line += fmt::format("  {} ", name);
    if (colors_) line += kGreen;
    for (int i = 0; i < full; ++i) line += "━";
    if (colors_) line += kDim;
    for (int i = full; i < kCells; ++i) line += "─";
    if (colors_) line += kReset;
    line += percent;
  }
  if (line.empty()) return;
  std::fputs(line.c_str(), stderr);
  std::fflush(stderr);
  live_line_shown_ = true;
}

}  // namespace tidemark::cli
