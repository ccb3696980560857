#include "run/session_watch.h"

#include <chrono>

namespace tidemark::run {

namespace {
constexpr std::chrono::milliseconds kInterval{100};
}

SessionWatch::~SessionWatch() {
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void SessionWatch::start() {
  if (!thread_.joinable()) thread_ = std::thread([this] { watch(); });
}

void SessionWatch::add(Session& session) {
  const std::lock_guard lock(mutex_);
  sessions_[&session];
}

void SessionWatch::remove(Session& session) {
  const std::lock_guard lock(mutex_);
  sessions_.erase(&session);
}

void SessionWatch::works_for(Session& session, const std::string& unique_id) {
  const std::lock_guard lock(mutex_);
  sessions_[&session] = unique_id;
}

void SessionWatch::watch() {
  std::unique_lock lock(mutex_);
  while (!done_) {
    changed_.wait_for(lock, kInterval);
    if (!done_) look();
  }
}

void SessionWatch::look() {
  for (const auto& [session, unique_id] : sessions_) {
    // Again and again: an interrupt that comes between two statements stops neither.
    if (cancelled_) session->interrupt();
    if (unique_id.empty()) continue;
    const double fraction = session->progress();
    if (fraction >= 0) events_.progress(unique_id, fraction);
  }
}

}  // namespace tidemark::run
