// The template language's entry: an Environment parses texts to immutable Templates; a Render executes them.
//   Environment env;                                     // filters, tests, globals, options
//   TemplatePtr t = env.parse(source);                   // Errors TM2001 …, with spans
//   MapGlobals globals; globals.set("x", 1);
//   std::string text = Render(env, globals).render(*t);
// Environments (once set up) and Templates may be shared by threads; a Render belongs to one.
// Errors: TM2001 syntax, TM2002 undefined, TM2003 type, TM2004 arguments, TM2005 unknown filter or test,
// TM2006 value, TM2007 limit, TM2008 not supported, TM2009 block structure (scan.h).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/source_span.h"
#include "jinja/limits.h"
#include "jinja/object.h"
#include "jinja/value.h"

namespace tidemark::jinja {

struct Ast;
class Interpreter;

// Whitespace options mean what they mean in jinja2; the defaults are its defaults and dbt's.
struct Options {
  bool trim_blocks = false;
  bool lstrip_blocks = false;
  bool keep_trailing_newline = false;
  bool statement_extensions = true;  // do, break, continue
  bool definition_blocks = true;     // materialization, test, data_test, snapshot, docs
};

struct MacroParameter {
  std::string_view name;
  std::string_view annotation;  // as written after ':'; empty where there is none
  bool has_default = false;
  SourceSpan span;  // of the name
  SourceSpan default_span;
};

// A definition at the top level of a template. Views live as long as the template.
struct Definition {
  enum class Kind { kMacro, kMaterialization, kTest, kSnapshot, kDocs };
  Kind kind = Kind::kMacro;
  std::string_view name;
  std::string_view adapter = "default";          // of a materialization
  std::vector<std::string> supported_languages;  // of a materialization; {"sql"} where it says nothing
  std::vector<MacroParameter> parameters;
  SourceSpan span;  // from {% to the end of its end tag's %}
  SourceSpan name_span;
  SourceSpan body;   // between the tags
  size_t index = 0;  // its place in Template::definitions()
};

// A call that stands in a template, seen without running it.
struct StaticCall {
  std::string name;                              // "ref", "dbt_utils.star", "adapter.dispatch"
  std::vector<std::optional<Value>> positional;  // nullopt where not a literal
  std::vector<std::pair<std::string, std::optional<Value>>> keywords;
  bool literal = true;       // all arguments are literals, and no *args or **kwargs
  bool conditional = false;  // inside if, for, a macro, and, or, or an inline if
  SourceSpan span;
  std::vector<SourceSpan> argument_spans;  // positional first
};

class Template : public std::enable_shared_from_this<Template> {
 public:
  explicit Template(std::unique_ptr<const Ast> ast);
  ~Template();
  const SourceTextPtr& source() const;
  const OriginPtr& origin() const;
  const std::vector<Definition>& definitions() const;
  // All calls of names and of attributes of names, in the order of the text.
  std::vector<StaticCall> static_calls() const;
  std::vector<std::string> global_names() const;  // names that are looked up outside of the template
  bool is_plain_text() const;                     // no tags at all
  const Ast& ast() const { return *ast_; }

 private:
  std::unique_ptr<const Ast> ast_;
};
using TemplatePtr = std::shared_ptr<const Template>;

class Environment {
 public:
  explicit Environment(Options options = {});
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // Set-up, before templates are parsed and shared.
  void set_global(std::string name, Value value);
  void set_filter(std::string name, RawFunction filter);  // the value is args[0]
  void set_test(std::string name, RawFunction test);      // the value is args[0]; gives a bool

  // A whole text, or a byte range of it (spans still refer to the whole).
  TemplatePtr parse(SourceTextPtr source, OriginPtr origin = nullptr) const;
  TemplatePtr parse(SourceTextPtr source, size_t offset, size_t length, OriginPtr origin = nullptr) const;
  // Only the blocks of `kinds` at the top level of a text are parsed, all else in it is ignored, as dbt reads macro files.
  TemplatePtr parse_definitions(SourceTextPtr source, std::span<const std::string_view> kinds, OriginPtr origin = nullptr) const;
  // One expression without braces, e.g. "ref('a')"; for Render::evaluate.
  TemplatePtr parse_expression(SourceTextPtr source, OriginPtr origin = nullptr) const;

  const Options& options() const { return options_; }
  const RawFunction* filter(std::string_view name) const;
  const RawFunction* test(std::string_view name) const;
  const Value* global(std::string_view name) const;
  std::vector<std::string> filter_names() const;
  std::vector<std::string> test_names() const;
  std::vector<std::string> global_names() const;

 private:
  struct Tables;
  Options options_;
  std::unique_ptr<Tables> tables_;
};

// The names that one render sees besides the environment's globals (which they hide).
class Globals {
 public:
  virtual ~Globals() = default;
  // `origin` is the tag of the template in which the name stands: the host may search by package. Called often: be quick.
  virtual std::optional<Value> find(std::string_view name, const Origin* origin) = 0;
  virtual std::vector<std::string> names() const { return {}; }  // for "did you mean"
};

class MapGlobals : public Globals {
 public:
  MapGlobals() : values_(make_ref<Dict>()) {}
  explicit MapGlobals(Ref<Dict> values) : values_(std::move(values)) {}
  void set(std::string_view name, Value value) { values_->set(name, std::move(value)); }
  std::optional<Value> find(std::string_view name, const Origin*) override;
  std::vector<std::string> names() const override;

 private:
  Ref<Dict> values_;
};

// How the pieces of a native render become one value. kJinja: jinja2's NativeEnvironment (several pieces are joined and
// read as a literal). kMarked: dbt's (a single piece stays as it is unless marked; constants are text).
enum class NativeRules { kJinja, kMarked };

struct RenderOptions {
  UndefinedKind undefined = UndefinedKind::kDefault;
  Limits limits;
};

// One execution: single-threaded, not reentrant from other threads; host functions may use it from within.
class Render {
 public:
  Render(const Environment& environment, Globals& globals, RenderOptions options = {});
  ~Render();
  Render(const Render&) = delete;
  Render& operator=(const Render&) = delete;

  std::string render(const Template& t);
  Value render_native(const Template& t, NativeRules rules = NativeRules::kMarked);
  Value evaluate(const Template& expression);  // of parse_expression()
  // Calls a function, macro or method value from C++; a caller (as of a call block) goes in keyword "caller".
  Value call(const Value& callee, std::span<const Value> positional = {}, std::span<const Keyword> keywords = {});

  const Environment& environment() const { return environment_; }
  Globals& globals() const { return globals_; }
  const RenderOptions& options() const { return options_; }
  CallContext context();    // for the functions of object.h, where C++ itself calls
  int macro_depth() const;  // macros that are being executed
  Interpreter& interpreter() { return *interpreter_; }

 private:
  const Environment& environment_;
  Globals& globals_;
  RenderOptions options_;
  std::unique_ptr<Interpreter> interpreter_;
};

// A callable of a top-level definition. It sees the globals of the render that calls it and nothing of its template's
// other definitions, as dbt's macros. It gives its text, or what return() was given.
Value make_macro(TemplatePtr t, const Definition& definition);

}  // namespace tidemark::jinja
