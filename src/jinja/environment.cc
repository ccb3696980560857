#include "jinja/environment.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/error.h"
#include "jinja/ast.h"
#include "jinja/builtins.h"
#include "jinja/lexer.h"
#include "jinja/scan.h"
#include "jinja/scope_analysis.h"
#include "jinja/template_parser.h"

namespace tidemark::jinja {

namespace {

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

template <class T>
using Table = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

template <class T>
std::vector<std::string> names_of(const Table<T>& table) {
  std::vector<std::string> names;
  for (const auto& [name, value] : table) names.push_back(name);
  std::sort(names.begin(), names.end());
  return names;
}

template <class T>
const T* find(const Table<T>& table, std::string_view name) {
  const auto found = table.find(name);
  return found == table.end() ? nullptr : &found->second;
}

std::unique_ptr<Ast> new_ast(SourceTextPtr source, OriginPtr origin) {
  if (source->text.size() > std::numeric_limits<int32_t>::max()) throw Error("TM2007", fmt::format("{} is larger than 2 GiB", source->name));
  auto ast = std::make_unique<Ast>();
  ast->source = std::move(source);
  ast->origin = std::move(origin);
  return ast;
}

}  // namespace

struct Environment::Tables {
  Table<RawFunction> filters;
  Table<RawFunction> tests;
  Table<Value> globals;
};

Environment::Environment(Options options) : options_(options), tables_(std::make_unique<Tables>()) {
  for (const auto filters : {text_filters(), number_filters(), sequence_filters(), selection_filters(), html_filters()}) {
    for (const Builtin& filter : filters) tables_->filters.emplace(filter.name, filter.function);
  }
  for (const Builtin& test : builtin_tests()) tables_->tests.emplace(test.name, test.function);
  add_builtin_globals(*this);
}

Environment::~Environment() = default;

void Environment::set_global(std::string name, Value value) { tables_->globals.insert_or_assign(std::move(name), std::move(value)); }
void Environment::set_filter(std::string name, RawFunction filter) { tables_->filters.insert_or_assign(std::move(name), std::move(filter)); }
void Environment::set_test(std::string name, RawFunction test) { tables_->tests.insert_or_assign(std::move(name), std::move(test)); }
const RawFunction* Environment::filter(std::string_view name) const { return find(tables_->filters, name); }
const RawFunction* Environment::test(std::string_view name) const { return find(tables_->tests, name); }
const Value* Environment::global(std::string_view name) const { return find(tables_->globals, name); }
std::vector<std::string> Environment::filter_names() const { return names_of(tables_->filters); }
std::vector<std::string> Environment::test_names() const { return names_of(tables_->tests); }
std::vector<std::string> Environment::global_names() const { return names_of(tables_->globals); }

TemplatePtr Environment::parse(SourceTextPtr source, OriginPtr origin) const {
  const size_t size = source->text.size();
  return parse(std::move(source), 0, size, std::move(origin));
}

TemplatePtr Environment::parse(SourceTextPtr source, size_t offset, size_t length, OriginPtr origin) const {
  std::unique_ptr<Ast> ast = new_ast(std::move(source), std::move(origin));
  TemplateParser parser(*this, *ast, tokenize(*ast, offset, offset + length, options_));
  ast->body = parser.parse();
  analyze_scopes(*ast);
  return std::make_shared<Template>(std::move(ast));
}

TemplatePtr Environment::parse_definitions(SourceTextPtr source, std::span<const std::string_view> kinds, OriginPtr origin) const {
  std::unique_ptr<Ast> ast = new_ast(std::move(source), std::move(origin));
  std::vector<Statement*> statements;
  for (const TextBlock& block : scan_blocks(ast->source, kinds)) {
    TemplateParser parser(*this, *ast, tokenize(*ast, block.span.offset, block.span.offset + block.span.length, options_));
    for (Statement* s : parser.parse()) {
      if (s->kind == StatementKind::kMacro) statements.push_back(s);
    }
  }
  auto* stored = static_cast<Statement**>(ast->arena.allocate(sizeof(Statement*) * (statements.size() + 1), alignof(Statement*)));
  std::copy(statements.begin(), statements.end(), stored);
  ast->body = {stored, statements.size()};
  ast->detached = true;
  analyze_scopes(*ast);
  return std::make_shared<Template>(std::move(ast));
}

TemplatePtr Environment::parse_expression(SourceTextPtr source, OriginPtr origin) const {
  std::unique_ptr<Ast> ast = new_ast(std::move(source), std::move(origin));
  TemplateParser parser(*this, *ast, tokenize_expression(*ast, 0, ast->source->text.size(), options_));
  ast->expression = parser.tuple();
  parser.expect_end();
  analyze_scopes(*ast);
  return std::make_shared<Template>(std::move(ast));
}

Template::Template(std::unique_ptr<const Ast> ast) : ast_(std::move(ast)) {}
Template::~Template() = default;
const SourceTextPtr& Template::source() const { return ast_->source; }
const OriginPtr& Template::origin() const { return ast_->origin; }
const std::vector<Definition>& Template::definitions() const { return ast_->definitions; }

bool Template::is_plain_text() const {
  const auto is_data = [](const Expr* e) { return e->kind == ExprKind::kData; };
  return std::all_of(ast_->body.begin(), ast_->body.end(), [&](const Statement* s) {
    if (s->kind != StatementKind::kOutput) return false;
    const ExprList items = static_cast<const OutputStatement*>(s)->items;
    return std::all_of(items.begin(), items.end(), is_data);
  });
}

std::optional<Value> MapGlobals::find(std::string_view name, const Origin*) {
  const Value* v = values_->find(name);
  return v == nullptr ? std::nullopt : std::optional<Value>(*v);
}

std::vector<std::string> MapGlobals::names() const {
  std::vector<std::string> names;
  for (const Dict::Entry& entry : values_->entries()) {
    if (entry.live && entry.key.is_string()) names.push_back(entry.key.as_string());
  }
  return names;
}

}  // namespace tidemark::jinja
