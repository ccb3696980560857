#include "cluster/delta_jars.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <thread>

#include <fmt/format.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/strings.h"
#include "cluster/daemon.h"
#include "cluster/spark_home.h"

namespace tidemark::cluster {
namespace {

constexpr int kPatienceMs = 1000;

fs::path cache_folder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && *cache != '\0') return fs::path(cache) / "tidemark";
  const char* home = std::getenv("HOME");
  return (home != nullptr && *home != '\0' ? fs::path(home) / ".cache" : fs::temp_directory_path()) / "tidemark";
}

std::vector<fs::path> jars_in(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with("delta-") && name.ends_with(".jar")) out.push_back(entry.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

void fetch(const std::vector<std::string>& package, const fs::path& spark_home, const std::string& java, const fs::path& folder,
           const std::atomic<bool>& cancelled) {
  DaemonStart start;
  start.working_folder = folder;
  start.command = {java,
                   "-cp",
                   (spark_home / "jars" / "*").string(),
                   "org.apache.ivy.Main",
                   "-cache",
                   (folder / "ivy").string(),
                   "-dependency",
                   package[0],
                   package[1],
                   package[2],
                   "-confs",
                   "default",
                   "-retrieve",
                   (folder / "[artifact]-[revision].[ext]").string()};
  const DaemonFiles files{folder / "ivy.pid", folder / "ivy.log"};
  start_daemon(start, files);
  while (running(files) && !cancelled) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  stop_daemon(files, kPatienceMs);
}

}  // namespace

std::vector<fs::path> delta_jars(const fs::path& spark_home, const std::string& java, const std::atomic<bool>& cancelled) {
  const std::string name = delta_package(spark_home);
  if (name.empty()) return {};
  const fs::path folder = cache_folder() / replace_all(name, ":", "_");
  if (std::vector<fs::path> known = jars_in(folder); known.size() > 1) return known;
  const fs::path fresh = fs::path(folder.string() + "." + random_uuid());
  make_directories(fresh);
  fetch(split(name, ':'), spark_home, java, fresh, cancelled);
  if (jars_in(fresh).size() < 2) {  // Delta and its storage
    const std::vector<std::string> said = split(trim(read_file(fresh / "ivy.log")), '\n');
    std::error_code ignored;
    fs::remove_all(fresh, ignored);
    throw Error("TM7107", fmt::format("Delta's jars ({}) could not be had from Maven Central: {}", name, said.back()))
        .hint(fmt::format("put delta-spark and delta-storage into {}", (spark_home / "jars").string()));
  }
  std::error_code taken;
  fs::rename(fresh, folder, taken);
  if (taken) fs::remove_all(fresh, taken);  // somebody else was quicker
  return jars_in(folder);
}

}  // namespace tidemark::cluster
