// A file while it is fetched: `NAME.part` holds its first bytes, `NAME.part.json` says what they are the beginning of.
// Only publish() makes `NAME`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidemark::download {

// What a server said about a file: enough to know whether its rest may be appended.
struct Validators {
  std::string etag;           // as sent, quotes and all
  std::string last_modified;  // as sent
  uint64_t length = 0;        // bytes of the whole file; 0 where unknown

  // The value for If-Range: a strong ETag, else the date; empty where the file cannot be told from another version.
  std::string if_range() const;
};

class PartFile {
 public:
  // Takes up what is there for the same URL. Throws Error TM6503 where another process is fetching the file, and the
  // file system's errors.
  PartFile(std::filesystem::path target, std::string url);
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;
  ~PartFile();

  uint64_t size() const { return size_; }  // bytes that are there for good
  const Validators& validators() const { return validators_; }
  bool resumable() const { return size_ > 0 && !validators_.if_range().empty(); }
  const std::filesystem::path& path() const { return part_; }

  void restart(Validators validators);  // empties it
  void append(std::string_view bytes);
  void checkpoint();  // syncs, so that even after a crash of the machine the bytes so far can be trusted
  void publish();     // syncs, renames to the target, removes the description
  void discard();     // removes both

 private:
  void take_up();
  void write_description() const;

  std::filesystem::path target_, part_, description_;
  std::string url_;
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t synced_ = 0;
  Validators validators_;
};

}  // namespace tidemark::download
