// Runs: those that were, those under way, new ones.
#include <fmt/format.h>
#include <unistd.h>

#include "artifacts/manifest_json.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "server/api/context.h"
#include "server/api/selection_json.h"

namespace tidemark::server {

namespace {

Run known(Context& context, const Request& request) {
  if (auto run = context.runs.find(request.capture("id"))) return std::move(*run);
  throw Error("TM7404", "there is no such run");
}

// As the newest run left it.
Json compiled_code(const app::OpenProject& open, const std::string& unique_id) {
  const NodePtr node = open.manifest().find(unique_id);
  if (!node || node->type == ResourceType::kSource || node->type == ResourceType::kSeed) return nullptr;
  const fs::path path = artifacts::compiled_path(*node, open.target_path);
  return stat_file(path) ? Json(read_file(path)) : Json();
}

Response show(Context& context, const Request& request) {
  const Run run = known(context, request);
  Json out = run.json(true);
  try {
    const LoadedProjectPtr project = context.project.current();
    for (Json& node : out["nodes"]) node["compiled_code"] = compiled_code(project->open, node["unique_id"].get<std::string>());
  } catch (const std::exception&) {
    for (Json& node : out["nodes"]) node["compiled_code"] = nullptr;  // the project does not load now: the run is shown nevertheless
  }
  return Response::of(out);
}

// The run's journal from its beginning on, as server-sent events, until it ends.
class RunEvents : public BodyStream {
 public:
  RunEvents(Context& context, std::string id) : context_(context), id_(std::move(id)) {}

  Step next(std::string& piece) override {
    piece.clear();
    if (is_over_) return Step::kEnd;
    if (file_.empty()) file_ = context_.journals.file_of(id_);
    if (!file_.empty()) read_more(piece);
    if (piece.empty()) look_at_state(piece);
    if (piece.empty() && quiet_.seconds() > 15) piece = ": still here\n\n";
    if (piece.empty()) return Step::kWait;
    quiet_ = Stopwatch();
    return Step::kPiece;
  }

 private:
  static constexpr uint64_t kPiece = 4 << 20;  // of a journal at once; longer than any line

  static std::string event(const char* name, const Json& data) { return fmt::format("event: {}\ndata: {}\n\n", name, dump_json(data)); }

  void read_more(std::string& piece) {
    const auto stat = stat_file(file_);
    if (!stat || stat->size <= read_) return;
    const FileHandle file = FileHandle::open_read(file_);
    std::string text(std::min<uint64_t>(stat->size - read_, kPiece), '\0');
    const ssize_t got = ::pread(file.fd(), text.data(), text.size(), static_cast<off_t>(read_));
    if (got <= 0) return;
    text.resize(static_cast<size_t>(got));
    const size_t end = text.rfind('\n');
    if (end == std::string::npos) return;  // the line is still being written
    for (const std::string& line : split(std::string_view(text).substr(0, end), '\n')) add_line(Json::parse(line, nullptr, false), piece);
    read_ += end + 1;
  }

  void add_line(const Json& line, std::string& piece) {
    if (!line.is_object()) return;
    const size_t lines_before = run_.log.size();
    add_journal_line(run_, line);
    const Json data = line.value("data", Json::object());
    if (data.contains("node_info")) {
      const std::string id = data["node_info"].value("unique_id", "");
      const Json all = run_.json(true);
      for (const Json& node : all["nodes"]) {
        if (node["unique_id"] == id) piece += event("node", node);
      }
    }
    if (run_.log.size() > lines_before) piece += event("log", Json{{"line", run_.log.back()}, {"level", line.value("level", "")}});
    if (line.contains("invocation")) piece += event("state", state_json());
    if (line.contains("finished")) end(piece);
  }

  void look_at_state(std::string& piece) {
    if (look_.seconds() < 0.5 && !told_.empty()) return;
    look_ = Stopwatch();
    const auto run = context_.runs.find(id_);
    if (!run) return end(piece);
    if (run->state == told_) return;
    told_ = run->state;
    run_.id = run->id;
    run_.state = run->state;
    run_.error = run->error;
    if (run->state == "queued" || run->state == "running") {
      piece += event("state", state_json());
    } else if (file_.empty() || !is_being_written(file_)) {
      const auto stat = file_.empty() ? std::nullopt : stat_file(file_);
      if (!stat || stat->size == read_) return end(piece);
      told_.clear();  // more of it has come meanwhile
    }
  }

  Json state_json() const {
    return Json{{"id", run_.id},
                {"state", run_.state},
                {"finished_at", run_.finished_at.empty() ? Json() : Json(run_.finished_at)},
                {"error", run_.error.empty() ? Json() : Json(run_.error)}};
  }

  void end(std::string& piece) {
    piece += event("state", state_json()) + event("done", state_json());
    is_over_ = true;
  }

  Context& context_;
  std::string id_;
  fs::path file_;
  uint64_t read_ = 0;
  Run run_;
  std::string told_;
  Stopwatch look_, quiet_;
  bool is_over_ = false;
};

RunRequest run_request(const Request& request, const Caller& caller) {
  const Json body = request.json();
  RunRequest out{
      .command = required_text(body, "command"), .select = text_list(body, "select"), .exclude = text_list(body, "exclude"), .user = caller.user.email};
  if (out.command == "retry") throw Error("TM7400", "the command is run, build, test, seed or snapshot");
  if (body.contains("full_refresh") && !body["full_refresh"].is_boolean()) throw Error("TM7400", "'full_refresh' must be true or false");
  out.full_refresh = body.value("full_refresh", false);
  return out;
}

}  // namespace

std::vector<std::string> text_list(const Json& body, const char* name) {
  const auto found = body.find(name);
  if (found == body.end() || found->is_null()) return {};
  const bool is_list = found->is_array() && std::all_of(found->begin(), found->end(), [](const Json& one) { return one.is_string(); });
  if (!is_list || found->size() > 1000) throw Error("TM7400", fmt::format("'{}' must be a list of texts", name));
  return found->get<std::vector<std::string>>();
}

void add_run_routes(Context& context) {
  Gate& gate = context.gate;
  gate.add("GET", "/api/runs", Access::kViewer, [&context](const Request& request, const Caller&) {
    Json runs = Json::array();
    for (const Run& run : context.runs.newest(static_cast<size_t>(request.number("limit", 30, 1, 500)))) runs.push_back(run.json(false));
    return Response::of(Json{{"runs", std::move(runs)}});
  });
  gate.add("POST", "/api/runs", Access::kEditor, [&context](const Request& request, const Caller& caller) {
    return Response::of(Json{{"id", context.runs.start(run_request(request, caller))}}, 202);
  });
  gate.add("GET", "/api/runs/:id", Access::kViewer, [&context](const Request& request, const Caller&) { return show(context, request); });
  gate.add("DELETE", "/api/runs/:id", Access::kEditor, [&context](const Request& request, const Caller&) {
    if (!context.runs.cancel(known(context, request).id)) throw Error("TM7409", "this run is not the server's to cancel: it is over, or was started elsewhere");
    return Response::none();
  });
  gate.add("POST", "/api/runs/:id/retry", Access::kEditor, [&context](const Request& request, const Caller& caller) {
    const Run run = known(context, request);
    const std::vector<Run> newest = context.runs.newest(1);
    if (newest.empty() || newest.front().id != run.id) throw Error("TM7409", "only the newest run can be retried");
    return Response::of(Json{{"id", context.runs.start({.command = "retry", .select = {}, .exclude = {}, .user = caller.user.email})}}, 202);
  });
  gate.add("GET", "/api/runs/:id/events", Access::kViewer, [&context](const Request& request, const Caller&) {
    Response out;
    out.type = "text/event-stream";
    out.stream = std::make_shared<RunEvents>(context, known(context, request).id);
    return out;
  });
}

}  // namespace tidemark::server
