#include "adapter/duckdb/library.h"

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <dlfcn.h>
#include <unistd.h>

#include "adapter/duckdb/api.h"
#include "base/error.h"

#ifndef TIDEMARK_DUCKDB_DEFAULT
#define TIDEMARK_DUCKDB_DEFAULT ""
#endif

namespace tidemark::duckdb {
namespace {

constexpr const char* kVersionPrefix = "v1.5.";

std::atomic<bool> loaded{false};
std::atomic<bool> preloading{false};

std::string library_name() {
#ifdef __APPLE__
  return "libduckdb.dylib";
#else
  return "libduckdb.so";
#endif
}

std::vector<std::string> candidate_paths() {
  if (const char* own = std::getenv("TIDEMARK_DUCKDB_LIBRARY"); own && *own) return {own};
  std::vector<std::string> paths;
  std::error_code ignored;
  auto folder = std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path();
  if (!folder.empty()) {
    paths.push_back((folder.parent_path() / "lib" / library_name()).string());
    paths.push_back((folder.parent_path() / "lib" / "tidemark" / library_name()).string());
    paths.push_back((folder / library_name()).string());
  }
  if (std::string built_with = TIDEMARK_DUCKDB_DEFAULT; !built_with.empty()) paths.push_back(built_with);
  return paths;
}

void* open_library() {
  // RTLD_NOW would resolve all of the library's own symbols at once and costs some ms. Deep binding looks in the library itself
  // before this program's some forty libraries, which costs as much again; the sanitizers refuse it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int kLoading = RTLD_LAZY | RTLD_LOCAL;
#else
  constexpr int kLoading = RTLD_LAZY | RTLD_LOCAL | RTLD_DEEPBIND;
#endif
  std::string tried;
  for (const auto& path : candidate_paths()) {
    if (void* handle = dlopen(path.c_str(), kLoading)) return handle;
    const char* reason = std::filesystem::exists(path) ? dlerror() : "no such file";
    tried += "\n  " + path + ": " + (reason ? reason : "cannot be loaded");
  }
  throw Error("TM4101", "the DuckDB library cannot be loaded; tried:" + tried).hint("set TIDEMARK_DUCKDB_LIBRARY to the path of libduckdb 1.5.5");
}

// `handle` stays open for the life of the process: DuckDB's threads and statics do not survive an unload.
Api load() {
  void* handle = open_library();
  Api table;
  std::string missing;
#define TIDEMARK_DUCKDB_LOAD(name)                                        \
  table.name = reinterpret_cast<decltype(&::name)>(dlsym(handle, #name)); \
  if (!table.name) missing += missing.empty() ? #name : ", " #name;
  TIDEMARK_DUCKDB_FUNCTIONS(TIDEMARK_DUCKDB_LOAD)
#undef TIDEMARK_DUCKDB_LOAD
  std::string version = table.duckdb_library_version ? table.duckdb_library_version() : "unknown";
  if (!version.starts_with(kVersionPrefix)) {
    throw Error("TM4102", "the DuckDB library is of version " + version + "; 1.5 is needed").hint("set TIDEMARK_DUCKDB_LIBRARY to the path of libduckdb 1.5.5");
  }
  if (!missing.empty()) throw Error("TM4102", "the DuckDB library " + version + " lacks " + missing);
  return table;
}

}  // namespace

const Api& api() {
  // A load that throws is tried again by the next call.
  static const Api table = [] {
    Api fresh = load();
    loaded.store(true);
    return fresh;
  }();
  return table;
}

bool engine_loaded() { return loaded.load(); }

std::string engine_version() { return std::string(api().duckdb_library_version()).substr(1); }

void preload_async() {
  if (loaded.load() || preloading.exchange(true)) return;
  std::thread([] {
    try {
      api();
    } catch (const Error&) {
      // The api() call that needs the engine throws it again.
    }
    preloading.store(false);
  }).detach();
}

}  // namespace tidemark::duckdb
