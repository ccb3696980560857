#include "server/pipeline/journals.h"

#include <algorithm>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file_system.h"
#include "base/strings.h"

namespace tidemark::server {

namespace {

constexpr size_t kLogLines = 2000;

// "12:00:00" of "2026-01-31T12:00:00.123456Z".
std::string clock_of(const std::string& time) { return time.size() < 19 ? std::string() : time.substr(11, 8); }

RunNode& node_of(Run& run, const std::string& id, const std::string& name) {
  const auto found = std::find_if(run.nodes.begin(), run.nodes.end(), [&](const RunNode& node) { return node.unique_id == id; });
  if (found != run.nodes.end()) return *found;
  return run.nodes.emplace_back(RunNode{.unique_id = id, .name = name});
}

void add_node_event(Run& run, const std::string& event, const Json& line, const Json& data) {
  const Json& info = data.at("node_info");
  RunNode& node = node_of(run, info.value("unique_id", ""), info.value("node_name", ""));
  const std::string time = line.value("ts", "");
  if (event == "NodeStart") {
    node.status = "running";
    node.started_at = time;
    return;
  }
  node.status = data.value("status", event == "NodeSkipped" ? "skipped" : "");
  node.execution_time = data.value("execution_time", 0.0);
  node.finished_at = time;
  node.strategy = data.value("strategy", "");
  node.reason = data.value("reason", "");
  if (data.contains("counts")) node.counts = data["counts"];
}

Json count(const Json& counts, const char* name) {
  const auto found = counts.find(name);
  return found == counts.end() || !found->is_number_integer() || found->get<int64_t>() < 0 ? Json() : *found;
}

Json or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

Json node_json(const RunNode& node, bool with_details) {
  Json out{{"unique_id", node.unique_id},
           {"name", node.name},
           {"status", node.status},
           {"execution_time", node.execution_time},
           {"started_at", or_null(node.started_at)},
           {"finished_at", or_null(node.finished_at)},
           {"rows", count(node.counts, "rows_written")},
           {"strategy", or_null(node.strategy)},
           {"reason", or_null(node.reason)}};
  if (!with_details) return out;
  out["message"] = or_null(node.message);
  for (const char* name : {"bytes_read", "rows_read", "files_read", "partitions_written", "partitions_total"}) out[name] = count(node.counts, name);
  return out;
}

// What a user typed behind the command, but for values of variables, which may be secrets; of what the server adds to find the
// project, nothing.
Json shown_arguments(const Json& invocation) {
  static const std::set<std::string> kServers{"--project-dir", "--profiles-dir", "--profile", "--target", "--target-path", "--vars", "--threads"};
  const bool is_servers = invocation.contains("user") && invocation["user"].is_string();
  const Json given = invocation.value("args", Json::array());
  Json out = Json::array();
  for (size_t i = 0; i < given.size(); ++i) {
    if (i == 0 && given[i] == invocation.value("command", "")) continue;
    if (is_servers && kServers.contains(given[i].get<std::string>())) {
      ++i;  // its value
    } else if (const std::string word = given[i].get<std::string>(); word.starts_with("--vars=")) {
      out.push_back("--vars=…");
    } else {
      out.push_back(i > 0 && given[i - 1] == "--vars" ? "…" : word);
    }
  }
  return out;
}

}  // namespace

Json Run::json(bool with_details) const {
  Json list = Json::array();
  for (const RunNode& node : nodes) list.push_back(node_json(node, with_details));
  Json out{{"id", id},
           {"command", command},
           {"args", args},
           {"state", state},
           {"started_at", or_null(started_at)},
           {"finished_at", or_null(finished_at)},
           {"user", or_null(user)},
           {"error", or_null(error)},
           {"nodes", std::move(list)}};
  if (with_details) out["log"] = log;
  return out;
}

namespace {

void add_line(Run& run, const Json& line) {
  if (line.contains("invocation")) {
    const Json& given = line["invocation"];
    run.id = given.value("id", "");
    run.command = given.value("command", "");
    run.args = shown_arguments(given);
    run.started_at = given.value("started_at", "");
    if (given.contains("user") && given["user"].is_string()) run.user = given["user"].get<std::string>();
    run.state = "running";
    return;
  }
  if (line.contains("finished")) {
    const Json& given = line["finished"];
    run.finished_at = given.value("at", "");
    if (given.contains("error") && given["error"].is_string()) run.error = given["error"].get<std::string>();
    run.state = run.error == "cancelled" ? "cancelled" : given.value("exit_code", 0) == 0 ? "success" : "error";
    return;
  }
  const std::string event = line.value("name", "");
  const Json data = line.value("data", Json::object());
  if (data.contains("node_info") && (event == "NodeStart" || event == "NodeFinished" || event == "NodeSkipped")) add_node_event(run, event, line, data);
  if (event == "RunResultError" || event == "RunResultWarning") node_of(run, data.value("unique_id", ""), "").message = line.value("msg", "");
  if (run.log.size() < kLogLines) run.log.push_back(clock_of(line.value("ts", "")) + "  " + line.value("msg", ""));
}

}  // namespace

void add_journal_line(Run& run, const Json& line) {
  try {
    add_line(run, line);
  } catch (const nlohmann::json::exception&) {
    // Not a line that this program writes: the others are shown.
  }
}

bool is_being_written(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const bool is_free = ::flock(fd, LOCK_SH | LOCK_NB) == 0;
  ::close(fd);
  return !is_free;
}

const Run& Journals::read(const std::string& name) {
  const fs::path file = folder_ / name;
  Known& known = known_[name];
  const auto stat = stat_file(file);
  if (!stat) return known.run;
  if (known.size != stat->size || known.mtime_ns != stat->mtime_ns) {
    known = {stat->size, stat->mtime_ns, {}};
    for (const std::string& text : split(read_file(file), '\n')) {
      const Json line = Json::parse(text, nullptr, false);
      if (line.is_object()) add_journal_line(known.run, line);  // the last line may be half written
    }
  }
  if (known.run.state == "running" && !is_being_written(file)) {
    // Its end may have been written since: looked at once more the next time.
    if (const auto now = stat_file(file); now && now->size == known.size) {
      known.run.state = "error";
      known.run.error = "the process ended without finishing: it was killed, or the machine stopped";
      for (RunNode& node : known.run.nodes) {
        if (node.status == "running") node.status = "error";
      }
    }
  }
  return known.run;
}

std::vector<Run> Journals::newest(size_t limit) {
  const std::lock_guard lock(mutex_);
  const std::vector<std::string> names = list_directory(folder_);
  std::erase_if(known_, [&](const auto& entry) { return !std::binary_search(names.begin(), names.end(), entry.first); });
  std::vector<Run> out;
  for (auto name = names.rbegin(); name != names.rend() && out.size() < limit; ++name) {
    if (!name->ends_with(".jsonl")) continue;
    const Run& run = read(*name);
    if (!run.id.empty()) out.push_back(run);
  }
  return out;
}

fs::path Journals::file_of(const std::string& id) {
  for (const std::string& name : list_directory(folder_)) {
    if (name.ends_with("_" + id + ".jsonl")) return folder_ / name;
  }
  return {};
}

std::optional<Run> Journals::find(const std::string& id) {
  const fs::path file = file_of(id);
  if (file.empty()) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const Run run = read(file.filename().string());
  return run.id == id ? std::optional(run) : std::nullopt;
}

std::map<std::string, RunNode> Journals::last_of_nodes() {
  std::map<std::string, RunNode> out;
  constexpr size_t kLooked = 100;
  for (const Run& run : newest(kLooked)) {
    for (const RunNode& node : run.nodes) out.emplace(node.unique_id, node);
  }
  return out;
}

}  // namespace tidemark::server
