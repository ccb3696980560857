#include "server/pipeline/project_state.h"

#include <algorithm>
#include <atomic>
#include <set>
#include <sstream>

#include <fmt/format.h>

#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "lake/view_file.h"
#include "resolve/external_source.h"
#include "sql/tokens.h"

namespace tidemark::server {

namespace {

constexpr double kLookAgain = 1.0;  // s between two looks at the project's files

class Silent : public run::EventSink {
 public:
  void emit(const run::Event&) override {}
  void progress(const std::string&, double) override {}
};

bool is_source_text(const fs::path& path) {
  const std::string ending = path.extension().string();
  return ending == ".sql" || ending == ".yml" || ending == ".yaml" || ending == ".csv" || ending == ".md";
}

bool holds_no_sources(const std::string& name) {
  static const std::set<std::string> kOthers{"target", "logs", "data", "node_modules", "__pycache__"};
  return name.starts_with('.') || kOthers.contains(name);
}

std::string project_stamp() {
  std::string out;
  std::error_code fault;
  for (auto entry = fs::recursive_directory_iterator(".", fs::directory_options::skip_permission_denied, fault); entry != fs::recursive_directory_iterator();
       entry.increment(fault)) {
    if (fault) break;
    if (entry->is_directory(fault)) {
      if (holds_no_sources(entry->path().filename().string())) entry.disable_recursion_pending();
      continue;
    }
    if (!is_source_text(entry->path())) continue;
    if (const auto stat = stat_file(entry->path())) out += fmt::format("{} {} {} {}\n", entry->path().string(), stat->size, stat->mtime_ns, stat->inode);
  }
  return xxh128_hex(out);
}

std::string folder_of(const std::string& pattern) {
  const size_t wild = pattern.find_first_of("*?[{");
  const size_t cut = pattern.rfind('/', wild);
  return cut == std::string::npos ? std::string(".") : pattern.substr(0, std::max<size_t>(cut, 1));
}

// Absolute, links resolved; empty where it is not there, or holds what queries must not see.
std::string readable_folder(const std::string& given) {
  std::error_code fault;
  const fs::path folder = fs::canonical(given, fault);
  if (fault || !fs::is_directory(folder)) return {};
  const std::string text = folder.string() == "/" ? "/" : folder.string() + "/";
  for (const fs::path& secret : {fs::current_path() / ".tidemark" / "app.db", fs::current_path() / "profiles.yml"}) {
    if (secret.string().starts_with(text)) return {};
  }
  return folder.string();
}

std::string text_of(const Json& values, const char* key) {
  const auto found = values.find(key);
  return found != values.end() && found->is_string() ? found->get<std::string>() : std::string();
}

void add_views_folders(const fs::path& schema, std::set<std::string>& folders) {
  for (const std::string& name : list_directory(schema)) {
    if (!name.ends_with(".view.json")) continue;
    try {
      if (const auto view = lake::read_view_file(schema / name)) {
        for (const std::string& folder : scanned_folders(view->sql)) folders.insert(folder);
      }
    } catch (const Error&) {
      // A view that is damaged, or just being replaced, is told of where it is read.
    }
  }
}

}  // namespace

std::vector<std::string> scanned_folders(const std::string& sql) {
  std::vector<std::string> out;
  const std::vector<sql::Token> tokens = sql::tokenize(sql);
  for (size_t i = 0; i < tokens.size(); ++i) {
    size_t at = i + 1;
    const std::string word = tokens[i].kind == sql::TokenKind::kWord ? to_lower(tokens[i].text) : std::string();
    const bool is_reader = (word.starts_with("read_") || word.ends_with("_scan")) && at < tokens.size() && tokens[at].is("(");
    if (is_reader) ++at;
    if (!is_reader && word != "from" && word != "join") continue;
    if (is_reader && at < tokens.size() && tokens[at].is("[")) ++at;
    for (; at < tokens.size() && (tokens[at].kind == sql::TokenKind::kString || (is_reader && tokens[at].is(","))); ++at) {
      if (tokens[at].kind == sql::TokenKind::kString) out.push_back(folder_of(tokens[at].text));
    }
  }
  return out;
}

LoadedProjectPtr ProjectState::load(const std::string& stamp) {
  Silent events;
  std::ostringstream nowhere;
  const std::atomic<bool> never{false};
  const app::Terminal terminal{.events = events, .out = nowhere, .cancelled = never, .open_log = {}};
  auto out = std::make_shared<LoadedProject>(LoadedProject{app::open_project(invocation_, terminal), nullptr, stamp, format_iso_utc(wall_now())});
  out->warehouse = std::make_shared<app::Warehouse>(app::open_warehouse(out->open.target));
  return out;
}

LoadedProjectPtr ProjectState::current() {
  const std::lock_guard lock(mutex_);
  if (known_ && since_look_ && since_look_->seconds() < kLookAgain) return known_;
  const std::string stamp = project_stamp();
  since_look_.emplace();
  if (known_ && known_->stamp == stamp) return known_;
  known_.reset();
  known_ = load(stamp);
  return known_;
}

Json ProjectState::about() {
  Json out{{"name", nullptr}, {"folder_name", fs::current_path().filename().string()}, {"target", nullptr}, {"engine", nullptr}};
  try {
    const LoadedProjectPtr project = current();
    out["name"] = project->open.manifest().project_name;
    out["target"] = project->open.target.name;
    out["engine"] = project->open.target.type;
  } catch (const ErrorList& errors) {
    out["error"] = render_error(errors.errors().front());
  } catch (const Error& error) {
    out["error"] = render_error(error);
  }
  return out;
}

// The folders are looked at again once a second at most: there may be many.
Json ProjectState::query_configuration() {
  const LoadedProjectPtr project = current();
  {
    const std::lock_guard lock(mutex_);
    if (configured_ == project && since_configured_.seconds() < kLookAgain) return configuration_;
  }
  Json configuration = make_query_configuration(*project);
  const std::lock_guard lock(mutex_);
  configuration_ = configuration;
  configured_ = project;
  since_configured_ = Stopwatch();
  return configuration;
}

Json ProjectState::make_query_configuration(const LoadedProject& project) const {
  const project::Target& target = project.open.target;
  if (target.type != "lake") {
    throw Error("TM7306", fmt::format("the target '{}' is of type '{}': queries run here on lake targets only", target.name, target.type));
  }
  const fs::path warehouse = fs::absolute(text_of(target.values, "path")).lexically_normal();
  std::set<std::string> folders;
  for (const std::string& name : list_directory(warehouse)) {
    if (name.starts_with('_') || name.starts_with('.') || !fs::is_directory(warehouse / name)) continue;
    folders.insert((warehouse / name).string());
    add_views_folders(warehouse / name, folders);
  }
  for (const auto& [id, source] : project.open.manifest().sources) {
    try {
      const auto files = resolve::external_files(*source);
      if (files && !files->glob.empty()) folders.insert(folder_of(files->glob));
    } catch (const Error&) {
      // Told where the source is used.
    }
  }
  std::set<std::string> readable;
  for (const std::string& folder : folders) {
    const std::string found = readable_folder(folder);
    if (!found.empty()) readable.insert(found);
  }
  Json settings = Json::object();
  const auto given = target.values.find("settings");
  if (given != target.values.end() && given->is_object()) {
    for (const auto& [name, value] : given->items()) {
      // Of the profile's settings only those that change what results are: others may hold secrets.
      static const std::set<std::string> kHarmless{"timezone", "default_collation", "default_null_order",      "default_order",
                                                   "calendar", "integer_division",  "preserve_insertion_order"};
      if (kHarmless.contains(to_lower(name))) settings[name] = value.is_string() ? value.get<std::string>() : value.dump();
    }
  }
  return Json{
      {"warehouse", warehouse.string()}, {"database", target.database}, {"schema", target.schema}, {"readable", readable}, {"settings", std::move(settings)}};
}

std::vector<std::string> ProjectState::child_arguments() const {
  std::vector<std::string> out{"--project-dir", invocation_.project_dir};
  const auto add = [&](const char* flag, const std::string& value) {
    if (value.empty()) return;
    out.emplace_back(flag);
    out.push_back(value);
  };
  add("--profiles-dir", invocation_.profiles_dir);
  add("--profile", invocation_.profile);
  add("--target", invocation_.target);
  add("--target-path", invocation_.target_path);
  if (!invocation_.vars.empty()) add("--vars", dump_json(invocation_.vars));
  if (invocation_.threads) add("--threads", std::to_string(*invocation_.threads));
  return out;
}

}  // namespace tidemark::server
