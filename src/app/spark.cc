// spark up, status, logs, down: a cluster on this machine.
#include <algorithm>
#include <ostream>

#include <fmt/format.h>

#include "app/commands.h"
#include "base/error.h"
#include "base/strings.h"
#include "cluster/local_spark.h"
#include "project/project.h"

namespace tidemark::app {

namespace {

fs::path cluster_folder(const Invocation& invocation) {
  if (!invocation.spark.folder.empty()) return invocation.spark.folder;
  fs::path base = fs::current_path();
  try {
    base = fs::absolute(project::find_project_folder(invocation.project_dir));
  } catch (const Error&) {
    // no project: the working folder will do
  }
  return base / ".tidemark" / "spark";
}

cluster::LocalSpark local_spark(const Invocation& invocation) {
  const SparkFlags& flags = invocation.spark;
  return cluster::LocalSpark({.folder = cluster_folder(invocation),
                              .spark_home = flags.spark_home,
                              .ports = {flags.master_port, flags.master_page_port, flags.worker_page_port, flags.thrift_port},
                              .cores = flags.cores,
                              .driver_memory_mb = flags.driver_memory_mb,
                              .executor_memory_mb = flags.executor_memory_mb,
                              .timeout_s = flags.timeout_s});
}

int up(const Invocation& invocation, const Terminal& terminal, const cluster::LocalSpark& spark) {
  const auto say = [&](const std::string& line) { terminal.events.info("Spark", line); };
  if (spark.is_up()) {
    say("Spark is up already");
    return kExitOk;
  }
  spark.up(say, terminal.cancelled);
  say(fmt::format("Spark is ready: a target of type: spark, method: thrift, host: 127.0.0.1, port: {}", invocation.spark.thrift_port));
  say(fmt::format("its pages: http://127.0.0.1:{} (master), http://127.0.0.1:{} (worker); `tidemark spark down` stops it", invocation.spark.master_page_port,
                  invocation.spark.worker_page_port));
  return kExitOk;
}

int status(const Terminal& terminal, const cluster::LocalSpark& spark) {
  for (const cluster::SparkPartState& part : spark.status()) {
    std::vector<std::string> ports;
    for (const int port : part.ports) ports.push_back(std::to_string(port));
    terminal.out << (part.pid ? fmt::format("{:<14} up    pid {:<8} port {}\n", part.name, *part.pid, join(ports, ", "))
                              : fmt::format("{:<14} down\n", part.name));
  }
  return spark.is_up() ? kExitOk : kExitNodeFailed;
}

int logs(const Invocation& invocation, const Terminal& terminal, const cluster::LocalSpark& spark) {
  for (const cluster::SparkPartState& part : spark.status()) {
    if ((!invocation.spark.part.empty() && invocation.spark.part != part.name) || !stat_file(part.log)) continue;
    std::vector<std::string> lines = split(trim(read_file(part.log)), '\n');
    const auto wanted = static_cast<size_t>(invocation.spark.lines);
    if (lines.size() > wanted) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(wanted));
    terminal.out << "== " << part.log.string() << '\n' << join(lines, "\n") << "\n";
  }
  return kExitOk;
}

}  // namespace

int spark(const Invocation& invocation, const Terminal& terminal) {
  const cluster::LocalSpark spark = local_spark(invocation);
  if (invocation.command == "spark up") return up(invocation, terminal, spark);
  if (invocation.command == "spark status") return status(terminal, spark);
  if (invocation.command == "spark logs") return logs(invocation, terminal, spark);
  if (spark.down([&](const std::string& line) { terminal.events.info("Spark", line); }).empty()) terminal.events.info("Spark", "nothing of it was up");
  return kExitOk;
}

}  // namespace tidemark::app
