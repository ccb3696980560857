// One request for one file over HTTP, taken up where its part file ends.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "download/part_file.h"

namespace tidemark::download {

struct TransferLimits {
  std::chrono::milliseconds connect{20'000};
  std::chrono::milliseconds stall{30'000};  // without a byte
};

// How far a file is; written by the transfer, read by whoever shows it.
struct FileProgress {
  std::atomic<uint64_t> done{0};      // bytes on disk, those of earlier attempts included
  std::atomic<uint64_t> expected{0};  // bytes of the whole file; 0 where unknown
  std::atomic<uint64_t> received{0};  // bytes that came over the network, all attempts
};

struct Attempt {
  enum class Kind {
    kComplete,      // the part file holds what the server says is the whole file
    kNotPublished,  // HTTP 403, 404, 410
    kTransient,     // worth another attempt
    kPermanent,
    kCancelled,
  };
  Kind kind = Kind::kPermanent;
  std::string reason;                  // unless complete
  bool resumed = false;                // bytes of an earlier attempt were kept
  std::chrono::seconds retry_after{};  // what the server asked for
};

// A connection, kept open from file to file. One thread at a time.
class Transfer {
 public:
  // `stop` ends a transfer within about a second once it is true.
  Transfer(TransferLimits limits, const std::atomic<bool>& stop);
  ~Transfer();

  // Fetches what `part` lacks. Faults of the local disk are thrown as Errors; `part` stays usable.
  Attempt fetch(const std::string& url, PartFile& part, FileProgress& progress);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  TransferLimits limits_;
  const std::atomic<bool>& stop_;
};

}  // namespace tidemark::download
