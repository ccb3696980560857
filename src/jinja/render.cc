#include <fmt/format.h>

#include "base/error.h"
#include "jinja/environment.h"
#include "jinja/fail.h"
#include "jinja/interpreter.h"

namespace tidemark::jinja {

Render::Render(const Environment& environment, Globals& globals, RenderOptions options)
    : environment_(environment), globals_(globals), options_(options), interpreter_(std::make_unique<Interpreter>(*this, options.limits)) {}

Render::~Render() = default;

std::string Render::render(const Template& t) { return interpreter_->render(t.ast()); }
Value Render::evaluate(const Template& expression) { return interpreter_->evaluate(expression.ast()); }

Value Render::call(const Value& callee, std::span<const Value> positional, std::span<const Keyword> keywords) {
  return interpreter_->call(callee, positional, keywords);
}

CallContext Render::context() { return {*this, nullptr}; }
int Render::macro_depth() const { return interpreter_->macro_depth(); }

namespace {

// As jinja2's NativeEnvironment.
Value joined_literal(const std::vector<Value>& pieces) {
  if (pieces.empty()) return nullptr;
  if (pieces.size() == 1 && !pieces[0].is_string()) return pieces[0];
  std::string text;
  for (const Value& piece : pieces) text += to_text(piece);
  if (text.starts_with(' ') || text.starts_with('\t')) return text;  // Python takes that for an indentation error
  auto literal = literal_eval(text);
  return literal ? *std::move(literal) : Value(std::move(text));
}

// As dbt's native rendering.
Value marked_value(const std::vector<Value>& pieces) {
  if (pieces.empty()) return "";
  if (pieces.size() > 1) {
    std::string text;
    for (const Value& piece : pieces) text += to_text(piece);
    return text;
  }
  const Value& piece = pieces[0];
  if (!piece.is_string() || piece.mark() == Mark::kPlain || piece.mark() == Mark::kMarkup || piece.mark() == Mark::kText) {
    return piece.is_string() ? Value(piece.as_string()) : piece;
  }
  auto literal = literal_eval(piece.as_string());
  Value result = literal ? *std::move(literal) : Value(piece.as_string());
  if (piece.mark() == Mark::kBool && !result.is_bool()) value_error(fmt::format("could not convert value '{}' into type 'bool'", piece.as_string()));
  if (piece.mark() == Mark::kNumber && (!result.is_number() || result.is_bool())) {
    value_error(fmt::format("could not convert value '{}' into type 'number'", piece.as_string()));
  }
  return result;
}

}  // namespace

Value Render::render_native(const Template& t, NativeRules rules) {
  const std::vector<Value> pieces = interpreter_->render_pieces(t.ast());
  try {
    return rules == NativeRules::kJinja ? joined_literal(pieces) : marked_value(pieces);
  } catch (Error& error) {
    if (error.spans().empty()) error.at({t.source(), 0, t.source()->text.size()});
    throw;
  }
}

}  // namespace tidemark::jinja
