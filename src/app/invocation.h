// What a user asked for: one command with its flags, as dbt names them. Made by cli/, never changed afterwards.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "manifest/run_results.h"

namespace tidemark::app {

enum class OutputFormat { kText, kJson, kName, kPath, kSelector };

struct SelectionFlags {
  std::vector<std::string> select;
  std::vector<std::string> exclude;
  std::string selector;
  std::vector<std::string> resource_types;
  std::vector<std::string> exclude_resource_types;
  std::string indirect_selection = "eager";
  std::string state;  // folder with another run's artifacts; empty: none
  bool defer = false;
  bool favor_state = false;
};

// spark up, status, logs, down
struct SparkFlags {
  std::string folder;  // empty: .tidemark/spark of the project, or of the working folder where there is none
  std::string spark_home;
  int master_port = 7077;
  int master_page_port = 8080;
  int worker_page_port = 8081;
  int thrift_port = 10000;
  int cores = 2;
  int64_t driver_memory_mb = 1536;
  int64_t executor_memory_mb = 3072;
  int timeout_s = 300;
  int lines = 40;    // of each log
  std::string part;  // logs: "master", "worker", "thrift-server"; empty: all
};

// serve
struct ServeFlags {
  std::string host = "127.0.0.1";
  int port = 3000;       // 0: any free one
  int thrift_port = -1;  // of the JDBC endpoint; 0: any free one; -1: 10000 where that is free
  std::string admin_email;
  std::string admin_password_file;
  std::string tls_cert;
  std::string tls_key;
  std::vector<std::string> allow_hosts;  // names by which the server is called
  std::string web_dir;                   // of the front end; empty: beside the binary
  int queries = 2;                       // that run at once
  int query_threads = 2;
  std::string query_memory = "2GB";
  double query_timeout = 600;  // s
  int64_t query_rows = 20'000'000;
};

struct Invocation {
  std::string command;  // "run", "build", "source freshness", …
  std::string id;       // UUID
  WallTime started_at;
  std::vector<std::string> arguments;  // as typed, without the program's name

  std::string project_dir;   // empty: the working folder or the nearest one above that holds dbt_project.yml
  std::string profiles_dir;  // empty: dbt's search order
  std::string profile;
  std::string target;
  std::string target_path;
  Json vars = Json::object();
  std::optional<int> threads;

  SelectionFlags selection;
  bool full_refresh = false;
  bool fail_fast = false;
  bool store_failures = false;
  bool empty = false;
  std::string sample;
  std::string event_time_start;
  std::string event_time_end;
  std::map<std::string, BatchResults> retried;  // retry: batches by unique id
  std::optional<WallTime> batches_until;        // retry: when the invocation before began
  double lock_timeout = 300;                    // s
  std::string project_name;                     // init
  bool show_seed = false;                       // seed --show

  std::string inline_sql;  // show, compile
  int64_t limit = 5;       // show; -1: all rows
  std::optional<int64_t> at_version;
  std::string at_time;
  OutputFormat output = OutputFormat::kText;
  std::vector<std::string> output_keys;
  std::string macro;  // run-operation
  Json macro_args = Json::object();
  std::string partitions = "all";  // verify: "all", "affected", "sample:N"
  std::string model;               // explain
  bool no_partial_parse = false;
  bool warn_error = false;
  bool no_compile = false;

  // download
  std::string source;
  std::string start_month;
  std::string end_month;
  std::string output_dir;
  bool skip_existing = false;
  int concurrency = 4;
  int retries = 5;

  // vacuum
  double retain_hours = 168;
  bool dry_run = false;

  SparkFlags spark;
  ServeFlags serve;

  bool quiet = false;
  bool no_print = false;
  std::string log_format = "text";
  std::string log_format_file = "debug";
  std::string log_level = "info";
  std::string log_path;
  std::optional<bool> use_colors;
};

// Exit codes, as dbt's.
inline constexpr int kExitOk = 0;
inline constexpr int kExitNodeFailed = 1;
inline constexpr int kExitCommandFailed = 2;

}  // namespace tidemark::app
