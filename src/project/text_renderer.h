// Jinja in YAML: {{ env_var('X', 'd') }}, {{ var('x') }} and {{ target.name }} in dbt_project.yml, profiles.yml and
// property files. A text that is one expression gives its value with its type, as in dbt.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/json_fwd.h"
#include "base/source_span.h"
#include "project/yaml.h"

namespace tidemark::project {

struct RenderFacts {
  Json cli_vars;                           // what --vars says
  std::map<std::string, std::string> env;  // of the process
  Json project_vars;                       // of dbt_project.yml, where known already
  Json target;                             // null: templates have no target (profiles.yml, dbt_project.yml)
};

class TextRenderer {
 public:
  explicit TextRenderer(RenderFacts facts);
  ~TextRenderer();
  TextRenderer(TextRenderer&&) noexcept;

  // Texts without template syntax come back as they are.
  Json render(const std::string& text, const SourceSpan& span) const;
  // A whole value; `skip(path)` tells which keys, from the top down, are left as they are.
  using Path = std::vector<std::string>;
  Json render(const Yaml& value, const std::function<bool(const Path&)>& skip = nullptr) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The environment of this process.
std::map<std::string, std::string> process_environment();

}  // namespace tidemark::project
