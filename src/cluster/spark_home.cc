#include "cluster/spark_home.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <unistd.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::cluster {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

bool is_program(const fs::path& path) { return ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path); }

std::string on_path(const std::string& program) {
  for (const std::string& folder : split(variable("PATH"), ':')) {
    if (!folder.empty() && is_program(fs::path(folder) / program)) return (fs::path(folder) / program).string();
  }
  return {};
}

// The folder that a Python finds pyspark in; empty where it has none.
std::string pyspark_folder() {
  const std::string python = on_path("python3");
  if (python.empty()) return {};
  std::FILE* pipe =
      ::popen("python3 -c 'import importlib.util as u; s = u.find_spec(\"pyspark\"); print(s.submodule_search_locations[0] if s else \"\")' 2>/dev/null", "r");
  if (pipe == nullptr) return {};
  std::string out;
  char buffer[512];
  while (std::fgets(buffer, sizeof(buffer), pipe) != nullptr) out += buffer;
  ::pclose(pipe);
  return std::string(trim(out));
}

bool has_spark(const fs::path& folder) { return is_program(folder / "bin" / "spark-class"); }

// The jar whose name begins so; empty where there is none.
std::string jar(const fs::path& spark_home, const std::string& beginning) {
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(spark_home / "jars", ignored)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(beginning)) return name;
  }
  return {};
}

}  // namespace

std::string find_java() {
  const std::string home = variable("JAVA_HOME");
  if (!home.empty() && is_program(fs::path(home) / "bin" / "java")) return home + "/bin/java";
  std::string java = on_path("java");
  if (java.empty())
    throw Error("TM7101", "there is no Java: Spark runs on it")
        .hint("install a JRE of version 17 (Debian and Ubuntu: openjdk-17-jre-headless), or set JAVA_HOME");
  return java;
}

fs::path find_spark_home(const std::string& given) {
  if (!given.empty()) {
    if (has_spark(given)) return given;
    throw Error("TM7102", fmt::format("'{}' holds no Spark: bin/spark-class is not there", given));
  }
  const std::string home = variable("SPARK_HOME");
  if (!home.empty()) {
    if (has_spark(home)) return home;
    throw Error("TM7102", fmt::format("SPARK_HOME is '{}', and bin/spark-class is not there", home));
  }
  const std::string pyspark = pyspark_folder();
  if (!pyspark.empty() && has_spark(pyspark)) return pyspark;
  throw Error("TM7102", "there is no Spark").hint("set SPARK_HOME or give --spark-home, or install the Python package: pip install 'pyspark<4'");
}

std::string spark_version(const fs::path& spark_home) {
  const std::string name = jar(spark_home, "spark-core_");
  const size_t dash = name.rfind('-');
  return dash == std::string::npos ? std::string() : name.substr(dash + 1, name.size() - dash - 1 - std::string(".jar").size());
}

std::string delta_package(const fs::path& spark_home) {
  if (!jar(spark_home, "delta-spark_").empty()) return {};
  const std::string version = spark_version(spark_home);
  if (version.starts_with("3.5.")) return "io.delta:delta-spark_2.12:3.3.2";
  if (version.starts_with("4.0.")) return "io.delta:delta-spark_2.13:4.0.0";
  return {};
}

}  // namespace tidemark::cluster
