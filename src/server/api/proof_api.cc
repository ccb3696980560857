// Plans and proofs: what a run would do, and whether tables hold the truth. Source files.
#include <list>

#include "base/hash.h"
#include "server/api/context.h"
#include "server/api/selection_json.h"
#include "server/pipeline/command.h"
#include "server/pipeline/holdings.h"

namespace tidemark::server {

namespace {

std::vector<std::string> with_selection(std::vector<std::string> arguments, const Json& body) {
  add_selection(arguments, "--select", text_list(body, "select"));
  add_selection(arguments, "--exclude", text_list(body, "exclude"));
  return arguments;
}

Response plan(Context& context, const Request& request) {
  auto command = std::make_shared<Command>(context.project, with_selection({"plan", "--output", "json"}, request.json()));
  Response out;
  out.pending = [command]() -> std::optional<Response> {
    const auto result = command->poll();
    return result ? std::optional(Response::of(json_of(*result))) : std::nullopt;
  };
  return out;
}

std::string checked_partitions(const std::string& text) {
  const bool is_sample = text.starts_with("sample:") && text.size() > 7 && text.size() < 16 && text.find_first_not_of("0123456789", 7) == std::string::npos;
  if (text != "all" && text != "affected" && !is_sample) throw Error("TM7400", "'partitions' is affected, all or sample:N");
  return text;
}

// Each goes on whether or not somebody asks for it.
class Verifications {
 public:
  std::string start(Context& context, const Json& body) {
    std::vector<std::string> arguments{"verify", "--output", "json", "--partitions", checked_partitions(optional_text(body, "partitions", "affected"))};
    Entry entry;
    entry.id = random_uuid();
    entry.started_at = format_iso_utc(wall_now());
    entry.select = text_list(body, "select");
    entry.command = std::make_shared<Command>(context.project, with_selection(std::move(arguments), body));
    const std::lock_guard lock(mutex_);
    if (std::count_if(entries_.begin(), entries_.end(), [](const Entry& one) { return one.command != nullptr; }) >= 10)
      throw Error("TM7429", "too many verifications are under way");
    entries_.push_back(std::move(entry));
    entries_.back().command->poll();
    if (entries_.size() > 100 && !entries_.front().command) entries_.pop_front();
    return entries_.back().id;
  }

  Json list() {
    const std::lock_guard lock(mutex_);
    Json out = Json::array();
    for (auto entry = entries_.rbegin(); entry != entries_.rend(); ++entry) {
      if (entry->command) advance(*entry);
      out.push_back({{"id", entry->id}, {"state", entry->state}, {"started_at", entry->started_at}, {"select", entry->select}});
    }
    return out;
  }

  Json look(const std::string& id) {
    const std::lock_guard lock(mutex_);
    for (Entry& entry : entries_) {
      if (entry.id != id) continue;
      if (entry.command) advance(entry);
      return Json{{"id", id}, {"state", entry.state}, {"certificate", entry.certificate}, {"text", entry.text.empty() ? Json() : Json(entry.text)}};
    }
    throw Error("TM7404", "there is no such verification");
  }

 private:
  struct Entry {
    std::string id, started_at;
    std::vector<std::string> select;
    std::string state = "running";  // "running", "done", "failed"
    std::shared_ptr<Command> command;
    Json certificate;
    std::string text;
  };

  static void advance(Entry& entry) {
    const auto result = entry.command->poll();
    if (!result) return;
    entry.command.reset();
    try {
      entry.certificate = json_of(*result, true);
      entry.state = "done";
    } catch (const Error& error) {
      entry.state = "failed";
      entry.text = error.message();
    }
  }

  std::mutex mutex_;
  std::list<Entry> entries_;
};

}  // namespace

void add_proof_routes(Context& context) {
  Gate& gate = context.gate;
  auto verifications = std::make_shared<Verifications>();
  gate.add("POST", "/api/plan", Access::kViewer, [&context](const Request& request, const Caller&) { return plan(context, request); });
  gate.add("POST", "/api/verify", Access::kEditor, [&context, verifications](const Request& request, const Caller&) {
    return Response::of(Json{{"id", verifications->start(context, request.json())}}, 202);
  });
  gate.add("GET", "/api/verify", Access::kViewer,
           [verifications](const Request&, const Caller&) { return Response::of(Json{{"runs", verifications->list()}}); });
  gate.add("GET", "/api/verify/:id", Access::kViewer,
           [verifications](const Request& request, const Caller&) { return Response::of(verifications->look(request.capture("id"))); });
  gate.add("GET", "/api/files", Access::kViewer,
           [&context](const Request&, const Caller&) { return Response::of(Json{{"files", files_json(*context.project.current())}}); });
}

}  // namespace tidemark::server
