// Rendering with execute=True: nodes become SQL. A Compiler is shared by threads; each call renders for itself.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event_time.h"
#include "base/json.h"
#include "compile/host.h"
#include "compile/source_map.h"
#include "resolve/resolved.h"

namespace tidemark::compile {

// The batch that a microbatch model is compiled for: `model.batch`.
struct BatchContext {
  std::string id;
  EventWindow window;
};

struct CompileOptions {
  // False: is_incremental() is false and affected_partitions() is all: the truth of the model (design section 2).
  bool incremental = true;
  // True: refs and sources give no rows (--empty).
  bool empty = false;
  // The FROM-clause text for a source or referenced model in place of its own; nullopt: as usual. For pinned file
  // lists, one file alone, views in line.
  std::function<std::optional<std::string>(const Node&)> scan;
  // A microbatch model reads only these rows of refs and sources that have an event_time.
  std::optional<BatchContext> batch;
  // --sample: models and snapshots do.
  std::optional<EventWindow> sample;
  // Of a unit test: {macros, vars, env_vars}, each a mapping of names to what they give. Then `scan` is asked for {{ this }} too.
  std::shared_ptr<const Json> overrides{};
};

// materialized='incremental', incremental_strategy='microbatch'.
bool is_microbatch(const Node& node);

struct Compiled {
  std::shared_ptr<const CompiledNode> node;
  SourceMap source_map;  // of node->compiled_code
  bool asked_is_incremental = false;
  std::vector<std::string> affected_columns;  // of affected_partitions(), in order of use
  std::vector<std::string> scanned;           // unique ids of sources and relations rendered (ephemeral models passed through)
  Json config_changes = Json::object();       // what the template set by config.set() or a header block while rendering
};

struct MaterializationResult {
  std::vector<Relation> relations;  // what the materialization says it made
  std::string main_sql;             // of statement('main')
  Json response = Json::object();   // of statement('main')
};

class Compiler {
 public:
  explicit Compiler(resolve::ResolvedPtr project);
  ~Compiler();
  Compiler(const Compiler&) = delete;
  Compiler& operator=(const Compiler&) = delete;

  // A model, snapshot, data test, analysis or hook. Ephemeral models before it are put in as CTEs. A seed compiles to nothing.
  Compiled compile(const Node& node, Host& host, const CompileOptions& options = {}) const;
  // show --inline, compile --inline: `text` as a node of the root project named "inline".
  Compiled compile_inline(const std::string& text, Host& host, const CompileOptions& options = {}) const;

  // A text (a pre- or post-hook, an on-run-end hook) in the context of `node`; nullptr: of the project. `extra` adds names
  // (results, schemas, database_schemas of on-run-end). `name` is what errors call the text.
  std::string render(const std::string& text, const std::string& name, const Node* node, Host& host, const Json& extra = Json::object()) const;

  // get_test_sql around a compiled data test: one row of failures, should_warn, should_error.
  std::string test_sql(const Compiled& test, Host& host) const;

  // The materialization macro of that name, by dbt's search order; nullptr where there is none. Built-in ones are run by run/.
  const resolve::Macro* find_materialization(const std::string& name) const;
  bool is_custom_materialization(const std::string& name) const;
  // Runs a materialization that a project or package wrote. `pre_hooks` and `post_hooks` come from the node's config.
  MaterializationResult run_materialization(const resolve::Macro& macro, const Compiled& model, Host& host) const;

  // run-operation: `name` is "macro" or "package.macro". What return() gave, null where it gave nothing that JSON has.
  Json run_operation(const std::string& name, const Json& args, Host& host) const;

  // The comment that goes before a node's statements, without /* */; empty where there is none. Only projects that ask for
  // query-comment have one; `append` tells that it goes after the statement.
  struct QueryComment {
    std::string text;
    bool append = false;
  };
  QueryComment query_comment(const Node* node, Host& host) const;

  // How a FROM clause reads a source or a model that is not ephemeral.
  std::string from_text(const Node& node) const;

  const resolve::Resolved& project() const { return *project_; }

 private:
  resolve::ResolvedPtr project_;
};

}  // namespace tidemark::compile
