// A Spark Standalone cluster on this machine: master, one worker, Thrift server (HiveServer2), all on the loopback address.
//   TM7101 no Java   TM7102 no Spark   TM7103 a port is taken   TM7104 too little memory   TM7105 it does not become ready
//   TM7106 a command cannot be started   TM7107 Delta's jars cannot be had
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file_system.h"
#include "cluster/daemon.h"

namespace tidemark::cluster {

struct SparkPorts {
  int master = 7077;
  int master_page = 8080;
  int worker_page = 8081;
  int thrift = 10000;
};

struct LocalSparkOptions {
  fs::path folder;         // pid files, logs, the metastore and the server's own warehouse
  std::string spark_home;  // empty: SPARK_HOME, or the pyspark of the Python on the path
  SparkPorts ports;
  int cores = 2;
  int64_t driver_memory_mb = 1536;
  int64_t executor_memory_mb = 3072;
  int timeout_s = 300;  // of the whole start
};

enum class SparkPart { kMaster, kWorker, kThriftServer };

struct SparkPartState {
  SparkPart part;
  std::string name;          // "master"
  std::optional<pid_t> pid;  // where it runs
  std::vector<int> ports;
  fs::path log;
};

using Say = std::function<void(const std::string&)>;

class LocalSpark {
 public:
  explicit LocalSpark(LocalSparkOptions options) : options_(std::move(options)) {}

  // Returns when the Thrift server takes connections. Whatever was started goes again where that fails or is cancelled.
  void up(const Say& say, const std::atomic<bool>& cancelled) const;
  // Thrift server first. Names of what was stopped.
  std::vector<std::string> down(const Say& say) const;
  std::vector<SparkPartState> status() const;
  bool is_up() const;

 private:
  SparkPartState state(SparkPart part) const;
  DaemonFiles files(SparkPart part) const;
  void check_ports() const;
  void check_memory() const;
  void start(SparkPart part, const fs::path& spark_home, const std::string& java, const std::vector<fs::path>& jars) const;
  void wait_for(SparkPart part, const Say& say, const std::atomic<bool>& cancelled) const;

  LocalSparkOptions options_;
};

}  // namespace tidemark::cluster
