// A project of tests/, parsed, with a database in memory to compile against.
#pragma once
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapter/duckdb/native_adapter.h"
#include "base/error.h"
#include "compile/compiler.h"
#include "compile/host.h"
#include "project/profile.h"
#include "project/project.h"
#include "resolve/resolver.h"

namespace tidemark::tests {

// What a run would be, with the answers that a test wants.
class FakeHost : public compile::Host {
 public:
  Session& session() override {
    if (!session_) {
      adapter_ = make_native_adapter({.path = ":memory:", .default_schema = "main", .threads = 1, .memory_limit = {}, .temp_directory = {}, .settings = {}, .setup = {}});
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

struct OpenedProject {
  project::ProjectPtr project;
  resolve::ResolvedPtr resolved;
  std::vector<Error> warnings;
};

inline OpenedProject open_project(const std::filesystem::path& folder, const std::string& command = "compile") {
  OpenedProject out;
  project::RenderFacts facts;
  facts.cli_vars = Json::object();
  facts.project_vars = Json::object();
  project::ProfileRequest profile;
  profile.profiles_dir = profile.project_folder = folder.string();
  profile.profile = project::profile_named_in(folder.string(), facts);
  profile.facts = facts;
  resolve::ResolveInput input;
  input.target = project::load_target(profile, out.warnings);
  facts.target = input.target.for_templates();
  input.project = out.project = project::load_project({.folder = folder.string(), .facts = facts}, out.warnings);
  input.dispatch_order = {"duckdb"};
  input.invocation.id = "00000000-0000-0000-0000-000000000000";
  input.invocation.flags = Json{{"WHICH", command}, {"FULL_REFRESH", false}};
  out.resolved = resolve::resolve(input, out.warnings);
  return out;
}

}  // namespace tidemark::tests
