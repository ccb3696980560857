#include "cluster/local_spark.h"

#include <algorithm>
#include <chrono>
#include <thread>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/strings.h"
#include "cluster/delta_jars.h"
#include "cluster/spark_home.h"

namespace tidemark::cluster {
namespace {

constexpr const char* kHost = "127.0.0.1";
constexpr int64_t kOwnMemoryMb = 1024;  // of master and worker beside driver and executor
constexpr int kPatienceMs = 20'000;     // for a process that was asked to end
constexpr size_t kShownLines = 12;      // of a log, where a start fails

struct PartFacts {
  const char* name;
  const char* said_when_ready;  // in its log
};

PartFacts facts(SparkPart part) {
  switch (part) {
    case SparkPart::kMaster:
      return {"master", "I have been elected leader"};
    case SparkPart::kWorker:
      return {"worker", "Successfully registered with master"};
    default:
      return {"thrift-server", "HiveThriftServer2 started"};
  }
}

constexpr SparkPart kParts[] = {SparkPart::kMaster, SparkPart::kWorker, SparkPart::kThriftServer};

std::string last_lines(const fs::path& log) {
  if (!stat_file(log)) return {};
  std::vector<std::string> lines = split(trim(read_file(log)), '\n');
  if (lines.size() > kShownLines) lines.erase(lines.begin(), lines.end() - kShownLines);
  return join(lines, "\n");
}

int64_t available_memory_mb() {
  for (const std::string& line : split(read_file("/proc/meminfo"), '\n')) {
    if (line.starts_with("MemAvailable:")) return std::strtoll(line.c_str() + std::string("MemAvailable:").size(), nullptr, 10) / 1024;
  }
  return -1;
}

}  // namespace

DaemonFiles LocalSpark::files(SparkPart part) const {
  const std::string name = facts(part).name;
  return {options_.folder / (name + ".pid"), options_.folder / "logs" / (name + ".log")};
}

SparkPartState LocalSpark::state(SparkPart part) const {
  const DaemonFiles own = files(part);
  SparkPartState out{part, facts(part).name, running(own), {}, own.log};
  if (part == SparkPart::kMaster) out.ports = {options_.ports.master, options_.ports.master_page};
  if (part == SparkPart::kWorker) out.ports = {options_.ports.worker_page};
  if (part == SparkPart::kThriftServer) out.ports = {options_.ports.thrift};
  return out;
}

std::vector<SparkPartState> LocalSpark::status() const {
  std::vector<SparkPartState> out;
  for (const SparkPart part : kParts) out.push_back(state(part));
  return out;
}

bool LocalSpark::is_up() const {
  const std::vector<SparkPartState> parts = status();
  return std::ranges::all_of(parts, [](const SparkPartState& part) { return part.pid.has_value(); });
}

void LocalSpark::check_ports() const {
  for (const SparkPartState& part : status()) {
    if (part.pid) continue;
    for (const int port : part.ports) {
      const std::optional<std::string> holder = port_holder(port);
      if (!holder) continue;
      throw Error("TM7103", fmt::format("port {}, which Spark's {} would listen on, is held by {}", port, part.name, *holder))
          .hint(part.part == SparkPart::kThriftServer ? "end that, or choose another: --thrift-port"
                                                      : "end that, or choose another: --master-port, --master-page-port, --worker-page-port");
    }
  }
}

void LocalSpark::check_memory() const {
  const int64_t wanted = options_.driver_memory_mb + options_.executor_memory_mb + kOwnMemoryMb;
  const int64_t there = available_memory_mb();
  if (there >= 0 && there < wanted) {
    throw Error("TM7104", fmt::format("Spark would take {} MB and {} MB are free", wanted, there)).hint("give less: --driver-memory, --executor-memory (MB)");
  }
}

void LocalSpark::start(SparkPart part, const fs::path& home, const std::string& java, const std::vector<fs::path>& jars) const {
  const SparkPorts& ports = options_.ports;
  const std::string url = fmt::format("spark://{}:{}", kHost, ports.master);
  DaemonStart start;
  start.working_folder = options_.folder;
  start.environment = {{"SPARK_HOME", home.string()}, {"SPARK_LOCAL_IP", kHost}, {"JAVA_HOME", fs::canonical(java).parent_path().parent_path().string()}};
  const std::string spark_class = (home / "bin" / "spark-class").string();
  if (part == SparkPart::kMaster) {
    start.command = {spark_class,    "org.apache.spark.deploy.master.Master", "--host", kHost, "--port", std::to_string(ports.master),
                     "--webui-port", std::to_string(ports.master_page)};
  } else if (part == SparkPart::kWorker) {
    start.command = {spark_class,
                     "org.apache.spark.deploy.worker.Worker",
                     "--host",
                     kHost,
                     "--webui-port",
                     std::to_string(ports.worker_page),
                     "-c",
                     std::to_string(options_.cores),
                     "-m",
                     fmt::format("{}m", options_.executor_memory_mb),
                     url};
  } else {
    start.command = {(home / "bin" / "spark-submit").string(),
                     "--class",
                     "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
                     "--master",
                     url,
                     "--driver-memory",
                     fmt::format("{}m", options_.driver_memory_mb),
                     "--executor-memory",
                     fmt::format("{}m", options_.executor_memory_mb)};
    const auto configure = [&](const std::string& name, const std::string& value) {
      start.command.insert(start.command.end(), {"--conf", name + "=" + value});
    };
    std::vector<std::string> classes;
    for (const fs::path& jar : jars) classes.push_back(jar.string());
    if (!classes.empty()) {
      configure("spark.driver.extraClassPath", join(classes, ":"));
      configure("spark.executor.extraClassPath", join(classes, ":"));
    }
    configure("spark.sql.extensions", "io.delta.sql.DeltaSparkSessionExtension");
    configure("spark.sql.catalog.spark_catalog", "org.apache.spark.sql.delta.catalog.DeltaCatalog");
    configure("spark.driver.host", kHost);
    configure("spark.driver.bindAddress", kHost);
    configure("spark.sql.shuffle.partitions", std::to_string(std::max(options_.cores * 2, 2)));
    configure("spark.databricks.delta.snapshotPartitions", "2");  // of tables' logs: 50 tasks each are for large ones
    configure("spark.ui.showConsoleProgress", "false");
    configure("spark.sql.warehouse.dir", (options_.folder / "warehouse").string());
    start.command.insert(start.command.end(), {"--hiveconf", fmt::format("hive.server2.thrift.bind.host={}", kHost), "--hiveconf",
                                               fmt::format("hive.server2.thrift.port={}", ports.thrift), "spark-internal"});
  }
  const DaemonFiles own = files(part);
  remove_file(own.log);  // what is waited for in it is of this start
  start_daemon(start, own);
}

void LocalSpark::wait_for(SparkPart part, const Say& say, const std::atomic<bool>& cancelled) const {
  const DaemonFiles own = files(part);
  const PartFacts wanted = facts(part);
  const Stopwatch watch;
  for (int told = 0;;) {
    const bool alive = running(own).has_value();
    if (stat_file(own.log) && read_file(own.log).find(wanted.said_when_ready) != std::string::npos) return;
    if (!alive)
      throw Error("TM7105", fmt::format("Spark's {} ended while it started:\n{}", wanted.name, last_lines(own.log)))
          .hint(fmt::format("all that it said: {}", own.log.string()));
    if (cancelled) throw Error("TM7105", "cancelled while Spark started");
    if (watch.seconds() > options_.timeout_s) {
      throw Error("TM7105", fmt::format("Spark's {} is not ready after {} s:\n{}", wanted.name, options_.timeout_s, last_lines(own.log)))
          .hint("--timeout gives it longer");
    }
    if (watch.seconds() > 10 * (told + 1)) say(fmt::format("  {} … {:.0f} s", wanted.name, 10.0 * ++told));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void LocalSpark::up(const Say& say, const std::atomic<bool>& cancelled) const {
  const std::string java = find_java();
  const fs::path home = find_spark_home(options_.spark_home);
  check_ports();
  check_memory();
  make_directories(options_.folder / "logs");
  say(fmt::format("starting Spark {} from {}", spark_version(home), home.string()));
  try {
    const std::vector<fs::path> jars = delta_jars(home, java, cancelled);
    const Stopwatch watch;
    // Worker and Thrift server need the master, and not each other.
    for (const std::vector<SparkPart>& together : {std::vector<SparkPart>{SparkPart::kMaster}, {SparkPart::kWorker, SparkPart::kThriftServer}}) {
      std::vector<SparkPart> started;
      for (const SparkPart part : together) {
        if (state(part).pid) continue;
        start(part, home, java, jars);
        started.push_back(part);
      }
      for (const SparkPart part : started) {
        wait_for(part, say, cancelled);
        say(fmt::format("{} is up ({:.1f} s)", facts(part).name, watch.seconds()));
      }
    }
  } catch (...) {
    down([](const std::string&) {});
    throw;
  }
}

std::vector<std::string> LocalSpark::down(const Say& say) const {
  std::vector<std::string> out;
  for (const SparkPart part : {SparkPart::kThriftServer, SparkPart::kWorker, SparkPart::kMaster}) {
    if (!stop_daemon(files(part), kPatienceMs)) continue;
    out.emplace_back(facts(part).name);
    say(fmt::format("{} is down", facts(part).name));
  }
  return out;
}

}  // namespace tidemark::cluster
