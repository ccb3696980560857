// The front end's files: read once, with their ETags; whatever is no file of theirs is index.html.
#pragma once
#include <filesystem>
#include <map>
#include <string>

#include "server/http/message.h"

namespace tidemark::server {

class StaticFiles {
 public:
  // `folder` may be absent: then a page says so.
  explicit StaticFiles(const std::filesystem::path& folder);
  Response answer(const Request& request) const;
  bool is_there() const { return !files_.empty(); }

 private:
  struct File {
    std::string body, type, etag;
    bool is_hashed = false;  // its name changes with its content
  };
  std::map<std::string, File> files_;  // by path: "/index.html"
};

// Where the front end lies: beside the binary as it was built or installed. Empty where it is in neither place.
std::filesystem::path find_web_folder();

}  // namespace tidemark::server
