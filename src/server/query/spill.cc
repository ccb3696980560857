#include "server/query/spill.h"

#include <cstring>

#include <unistd.h>

#include "base/error.h"

namespace tidemark::server {

namespace {

constexpr size_t kBuffer = 1 << 20;

fs::path rows_file(const fs::path& folder, const std::string& name) { return folder / (name + ".rows"); }
fs::path index_file(const fs::path& folder, const std::string& name) { return folder / (name + ".index"); }

}  // namespace

SpillWriter::SpillWriter(const fs::path& folder, const std::string& name)
    : file_(FileHandle::create(rows_file(folder, name))), index_(FileHandle::create(index_file(folder, name))) {}

void SpillWriter::add(std::string_view row) {
  if (rows_ % kRowsOfIndexEntry == 0) {
    const auto at = static_cast<uint64_t>(bytes_);
    waiting_index_.append(reinterpret_cast<const char*>(&at), sizeof at);
  }
  waiting_ += row;
  waiting_ += '\n';
  bytes_ += static_cast<int64_t>(row.size()) + 1;
  ++rows_;
  if (waiting_.size() >= kBuffer) flush();
}

void SpillWriter::flush() {
  file_.write(waiting_);
  index_.write(waiting_index_);
  waiting_.clear();
  waiting_index_.clear();
}

std::string read_rows(const fs::path& folder, const std::string& name, int64_t offset, int64_t limit, int64_t most_bytes, int64_t& count) {
  count = 0;
  const FileHandle index = FileHandle::open_read(index_file(folder, name));
  uint64_t at = 0;
  if (::pread(index.fd(), &at, sizeof at, (offset / kRowsOfIndexEntry) * static_cast<int64_t>(sizeof at)) != sizeof at) return {};
  const FileHandle file = FileHandle::open_read(rows_file(folder, name));
  int64_t skip = offset % kRowsOfIndexEntry;
  std::string out, line;
  std::string buffer(256 << 10, '\0');
  auto position = static_cast<int64_t>(at);
  while (count < limit) {
    const ssize_t got = ::pread(file.fd(), buffer.data(), buffer.size(), position);
    if (got <= 0) break;
    position += got;
    size_t begin = 0;
    while (count < limit && begin < static_cast<size_t>(got)) {
      const void* found = std::memchr(buffer.data() + begin, '\n', static_cast<size_t>(got) - begin);
      const size_t end = found ? static_cast<size_t>(static_cast<const char*>(found) - buffer.data()) : static_cast<size_t>(got);
      if (skip == 0) line.append(buffer, begin, end - begin);
      begin = end + 1;
      if (!found) break;
      if (skip > 0) {
        --skip;
        continue;
      }
      if (count > 0 && static_cast<int64_t>(out.size() + line.size()) > most_bytes) return out;
      if (count > 0) out += ',';
      out += line;
      line.clear();
      ++count;
    }
  }
  return out;
}

SpillReader::SpillReader(const fs::path& folder, const std::string& name, int64_t rows) : file_(FileHandle::open_read(rows_file(folder, name))), left_(rows) {}

bool SpillReader::fill() {
  buffer_.erase(0, at_);
  at_ = 0;
  const size_t before = buffer_.size();
  buffer_.resize(before + kBuffer);
  const size_t got = file_.read(buffer_.data() + before, kBuffer);
  buffer_.resize(before + got);
  return got > 0;
}

bool SpillReader::next(std::string& line) {
  if (left_ == 0) return false;
  for (;;) {
    const size_t end = buffer_.find('\n', at_);
    if (end != std::string::npos) {
      line.assign(buffer_, at_, end - at_);
      at_ = end + 1;
      --left_;
      return true;
    }
    if (!fill()) return false;
  }
}

}  // namespace tidemark::server
