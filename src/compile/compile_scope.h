// The context while running: names give relations, the adapter answers.
#pragma once
#include <string>
#include <vector>

#include "compile/compiler.h"
#include "resolve/scope.h"

namespace tidemark::compile {

// What rendering touched.
struct Trace {
  std::string decided_by;  // the first call that asked the database; empty: none
  bool asked_is_incremental = false;
  std::vector<std::string> affected_columns;
  std::vector<std::string> scanned;
  std::vector<std::string> ephemerals;  // unique ids in order of need
  Json config_changes = Json::object();
  std::string main_sql;  // of write()
};

class CompileScope : public resolve::Scope {
 public:
  // `node` may be nullptr: macros alone.
  CompileScope(const resolve::Resolved& project, const std::string& package, const Node* node, Host& host, const CompileOptions& options, Trace& trace);

  std::optional<jinja::Value> find(std::string_view name, const jinja::Origin* origin) override;
  bool execute() const override { return true; }
  const Node* node() const override { return node_; }
  jinja::Value ref(jinja::CallContext& context, const RefArgs& args) override;
  jinja::Value source(jinja::CallContext& context, const SourceArgs& args) override;
  jinja::Value configure(jinja::CallContext& context, const jinja::Dict& values) override;
  std::optional<jinja::Value> config_value(std::string_view name) override;
  jinja::Value adapter_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) override;
  jinja::Value tidemark_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) override;
  jinja::Value doc(const std::optional<std::string>& package, const std::string& name) override;
  void macro_used(const resolve::Macro&) override {}
  void log(std::string_view message, bool info) override { host_.log(message, info); }
  void print(std::string_view message) override { host_.print(message); }
  void warn(const Error& warning) override { host_.warn(warning); }
  std::string thread_name() const override { return host_.thread_name(); }
  jinja::Value graph() override;
  const std::vector<std::string>& selected_resources() const override { return host_.selected_resources(); }

  Host& host() { return host_; }
  Trace& trace() { return trace_; }
  const resolve::Resolved& project() const { return project_; }
  // The engine; notes that the node is decided at run time, and by what.
  Session& session(const jinja::CallContext& context, std::string_view what);
  Relation with_quoting(Relation relation) const;

 private:
  jinja::Value relation_value(const Node& target);
  void override_names(const Json& overrides);
  // Restricted to the event times that this node is compiled for.
  void restrict(const Node& target, Relation& relation) const;
  const resolve::Resolved& project_;
  const Node* node_;
  Host& host_;
  const CompileOptions& options_;
  Trace& trace_;
};

// A source or model as a FROM clause reads it: a source of files by its reader function.
Relation relation_to_read(const resolve::Resolved& project, const Node& node);

// The methods of {{ adapter }} that ask or change the warehouse. TM2107 for names that there are none of.
jinja::Value call_adapter(CompileScope& scope, jinja::CallContext& context, std::string_view name, const jinja::Args& args);

}  // namespace tidemark::compile
