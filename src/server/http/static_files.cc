#include "server/http/static_files.h"

#include <cstdlib>

#include "base/error.h"
#include "base/file_system.h"
#include "base/hash.h"
#include "base/strings.h"
#include "server/child/child.h"

namespace tidemark::server {

namespace {

constexpr const char* kNoFrontEnd =
    "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>tidemark</title><h1>tidemark</h1><p>The server is running, but its front end has not been "
    "built: "
    "<code>make web</code> builds it. The API is under <code>/api/</code>.</p></html>";

std::string type_of(const fs::path& path) {
  static const std::map<std::string, std::string> kTypes{{".html", "text/html; charset=utf-8"},
                                                         {".js", "text/javascript; charset=utf-8"},
                                                         {".css", "text/css; charset=utf-8"},
                                                         {".svg", "image/svg+xml"},
                                                         {".png", "image/png"},
                                                         {".ico", "image/x-icon"},
                                                         {".json", "application/json"},
                                                         {".webmanifest", "application/manifest+json"},
                                                         {".txt", "text/plain; charset=utf-8"},
                                                         {".woff2", "font/woff2"},
                                                         {".map", "application/json"},
                                                         {".wasm", "application/wasm"}};
  const auto found = kTypes.find(path.extension().string());
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

}  // namespace

// Only what lay in the folder at the start can be asked for: there is no path to escape by.
StaticFiles::StaticFiles(const fs::path& folder) {
  if (folder.empty() || !fs::is_directory(folder)) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.is_symlink()) continue;
    const std::string path = "/" + entry.path().lexically_relative(folder).string();
    File file{read_file(entry.path()), type_of(entry.path()), {}, path.starts_with("/assets/")};
    file.etag = "\"" + xxh128_hex(file.body) + "\"";
    files_[path] = std::move(file);
  }
}

Response StaticFiles::answer(const Request& request) const {
  Response out;
  auto found = files_.find(request.path);
  if (found == files_.end()) {
    // A missing asset is missing; whatever else is no file is a page of the front end.
    if (request.path.starts_with("/assets/")) throw Error("TM7404", "there is no such file");
    found = files_.find("/index.html");
  }
  if (found == files_.end()) {
    out.type = "text/html; charset=utf-8";
    out.body = kNoFrontEnd;
    return out;
  }
  const File& file = found->second;
  out.type = file.type;
  out.with("ETag", file.etag).with("Cache-Control", file.is_hashed ? "public, max-age=31536000, immutable" : "no-cache");
  if (request.header("if-none-match") == file.etag) {
    out.status = 304;
    return out;
  }
  const auto packed = files_.find(found->first + ".gz");
  const bool is_packed = packed != files_.end() && request.header("accept-encoding").find("gzip") != std::string::npos;
  if (packed != files_.end()) out.with("Vary", "Accept-Encoding");
  if (is_packed) out.with("Content-Encoding", "gzip");
  out.body = is_packed ? packed->second.body : file.body;
  return out;
}

fs::path find_web_folder() {
  if (const char* given = std::getenv("TIDEMARK_WEB_DIR"); given != nullptr && *given != '\0') return given;
  const fs::path binary = fs::path(own_program()).parent_path();
  for (const fs::path& folder : {binary / "../share/tidemark/web", binary / "../../../web/dist"}) {
    if (stat_file(folder / "index.html")) return fs::canonical(folder);
  }
  return {};
}

}  // namespace tidemark::server
