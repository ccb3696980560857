// What templates ask of a run, with the answers that a test wants, over a database in memory.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/duckdb/native_adapter.h"
#include "compile/host.h"

namespace tidemark::tests {

class FakeHost : public compile::Host {
 public:
  Session& session() override {
    if (!session_) {
      adapter_ = make_native_adapter(
          {.path = ":memory:", .default_schema = "main", .threads = 1, .memory_limit = {}, .temp_directory = {}, .settings = {}, .setup = {}});
      session_ = adapter_->open_session("test");
    }
    ++opened;
    return *session_;
  }
  std::optional<Relation> find_relation(const Relation& name) override { return session().find_relation(name); }
  void relations_changed() override { ++changes; }
  bool is_incremental(const Node&) override { return incremental; }
  compile::AffectedPartitions affected_partitions(const Node&, const std::string&) override { return affected; }
  void log(std::string_view message, bool info) override { messages.push_back((info ? "info: " : "debug: ") + std::string(message)); }
  void print(std::string_view message) override { messages.push_back("print: " + std::string(message)); }
  void warn(const Error& warning) override { messages.push_back("warn: " + warning.message()); }
  const std::vector<std::string>& selected_resources() const override { return selected; }
  std::string thread_name() const override { return "Thread-1"; }

  bool incremental = false;
  compile::AffectedPartitions affected;
  std::vector<std::string> messages, selected;
  int opened = 0, changes = 0;

 private:
  std::unique_ptr<Adapter> adapter_;
  std::unique_ptr<Session> session_;
};

}  // namespace tidemark::tests
