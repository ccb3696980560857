#include "download/transfer.h"

#include <array>
#include <cstring>
#include <exception>
#include <mutex>
#include <string_view>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/error.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "download/response_head.h"

namespace tidemark::download {
namespace {

using Clock = std::chrono::steady_clock;

bool is_missing(int status) { return status == 403 || status == 404 || status == 410; }
bool is_transient(int status) { return status >= 500 || status == 408 || status == 425 || status == 429; }

// Everything but what another try cannot change.
bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_OUT_OF_MEMORY:
      return false;
    default:
      return true;
  }
}

// One attempt, seen from curl's callbacks. Nothing may be thrown through curl: faults are kept and thrown afterwards.
struct Exchange {
  PartFile& part;
  FileProgress& progress;
  const std::atomic<bool>& stop;
  std::chrono::milliseconds stall_limit;
  uint64_t asked_from = 0;  // 0: no range was asked for

  ResponseHead head;
  bool begun = false;    // the body goes to the part file
  bool resumed = false;  // ... behind what was there
  bool mismatch = false;
  bool stalled = false;
  bool stopped = false;
  std::exception_ptr fault;
  uint64_t heard = 0;
  Clock::time_point heard_at = Clock::now();

  void begin();
  bool accept(std::string_view bytes);
  bool go_on(uint64_t received);

 private:
  void begin_whole();
  void begin_rest();
  void expect(uint64_t length);
};

void Exchange::begin() {
  if (head.status == 206) {
    begin_rest();
  } else if (head.status == 200) {
    begin_whole();
  }
}

void Exchange::expect(uint64_t length) {
  progress.expected = length;
  const uint64_t missing = length > part.size() ? length - part.size() : 0;
  if (missing > free_space(part.path().parent_path())) {
    throw Error("TM4903", fmt::format("no space left to write '{}': {} are missing", part.path().string(), format_bytes(missing)));
  }
}

void Exchange::begin_whole() {
  part.restart({head.etag, head.last_modified, head.content_length.value_or(0)});
  progress.done = 0;
  expect(part.validators().length);
  begun = true;
}

// The rest may only be appended where it is of the same version, and begins where the part file ends.
void Exchange::begin_rest() {
  const Validators& had = part.validators();
  const bool fits = asked_from > 0 && asked_from == part.size() && head.content_range && head.content_range->first == asked_from;
  const bool same_length = !fits || had.length == 0 || head.content_range->length == 0 || had.length == head.content_range->length;
  const bool same_tag = head.etag.empty() || had.etag.empty() || head.etag == had.etag;
  const bool same_date = !head.etag.empty() || head.last_modified.empty() || had.last_modified.empty() || head.last_modified == had.last_modified;
  mismatch = !fits || !same_length || !same_tag || !same_date;
  if (mismatch) {
    part.restart({});
    progress.done = 0;
    return;
  }
  expect(had.length != 0 ? had.length : head.content_range->length);
  resumed = begun = true;
}

bool Exchange::accept(std::string_view bytes) {
  if (!begun && !mismatch) begin();
  if (mismatch) return false;
  if (!begun) return true;  // an error page
  part.append(bytes);
  progress.done = part.size();
  progress.received += bytes.size();
  return true;
}

bool Exchange::go_on(uint64_t received) {
  const auto now = Clock::now();
  if (received != heard) {
    heard = received;
    heard_at = now;
  }
  stalled = now - heard_at > stall_limit;
  stopped = stop.load();
  return !stalled && !stopped;
}

template <class Action>
bool guarded(Exchange& exchange, const Action& action) {
  try {
    return action();
  } catch (...) {
    exchange.fault = std::current_exception();
    return false;
  }
}

size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view line(data, size * count);
  return guarded(exchange, [&] { return exchange.head.add_line(line), true; }) ? line.size() : 0;
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& exchange = *static_cast<Exchange*>(user);
  const std::string_view bytes(data, size * count);
  return guarded(exchange, [&] { return exchange.accept(bytes); }) ? bytes.size() : 0;
}

int on_progress(void* user, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
  return static_cast<Exchange*>(user)->go_on(static_cast<uint64_t>(received)) ? 0 : 1;
}

Attempt judge_status(const Exchange& exchange, std::chrono::seconds retry_after) {
  const int status = exchange.head.status;
  const std::string reason = fmt::format("HTTP {}", status);
  if (is_missing(status)) return {.kind = Attempt::Kind::kNotPublished, .reason = reason};
  if (is_transient(status)) return {.kind = Attempt::Kind::kTransient, .reason = reason, .retry_after = retry_after};
  if (status == 416) return {.kind = Attempt::Kind::kTransient, .reason = "the file became shorter meanwhile"};
  return {.kind = Attempt::Kind::kPermanent, .reason = reason};
}

// After a transfer that curl found in order.
Attempt judge_body(const Exchange& exchange) {
  const uint64_t length = exchange.progress.expected;
  const uint64_t size = exchange.part.size();
  if (length != 0 && size != length) {
    return {.kind = Attempt::Kind::kTransient, .reason = fmt::format("{} bytes came where {} were announced", size, length), .resumed = exchange.resumed};
  }
  return {.kind = Attempt::Kind::kComplete, .resumed = exchange.resumed};
}

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

struct Transfer::Connection {
  CURL* curl = curl_easy_init();
  std::array<char, CURL_ERROR_SIZE> message{};
  curl_slist* headers = nullptr;

  ~Connection() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }

  void prepare(const std::string& url, Exchange& exchange, std::chrono::milliseconds connect_limit);
  std::string fault_text(CURLcode code) const { return message[0] != '\0' ? message.data() : curl_easy_strerror(code); }
  std::chrono::seconds retry_after() const;
};

void Transfer::Connection::prepare(const std::string& url, Exchange& exchange, std::chrono::milliseconds connect_limit) {
  curl_easy_reset(curl);
  message[0] = '\0';
  curl_slist_free_all(std::exchange(headers, nullptr));
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "tidemark");
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 8L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(connect_limit.count()));
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, message.data());
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &exchange);
  if (exchange.asked_from > 0) {
    // As plain headers: curl's own resume option gives up where a server ignores the range.
    headers = curl_slist_append(headers, fmt::format("Range: bytes={}-", exchange.asked_from).c_str());
    headers = curl_slist_append(headers, fmt::format("If-Range: {}", exchange.part.validators().if_range()).c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  }
}

std::chrono::seconds Transfer::Connection::retry_after() const {
  curl_off_t seconds = 0;
  curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &seconds);
  return std::chrono::seconds(seconds);
}

Transfer::Transfer(TransferLimits limits, const std::atomic<bool>& stop) : limits_(limits), stop_(stop) {
  initialise_curl();
  connection_ = std::make_unique<Connection>();
  if (connection_->curl == nullptr) throw Error("TM9501", "libcurl cannot be initialised");
}

Transfer::~Transfer() = default;

Attempt Transfer::fetch(const std::string& url, PartFile& part, FileProgress& progress) {
  const uint64_t known = part.validators().length;
  if (part.resumable() && part.size() == known) return {.kind = Attempt::Kind::kComplete, .resumed = true};
  Exchange exchange{.part = part,
                    .progress = progress,
                    .stop = stop_,
                    .stall_limit = limits_.stall,
                    .asked_from = part.resumable() && (known == 0 || part.size() < known) ? part.size() : 0};
  progress.done = exchange.asked_from;
  progress.expected = exchange.asked_from > 0 ? known : 0;
  connection_->prepare(url, exchange, limits_.connect);
  const CURLcode code = curl_easy_perform(connection_->curl);

  if (exchange.fault) std::rethrow_exception(exchange.fault);
  if (exchange.begun) part.checkpoint();
  const auto transient = [&](std::string reason) {
    return Attempt{.kind = Attempt::Kind::kTransient, .reason = std::move(reason), .resumed = exchange.resumed};
  };
  if (exchange.stopped) return {.kind = Attempt::Kind::kCancelled, .reason = "cancelled", .resumed = exchange.resumed};
  if (exchange.stalled) return transient(fmt::format("no data for {:.3g} s", static_cast<double>(limits_.stall.count()) / 1000));
  if (exchange.mismatch) return transient("the file changed while it was fetched");
  if (exchange.head.status >= 400) {
    if (exchange.head.status == 416) part.restart({});
    return judge_status(exchange, connection_->retry_after());
  }
  if (code != CURLE_OK) {
    Attempt attempt = transient(connection_->fault_text(code));
    if (!is_transient(code)) attempt.kind = Attempt::Kind::kPermanent;
    return attempt;
  }
  if (!exchange.begun) exchange.begin();  // an answer without a body
  if (exchange.mismatch) return transient("the file changed while it was fetched");
  if (!exchange.begun) return judge_status(exchange, {});
  return judge_body(exchange);
}

}  // namespace tidemark::download
