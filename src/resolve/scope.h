// What a template sees: its own values, macros, and the functions of dbt's context. One Scope serves one node's renders
// in one thread; the tables behind it are shared.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "jinja/environment.h"
#include "manifest/node.h"
#include "resolve/invocation.h"
#include "resolve/macro_registry.h"

namespace tidemark::resolve {

// Variables as var() looks them up: the command line's, then the root project's, then the node's package's; within a
// project those under the package's name come first.
class Variables {
 public:
  struct Found {
    const Json* value = nullptr;
  };
  void set_cli(Json vars) { cli_ = std::move(vars); }
  void set_project(const std::string& package, Json vars, bool is_root);
  const Json* find(std::string_view package, std::string_view name) const;
  std::vector<std::string> names(std::string_view package) const;

 private:
  Json cli_ = Json::object();
  std::string root_;
  std::map<std::string, Json, std::less<>> projects_;
};

// The part of the context that is the same for all nodes of an invocation. Immutable once templates are rendered.
struct SharedContext {
  SharedContext(std::string root_package);

  jinja::Environment environment;
  MacroRegistry macros;
  Variables variables;
  Invocation invocation;
  TargetFacts target;
  std::string project_name;
  std::map<std::string, jinja::Value, std::less<>> package_namespaces;  // one a package that has macros
  jinja::Ref<jinja::Dict> functions = jinja::make_ref<jinja::Dict>();
};

// Fills environment, functions and package namespaces; after the macros are in.
void install_functions(SharedContext& shared);

class Scope : public jinja::Globals {
 public:
  Scope(const SharedContext& shared, std::string package);
  ~Scope() override;
  // The scope of the render that a host function is called from. All renders here have one.
  static Scope& of(const jinja::CallContext& context);

  std::optional<jinja::Value> find(std::string_view name, const jinja::Origin* origin) override;
  std::vector<std::string> names() const override;
  void set(std::string_view name, jinja::Value value) { locals_->set(name, std::move(value)); }
  const jinja::Value* local(std::string_view name) const { return locals_->find(name); }

  const SharedContext& shared() const { return shared_; }
  const std::string& package() const { return package_; }  // whose macros and vars are seen first

  // A macro as a caller of `origin` gets it: notes the dependency where the caller is a node's own text.
  jinja::Value use(const Macro& macro, const jinja::Origin* origin);
  // The same for a name: nullopt where nothing has it.
  std::optional<jinja::Value> find_macro(std::string_view name, const jinja::Origin* origin);

  // What differs between parsing and running. Errors come without a span; the interpreter adds the place.
  virtual bool execute() const = 0;
  virtual const Node* node() const = 0;  // nullptr: macros alone (run-operation, generate_schema_name)
  virtual jinja::Value ref(jinja::CallContext& context, const RefArgs& args) = 0;
  virtual jinja::Value source(jinja::CallContext& context, const SourceArgs& args) = 0;
  virtual jinja::Value configure(jinja::CallContext& context, const jinja::Dict& values) = 0;  // {{ config(…) }}
  virtual std::optional<jinja::Value> config_value(std::string_view name) = 0;                 // nullopt: not set
  virtual jinja::Value adapter_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) = 0;
  virtual jinja::Value tidemark_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) = 0;
  virtual jinja::Value doc(const std::optional<std::string>& package, const std::string& name) = 0;
  virtual void macro_used(const Macro& macro) = 0;
  virtual void log(std::string_view message, bool info);
  virtual void print(std::string_view message);
  virtual void warn(const Error& warning);
  virtual std::string thread_name() const { return "MainThread"; }
  virtual jinja::Value graph() { return jinja::Value::none(); }
  virtual const std::vector<std::string>& selected_resources() const { return shared_.invocation.selected_resources; }

  // Results of statement(name), as load_result(name) gives them: once, but "main" as often as asked.
  void store_result(const std::string& name, jinja::Value result);
  jinja::Value load_result(const std::string& name);

 private:
  const SharedContext& shared_;
  std::string package_;
  jinja::Ref<jinja::Dict> locals_ = jinja::make_ref<jinja::Dict>();
  std::map<std::string, std::optional<jinja::Value>> results_;
};

}  // namespace tidemark::resolve
