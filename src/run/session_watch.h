// Looks at sessions while they work: tells of their progress, and interrupts them when the run is cancelled.
#pragma once
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>

#include "adapter/adapter.h"
#include "run/events.h"

namespace tidemark::run {

class SessionWatch {
 public:
  SessionWatch(EventSink& events, const std::atomic<bool>& cancelled) : events_(events), cancelled_(cancelled) {}
  ~SessionWatch();
  SessionWatch(const SessionWatch&) = delete;
  SessionWatch& operator=(const SessionWatch&) = delete;

  // Begins a thread of its own, which ends with this object. Without it nothing is told or interrupted.
  void start();

  // A session is known from add() until remove(); it must outlive that.
  void add(Session& session);
  void remove(Session& session);
  // The node that the session works for from now on; empty: none.
  void works_for(Session& session, const std::string& unique_id);

 private:
  void watch();
  void look();  // under mutex_

  EventSink& events_;
  const std::atomic<bool>& cancelled_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Session*, std::string> sessions_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace tidemark::run
