// All macros of a project, its packages and the built-in ones, and how a template finds one by name.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "jinja/environment.h"
#include "manifest/node.h"

namespace tidemark::resolve {

// The tag on every template: whose text it is.
struct TemplateOrigin : jinja::Origin {
  TemplateOrigin(std::string package_, std::string path_, bool is_macro_) : package(std::move(package_)), path(std::move(path_)), is_macro(is_macro_) {}
  std::string package;
  std::string path;  // relative to the package's root
  bool is_macro;     // else a node's own text
};

struct Macro {
  MacroInfo info;
  jinja::Value callable;
  jinja::Definition::Kind kind = jinja::Definition::Kind::kMacro;
  std::string materialization;  // its name, of materializations: "incremental"
  std::string adapter;          // of materializations: "default", "duckdb"
  std::vector<std::string> parameters;
  std::vector<bool> parameter_has_default;
  jinja::TemplatePtr text;
  size_t definition = 0;  // its place in text->definitions()
  SourceSpan span;        // of the whole block
};

// Built-in packages, which every template sees as if they were its own: "dbt" is their common name.
inline constexpr std::string_view kBuiltInPackage = "dbt";

class MacroRegistry {
 public:
  MacroRegistry(const jinja::Environment& environment, std::string root_package);

  // Reads one macro file (macros, materializations, and where `tests` generic tests). Faults go to `errors`, the rest is kept.
  void add_file(const std::string& package, const std::string& path, SourceTextPtr source, ErrorSink& errors);
  // Ends the set-up: resolves depends_on_macros, builds look-up tables.
  void finish(const std::vector<std::string>& dispatch_prefixes, const std::map<std::string, std::vector<std::string>>& dispatch_orders);

  // As a template of `package` sees `name`: its package's macros, the root project's, the built-in ones.
  const Macro* find(std::string_view package, std::string_view name) const;
  const Macro* find_in(std::string_view package, std::string_view name) const;  // only there
  const Macro* find_id(std::string_view unique_id) const;
  bool has_package(std::string_view package) const;
  std::vector<std::string> packages() const;

  // adapter.dispatch(name, space) from a template of `package`; nullptr, with the names tried, where there is none.
  const Macro* dispatch(std::string_view package, std::string_view name, const std::optional<std::string>& space, std::vector<std::string>& tried) const;

  // dbt's rule for generate_<component>_name: the node's package, if it is not the root and has one; the root's; the built-in one.
  const Macro* find_generate_macro(std::string_view package, std::string_view name) const;
  // Root project, then packages, then built-in; for the adapter's prefixes, then "default".
  const Macro* find_materialization(std::string_view name) const;
  bool materialization_is_built_in(const Macro& macro) const { return macro.info.package_name == kBuiltInPackage; }
  // The macro behind a generic test as YAML names it ("unique", "dbt_utils.at_least_one"), seen from `package`.
  const Macro* find_test(std::string_view package, const std::optional<std::string>& space, std::string_view name) const;

  const std::map<std::string, std::unique_ptr<Macro>, std::less<>>& macros() const { return by_id_; }
  std::vector<std::string> names_seen_from(std::string_view package) const;
  const std::string& root_package() const { return root_; }
  const std::vector<std::string>& prefixes() const { return prefixes_; }  // with "default" at the end

  // Unique ids of the macros that a text of `package` calls, seen without running it; first use first.
  std::vector<std::string> called_macros(const jinja::Template& text, std::string_view package) const;

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  template <class T>
  using Table = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

  void add_definition(const std::string& package, const std::string& path, const jinja::TemplatePtr& text, const jinja::Definition& definition,
                      ErrorSink& errors);
  std::vector<std::string> calls_of(const Macro& macro) const;
  void follow_call(const jinja::StaticCall& call, std::string_view package, std::vector<std::string>& out) const;

  const jinja::Environment& environment_;
  std::string root_;
  std::map<std::string, std::unique_ptr<Macro>, std::less<>> by_id_;
  Table<Table<const Macro*>> by_package_;
  std::vector<std::string> prefixes_;
  std::map<std::string, std::vector<std::string>, std::less<>> dispatch_orders_;
};

}  // namespace tidemark::resolve
