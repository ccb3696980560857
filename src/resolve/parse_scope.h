// The context of the parse phase: nothing is looked up or run; ref(), source(), config() and macros are noted.
#pragma once
#include <string>
#include <vector>

#include "project/config_tree.h"
#include "resolve/scope.h"

namespace tidemark::resolve {

// What rendering a node's texts while parsing told.
struct Findings {
  std::vector<RefArgs> refs;
  std::vector<SourceSpan> ref_spans;  // of the calls, by ref
  std::vector<SourceArgs> sources;
  std::vector<SourceSpan> source_spans;
  std::vector<std::string> macros;   // unique ids of macros that the node's own text calls
  project::ConfigMerge config_call;  // all config() calls together
};

// doc() by name; shared by all scopes of a project.
using DocTable = std::map<std::string, DocBlock>;
const DocBlock& find_doc(const DocTable& docs, const std::optional<std::string>& target, const std::string& name, const std::string& root,
                         const std::string& package);

class ParseScope : public Scope {
 public:
  // `node` may be nullptr: macros alone. It gives {{ this }} and {{ model }}.
  ParseScope(const SharedContext& shared, std::string package, const Node* node, const DocTable& docs);

  Findings findings;
  std::vector<std::string> used_docs;  // unique ids that doc() gave

  std::optional<jinja::Value> find(std::string_view name, const jinja::Origin* origin) override;
  bool execute() const override { return false; }
  const Node* node() const override { return node_; }
  jinja::Value ref(jinja::CallContext& context, const RefArgs& args) override;
  jinja::Value source(jinja::CallContext& context, const SourceArgs& args) override;
  jinja::Value configure(jinja::CallContext& context, const jinja::Dict& values) override;
  // As in dbt: nothing is configured yet, and asking gives an empty text.
  std::optional<jinja::Value> config_value(std::string_view) override { return jinja::Value(""); }
  jinja::Value adapter_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) override;
  jinja::Value tidemark_call(jinja::CallContext& context, std::string_view name, const jinja::Args& args) override;
  jinja::Value doc(const std::optional<std::string>& package, const std::string& name) override;
  void macro_used(const Macro& macro) override;

 private:
  jinja::Value this_relation() const;
  const Node* node_;
  const DocTable& docs_;
};

// JSON of a template's value; relations and other objects become their text.
Json config_json(const jinja::Value& value);

// Undefined things are passed over while parsing, as dbt does: a template may rely on what only a run knows.
jinja::RenderOptions parse_options();

}  // namespace tidemark::resolve
