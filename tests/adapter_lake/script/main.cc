// A lake warehouse driven by lines of JSON on stdin, one answer a line on stdout: what Python tests steer, kill and let
// compete. An answer is {"ok": …} or {"error": code, "message": …, "hint": …}.
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

#include "adapter/lake/lake_adapter.h"
#include "adapter/table.h"
#include "base/error.h"

namespace {

using namespace tidemark;

class Script {
 public:
  Json answer(const Json& line) {
    try {
      return Json{{"ok", run(line)}};
    } catch (const Error& error) {
      return Json{{"error", error.code()}, {"message", error.message()}, {"hint", error.hint()}};
    } catch (const std::exception& error) {
      return Json{{"error", "TM0000"}, {"message", error.what()}, {"hint", ""}};
    }
  }

 private:
  static Relation relation(const Json& line, const char* key = "table") {
    Relation out;
    out.schema = line.value("schema", "s");
    out.identifier = line.at(key).get<std::string>();
    return out;
  }

  static std::vector<std::string> texts(const Json& line, const char* key) {
    return line.contains(key) ? line[key].get<std::vector<std::string>>() : std::vector<std::string>();
  }

  Json run(const Json& line) {
    const std::string verb = line.at("do").get<std::string>();
    if (verb == "open") return open(line);
    if (verb == "publish") return publish(line);
    if (verb == "query") return query(*session_, line.at("sql").get<std::string>());
    if (verb == "query_at") return query_at(line);
    if (verb == "execute") return session_->execute(line.at("sql").get<std::string>());
    if (verb == "state") return state(line);
    if (verb == "view") return view(line);
    if (verb == "drop") return drop(line);
    if (verb == "compact") return compact(line);
    if (verb == "vacuum") return vacuum(line);
    if (verb == "record_versions") return record();
    if (verb == "lock") return lock(line);
    if (verb == "unlock") return unlock();
    throw Error("TM9000", "no verb " + verb);
  }

  Json open(const Json& line) {
    session_.reset();
    adapter_.reset();
    LakeOptions options;
    options.warehouse = line.at("warehouse").get<std::string>();
    options.default_schema = "s";
    options.threads = 2;
    options.free_space_reserve = line.value("reserve", uint64_t{0});
    adapter_ = make_lake_adapter(options);
    session_ = adapter_->open_session("script");
    return nullptr;
  }

  Json publish(const Json& line) {
    static const std::map<std::string, WriteMode> kModes{{"replace", WriteMode::kReplace},
                                                         {"append", WriteMode::kAppend},
                                                         {"merge", WriteMode::kMerge},
                                                         {"delete_insert", WriteMode::kDeleteInsert},
                                                         {"partitions", WriteMode::kReplacePartitions}};
    PublishRequest request;
    request.target = relation(line);
    request.mode = kModes.at(line.value("mode", "replace"));
    request.unique_key = texts(line, "unique_key");
    request.cluster_by = texts(line, "cluster_by");
    request.partition_folders = texts(line, "folders");
    request.partitions.columns = texts(line, "partition_by");
    request.commit = line.value("commit", Json::object());
    if (line.contains("expected_version")) request.expected_version = line["expected_version"].get<int64_t>();
    if (line.contains("columns")) {
      for (const Json& column : line["columns"]) request.new_columns.push_back({column[0].get<std::string>(), column[1].get<std::string>()});
    }
    auto staged = session_->stage({.sql = line.at("sql").get<std::string>(), .cluster_by = request.cluster_by, .partition_folders = request.partition_folders});
    const PublishResult result = session_->publish(std::move(staged), request);
    return Json{{"version", result.version},
                {"inserted", result.rows_inserted},
                {"deleted", result.rows_deleted},
                {"added", result.files_added},
                {"removed", result.files_removed}};
  }

  static Json query(Session& session, const std::string& sql) {
    Json rows = Json::array();
    for (const Row& row : session.query(sql).rows) {
      Json values = Json::array();
      for (const Value& value : row) values.push_back(value.is_null() ? Json() : Json(value.text()));
      rows.push_back(std::move(values));
    }
    return rows;
  }

  Json query_at(const Json& line) {
    ReadPoint point;
    if (line.contains("version")) point.versions.emplace_back(relation(line), line["version"].get<int64_t>());
    if (line.contains("time_ms")) point.time_ms = line["time_ms"].get<int64_t>();
    const auto session = adapter_->open_session_at("past", point);
    if (line.contains("execute")) return session->execute(line["execute"].get<std::string>());
    return query(*session, line.at("sql").get<std::string>());
  }

  Json state(const Json& line) {
    const auto state = session_->state(relation(line));
    if (!state) return nullptr;
    return Json{{"version", state->version},         {"time_ms", state->committed_at_ms},   {"own", state->own ? *state->own : Json()},
                {"own_version", state->own_version}, {"foreign", state->foreign_since_own}, {"data_version", state->data_version}};
  }

  Json view(const Json& line) {
    session_->create_view(relation(line), {.sql = line.at("sql").get<std::string>(), .node_id = "model.p.v", .description = {}});
    return nullptr;
  }

  Json drop(const Json& line) {
    session_->drop(relation(line));
    return nullptr;
  }

  Json compact(const Json& line) {
    CompactRequest request;
    request.table = relation(line);
    request.cluster_by = texts(line, "cluster_by");
    const CompactResult result = session_->compact(request);
    return Json{{"version", result.version}, {"removed", result.files_removed}, {"added", result.files_added}};
  }

  Json vacuum(const Json& line) {
    VacuumRequest request;
    request.retain_hours = line.value("retain_hours", request.retain_hours);
    request.retain_log_hours = line.value("retain_log_hours", request.retain_log_hours);
    request.dry_run = line.value("dry_run", false);
    if (line.contains("ledgers")) request.ledgers = line["ledgers"].get<std::string>();
    request.keep_of = [](const Json& commit) {
      VacuumKeep keep;
      if (commit.contains("ledger")) keep.ledgers.push_back(commit["ledger"].get<std::string>());
      if (commit.contains("pins")) {
        for (const auto& [table, version] : commit["pins"].items()) keep.versions.emplace_back("\"s\"." + table, version.get<int64_t>());
      }
      return keep;
    };
    const VacuumReport report = adapter_->vacuum(request);
    Json parts = Json::object();
    for (const auto& part : report.parts) parts[part.name] = Json{part.files, part.bytes};
    return Json{{"parts", parts}, {"paths", report.paths}, {"bytes", report.bytes()}};
  }

  Json record() {
    adapter_->record_versions("invocation");
    return nullptr;
  }

  Json lock(const Json& line) {
    Json holder;
    LockRequest request{.command = line.value("command", "test"), .timeout_seconds = line.value("timeout", 0.0), .on_wait = [&holder](const std::string& who) {
                          holder = who;
                        }};
    lock_ = adapter_->lock(request);
    return holder;
  }

  Json unlock() {
    lock_.reset();
    return nullptr;
  }

  std::unique_ptr<LakeAdapter> adapter_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<WarehouseLock> lock_;
};

}  // namespace

int main() {
  Script script;
  std::string line;
  while (std::getline(std::cin, line)) std::cout << script.answer(Json::parse(line)).dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  return 0;
}
