#include "project/text_renderer.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/json.h"
#include "jinja/environment.h"
#include "jinja/json.h"
#include "jinja/object.h"
#include "jinja/scan.h"

namespace tidemark::project {

namespace {

using jinja::Bound;
using jinja::CallContext;
using jinja::Value;

Value env_var(const RenderFacts& facts, CallContext& context, const Bound& args) {
  const std::string name(args[0].as_string());
  const auto found = facts.env.find(name);
  if (found != facts.env.end()) return Value(found->second);
  if (args.given(1)) return args[1];
  throw Error("TM1010", fmt::format("env var required but not provided: '{}'", name))
      .at(context.span())
      .hint(fmt::format("set it, or give a default: env_var('{}', 'default')", name));
}

Value var(const RenderFacts& facts, CallContext& context, const Bound& args) {
  const std::string name(args[0].as_string());
  for (const Json* vars : {&facts.cli_vars, &facts.project_vars}) {
    if (vars->is_object() && vars->contains(name)) return jinja::from_json((*vars)[name]);
  }
  if (args.given(1)) return args[1];
  throw Error("TM1011", fmt::format("required var '{}' is not set", name))
      .at(context.span())
      .hint(fmt::format("--vars '{{{}: …}}', vars: in dbt_project.yml, or a default: var('{}', …)", name, name));
}

}  // namespace

struct TextRenderer::State {
  RenderFacts facts;
  jinja::Environment environment;
  jinja::MapGlobals globals;
};

TextRenderer::TextRenderer(RenderFacts facts) : state_(std::make_unique<State>()) {
  state_->facts = std::move(facts);
  const RenderFacts& known = state_->facts;
  state_->globals.set("env_var", jinja::make_function("env_var", "name, default=none",
                                                      [&known](CallContext& context, const Bound& args) { return env_var(known, context, args); }));
  state_->globals.set(
      "var", jinja::make_function("var", "name, default=none", [&known](CallContext& context, const Bound& args) { return var(known, context, args); }));
  if (!known.target.is_null()) state_->globals.set("target", jinja::from_json(known.target));
}

TextRenderer::~TextRenderer() = default;
TextRenderer::TextRenderer(TextRenderer&&) noexcept = default;

Json TextRenderer::render(const std::string& text, const SourceSpan& span) const {
  if (!jinja::has_template_syntax(text)) return text;
  // Where the value stands in the file as it is (not folded, not escaped), errors point into the file.
  const bool in_file = span.source && span.source->text.compare(span.offset, text.size(), text) == 0;
  const bool quoted = span.source && !in_file && span.source->text.compare(span.offset + 1, text.size(), text) == 0;
  const SourceTextPtr own = span.source && !in_file && !quoted ? make_source(span.source->name, text) : nullptr;
  const jinja::TemplatePtr parsed = own || !span.source ? state_->environment.parse(own ? own : make_source("<yaml>", text))
                                                        : state_->environment.parse(span.source, span.offset + (quoted ? 1 : 0), text.size());
  return jinja::to_json(jinja::Render(state_->environment, state_->globals).render_native(*parsed, jinja::NativeRules::kJinja));
}

Json TextRenderer::render(const Yaml& value, const std::function<bool(const Path&)>& skip) const {
  Path path;
  const std::function<Json(const Yaml&)> visit = [&](const Yaml& item) -> Json {
    if (skip && skip(path)) return item.to_json();
    if (item.is_string()) return render(item.as_string(), item.span());
    if (item.is_list()) {
      Json out = Json::array();
      for (const Yaml& element : item.items()) out.push_back(visit(element));
      return out;
    }
    if (item.is_map()) {
      Json out = Json::object();
      for (const auto& [key, element] : item.entries()) {
        path.push_back(key.scalar_text());
        out[key.scalar_text()] = visit(element);
        path.pop_back();
      }
      return out;
    }
    return item.to_json();
  };
  return visit(value);
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

}  // namespace tidemark::project
