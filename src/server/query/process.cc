#include "server/query/process.h"

#include <atomic>
#include <condition_variable>
#include <csignal>
#include <cstdio>
#include <iostream>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "adapter/lake/session.h"
#include "base/clock.h"
#include "base/strings.h"
#include "lake/version_map.h"
#include "server/query/cell.h"
#include "server/query/error_json.h"
#include "server/query/parameters.h"
#include "server/query/permitted.h"
#include "server/query/spill.h"
#include "sql/spark_text.h"
#include "sql/tokens.h"

namespace tidemark::server {

namespace {

using lake_adapter::LakeSession;

void tell(const Json& line) {
  const std::string text = dump_json(line) + "\n";
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

struct Config {
  LakeOptions lake;
  explicit Config(const Json& given) {
    lake.warehouse = given.at("warehouse").get<std::string>();
    lake.database = given.at("database").get<std::string>();
    lake.default_schema = given.at("schema").get<std::string>();
    lake.readable = given.at("readable").get<std::vector<std::string>>();
    lake.threads = given.at("threads").get<int>();
    lake.memory_limit = given.at("memory_limit").get<std::string>();
    lake.temp_directory = given.at("temp").get<std::string>();
    for (const auto& [name, value] : given.at("settings").items()) lake.settings.emplace_back(name, value.get<std::string>());
  }
};

struct Job {
  std::string id;
  std::filesystem::path folder;
  std::string sql;
  Json parameters;
  bool as_finished = false;
  std::string schema;
  bool is_spark = false;
  Json versions;
  int64_t most_rows = 0;
  int64_t most_bytes = 0;
  explicit Job(const Json& given)
      : id(given.at("id").get<std::string>()),
        folder(given.at("folder").get<std::string>()),
        sql(given.at("sql").get<std::string>()),
        parameters(given.at("parameters")),
        as_finished(given.at("as_of").get<std::string>() == "finished"),
        schema(given.value("schema", "")),
        is_spark(given.value("spark", false)),
        versions(given.at("versions")),
        most_rows(given.at("most_rows").get<int64_t>()),
        most_bytes(given.at("most_bytes").get<int64_t>()) {}
};

// What the two threads share: one reads orders, the other carries them out.
class Orders {
 public:
  void push(Json order) {
    const std::lock_guard lock(mutex_);
    if (order.contains("cancel")) {
      if (order["cancel"] == running_) interrupt();
      return;
    }
    orders_.push_back(std::move(order));
    changed_.notify_all();
  }
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    interrupt();
    changed_.notify_all();
  }
  std::optional<Json> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_closed_ || !orders_.empty(); });
    if (orders_.empty()) return std::nullopt;
    Json out = std::move(orders_.front());
    orders_.pop_front();
    running_ = out.value("id", "");
    cancelled_ = is_closed_;
    return out;
  }
  void set_session(LakeSession* session) {
    const std::lock_guard lock(mutex_);
    session_ = session;
    if (session == nullptr) running_.clear();
  }
  bool cancelled() const { return cancelled_; }

 private:
  void interrupt() {
    cancelled_ = true;
    if (session_ != nullptr) session_->interrupt();
  }
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Json> orders_;
  std::string running_;
  LakeSession* session_ = nullptr;
  std::atomic<bool> cancelled_{false};
  bool is_closed_ = false;
};

Json columns_json(const std::vector<ColumnType>& columns) {
  Json out = Json::array();
  for (const ColumnType& column : columns) out.push_back({{"name", column.name}, {"type", column.type}});
  return out;
}

class Batch {
 public:
  Batch(const Job& job, LakeSession& session, const Orders& orders) : job_(job), session_(session), orders_(orders) {}

  // "done", "failed" or "cancelled": of the first statement that is not done; those behind it are not run.
  std::string run() {
    std::vector<std::string> statements = sql::split_statements(job_.sql);
    if (statements.empty()) throw Error("TM7400", "there is no statement to run");
    tell({{"event", "statements"}, {"sql", statements}});
    size_t searched = 0;
    for (size_t i = 0; i < statements.size(); ++i) {
      const size_t begin = job_.sql.find(statements[i], searched);
      before_ = begin == std::string::npos ? std::string_view() : std::string_view(job_.sql).substr(0, begin);
      if (begin != std::string::npos) searched = begin + statements[i].size();
      const std::string state = run_one(i, statements[i]);
      if (state != "done") return state;
    }
    return "done";
  }

 private:
  std::string run_one(size_t index, const std::string& sql) {
    const Stopwatch watch;
    Json news{{"event", "statement"}, {"index", index}, {"state", "running"}};
    tell(news);
    try {
      check_cancelled();
      stream(index, sql, news);
      news["state"] = "done";
    } catch (const Error& error) {
      news["state"] = orders_.cancelled() ? "cancelled" : "failed";
      if (!orders_.cancelled()) news["error"] = in_batch(error_json(error));
    }
    news["elapsed_ms"] = static_cast<int64_t>(watch.seconds() * 1000);
    tell(news);
    return news["state"];
  }

  // Places in a statement as places in the whole text.
  Json in_batch(Json error) const {
    const auto lines = std::count(before_.begin(), before_.end(), '\n');
    const std::string_view line = before_.substr(before_.rfind('\n') + 1);  // npos + 1 is 0
    const auto columns = std::count_if(line.begin(), line.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
    for (Json& span : error["spans"]) {
      if (!span["file"].is_null()) continue;
      if (span["line"] == 1) span["column"] = span["column"].get<int64_t>() + columns;
      span["line"] = span["line"].get<int64_t>() + lines;
    }
    return error;
  }

  void check_cancelled() const {
    if (orders_.cancelled()) throw Error("TM7305", "cancelled");
  }

  void stream(size_t index, const std::string& sql, Json& news) {
    check_words(sql);
    const BoundText text = bind_parameters(sql, job_.parameters);
    std::vector<Error> faults;
    const std::string bound = session_.prepare(text.sql, faults);
    try {
      check_kind(session_.engine(), sql, bound);
      write(index, session_.engine().stream(bound, text.values), news);
    } catch (const Error& error) {
      if (!faults.empty() && error.code() == "TM4111") throw Error(faults.front());
      throw;
    }
  }

  void write(size_t index, duckdb::RowStream rows, Json& news) {
    news["columns"] = columns_json(rows.columns());
    news["row_count"] = 0;
    news["truncated"] = false;
    tell(news);
    SpillWriter out(job_.folder, std::to_string(index));
    std::vector<Row> some;
    std::string line;
    bool is_cut = false;
    Stopwatch since_told;
    bool told = false;
    const std::vector<ColumnType>& columns = rows.columns();
    while (!is_cut && rows.next(some)) {
      check_cancelled();
      for (const Row& row : some) {
        if (out.rows() >= job_.most_rows || out.bytes() >= job_.most_bytes) {
          is_cut = true;
          break;
        }
        line = "[";
        for (size_t i = 0; i < row.size(); ++i) {
          if (i > 0) line += ',';
          if (append_cell(line, row[i], columns[i].type)) news["truncated"] = true;
        }
        line += ']';
        out.add(line);
      }
      if (!told || since_told.seconds() > 0.1) {
        out.flush();
        news["row_count"] = out.rows();
        tell(news);
        told = true;
        since_told = Stopwatch();
      }
    }
    out.flush();
    news["row_count"] = out.rows();
    if (is_cut) news["truncated"] = true;
  }

  const Job& job_;
  std::string_view before_;  // the text before the statement under way
  LakeSession& session_;
  const Orders& orders_;
};

// The warehouses that jobs read: the newest state, and that of the last finished run.
class Warehouses {
 public:
  explicit Warehouses(LakeOptions options) : options_(std::move(options)) {}

  std::shared_ptr<lake_adapter::Warehouse> get(bool as_finished, const std::string& schema = "") {
    if (!schema.empty() && schema != options_.default_schema) {
      auto& other = of_schema_[schema];
      if (!other) {
        LakeOptions options = options_;
        options.default_schema = schema;
        other = std::make_shared<lake_adapter::Warehouse>(std::move(options));
      }
      return other;
    }
    if (!as_finished) {
      if (!newest_) newest_ = std::make_shared<lake_adapter::Warehouse>(options_);
      return newest_;
    }
    const auto map = lake::latest_versions(options_.warehouse);
    if (!map) return get(false);
    if (finished_ && sequence_ == map->sequence) return finished_;
    finished_ = at(map->versions);
    sequence_ = map->sequence;
    return finished_;
  }

  // `versions`: by "schema/table"; all other tables as they are.
  std::shared_ptr<lake_adapter::Warehouse> at(const std::map<std::string, int64_t>& versions) const {
    ReadPoint point;
    for (const auto& [table, version] : versions) {
      const size_t cut = table.find('/');
      if (cut == std::string::npos) continue;
      Relation relation;
      relation.database = options_.database;
      relation.schema = table.substr(0, cut);
      relation.identifier = table.substr(cut + 1);
      point.versions.emplace_back(std::move(relation), version);
    }
    return std::make_shared<lake_adapter::Warehouse>(options_, &point);
  }

 private:
  LakeOptions options_;
  std::shared_ptr<lake_adapter::Warehouse> newest_, finished_;
  std::map<std::string, std::shared_ptr<lake_adapter::Warehouse>> of_schema_;  // newest, with another first schema
  int64_t sequence_ = -1;
};

// Orders may interrupt the session as long as this lives.
struct Interruptible {
  Orders& orders;
  Interruptible(Orders& given, LakeSession& session) : orders(given) { orders.set_session(&session); }
  ~Interruptible() { orders.set_session(nullptr); }
};

void carry_out(const Job& job, Warehouses& warehouses, Orders& orders) {
  Json end{{"event", "end"}};
  try {
    LakeSession session(job.versions.empty() ? warehouses.get(job.as_finished, job.schema) : warehouses.at(job.versions.get<std::map<std::string, int64_t>>()));
    session.engine();
    if (job.is_spark) {
      for (const std::string& statement : sql::spark_functions(job.sql)) session.engine().execute(statement);
    }
    const Interruptible interruptible(orders, session);
    end["state"] = Batch(job, session, orders).run();
  } catch (const Error& error) {
    end["state"] = orders.cancelled() ? "cancelled" : "failed";
    if (!orders.cancelled()) end["error"] = error_json(error);
  } catch (const std::exception& error) {
    end["state"] = "failed";
    end["error"] = error_json(Error("TM9000", error.what()));
  }
  tell(end);
}

// "2GB", "512MiB": bytes; 0 where it is no size.
uint64_t bytes_of(const std::string& text) {
  size_t end = 0;
  double number = 0;
  try {
    number = std::stod(text, &end);
  } catch (const std::exception&) {
    return 0;
  }
  const std::string unit = to_upper(trim(std::string_view(text).substr(end))).substr(0, 1);
  const double factor = unit == "T" ? 1e12 : unit == "G" ? 1e9 : unit == "M" ? 1e6 : unit == "K" ? 1e3 : 1;
  return number > 0 ? static_cast<uint64_t>(number * factor) : 0;
}

// The engine keeps its own limit; this one is for what it does not count.
void limit_memory(const std::string& engines) {
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  const uint64_t bytes = bytes_of(engines);
  if (bytes == 0) return;
  const rlimit limit{2 * bytes + (uint64_t{1} << 30), 2 * bytes + (uint64_t{1} << 30)};
  ::setrlimit(RLIMIT_DATA, &limit);
#else
  (void)engines;
#endif
}

// The server's end is this process's end, and nothing of its memory is ever written out.
void restrict_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::prctl(PR_SET_DUMPABLE, 0);
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  // Where the machine runs out of memory, this process goes first.
  if (FILE* score = std::fopen("/proc/self/oom_score_adj", "w")) {
    std::fputs("800", score);
    std::fclose(score);
  }
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::signal(SIGINT, SIG_IGN);  // a terminal's Ctrl-C is the server's to handle
}

}  // namespace

int query_process() {
  restrict_process();
  std::string line;
  if (!std::getline(std::cin, line)) return 2;
  Config config(parse_json(line, "<stdin>", "TM7303"));
  limit_memory(config.lake.memory_limit);
  Warehouses warehouses(std::move(config.lake));
  Orders orders;
  std::thread reader([&] {
    std::string text;
    while (std::getline(std::cin, text)) orders.push(parse_json(text, "<stdin>", "TM7303"));
    orders.close();
  });
  try {
    LakeSession session(warehouses.get(false));  // so that the first query finds the engine loaded
    Json functions = Json::array();
    for (const Row& row :
         session.engine()
             .query("SELECT DISTINCT function_name FROM duckdb_functions() WHERE regexp_full_match(function_name, '[a-z][a-z0-9_]*') ORDER BY 1")
             .rows)
      functions.push_back(row[0].as_string());
    tell({{"event", "ready"}, {"functions", std::move(functions)}});
  } catch (const Error& error) {
    tell({{"event", "ready"}, {"error", error_json(error)}});
  }
  while (const auto order = orders.take()) carry_out(Job(*order), warehouses, orders);
  reader.join();
  return 0;
}

}  // namespace tidemark::server
