#include "jinja/template_parser.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/error.h"

namespace tidemark::jinja {

namespace {

constexpr int kMaxNesting = 150;  // blocks within blocks

const std::vector<std::string>& tag_names() {
  static const std::vector<std::string> names = {"if",
                                                 "elif",
                                                 "else",
                                                 "endif",
                                                 "for",
                                                 "endfor",
                                                 "set",
                                                 "endset",
                                                 "macro",
                                                 "endmacro",
                                                 "call",
                                                 "endcall",
                                                 "filter",
                                                 "endfilter",
                                                 "with",
                                                 "endwith",
                                                 "raw",
                                                 "endraw",
                                                 "print",
                                                 "do",
                                                 "break",
                                                 "continue",
                                                 "materialization",
                                                 "test",
                                                 "snapshot",
                                                 "docs",
                                                 "endtest",
                                                 "enddocs",
                                                 "endsnapshot",
                                                 "endmaterialization"};
  return names;
}

}  // namespace

SourceSpan TemplateParser::between(size_t begin, size_t end) const {
  return {const_cast<TemplateParser*>(this)->ast().source, begin, end > begin ? end - begin : 0};
}

Body TemplateParser::parse() { return body({}, nullptr); }

bool TemplateParser::at_end_tag(EndTags ends) const { return now().kind == TokenKind::kName && std::find(ends.begin(), ends.end(), now().text) != ends.end(); }

Body TemplateParser::body(EndTags ends, const Tag* opened) {
  if (++nesting_ > kMaxNesting) fail(fmt::format("blocks are nested more than {} levels deep", kMaxNesting), now());
  std::vector<Statement*> statements;
  std::vector<Expr*> output;
  const auto flush = [&] {
    if (output.empty()) return;
    auto* made = make_statement<OutputStatement>(StatementKind::kOutput, output.front()->offset);
    made->items = store(output);
    statements.push_back(made);
    output.clear();
  };
  while (now().kind != TokenKind::kEnd) {
    const Token& token = take();
    if (token.kind == TokenKind::kData) {
      auto* data = make<DataExpr>(ExprKind::kData, token.offset);
      data->text = token.text;
      data->constant = true;
      output.push_back(data);
    } else if (token.kind == TokenKind::kVariableBegin) {
      output.push_back(tuple());
      expect(TokenKind::kVariableEnd, "'}}'");
    } else {
      flush();
      end_tag_begin_ = token.offset;
      if (at_end_tag(ends)) {
        --nesting_;
        return store(statements);
      }
      const Tag tag{now().text, token.offset, now().offset};
      if (now().kind != TokenKind::kName) fail(fmt::format("expected the name of a tag, got {}", describe(now())), now());
      Statement* made = statement(tag);
      if (made == nullptr) unknown_tag(now(), ends, opened);
      statements.push_back(made);
      expect(TokenKind::kBlockEnd, "'%}'");
    }
  }
  flush();
  --nesting_;
  if (opened != nullptr) never_closed(*opened, ends);
  return store(statements);
}

Body TemplateParser::block(EndTags ends, const Tag& opened) {
  take_operator(":");
  expect(TokenKind::kBlockEnd, "'%}'");
  return body(ends, &opened);
}

void TemplateParser::never_closed(const Tag& opened, EndTags ends) const {
  fail(fmt::format("'{}' is never closed: expected '{}'", opened.name, *(ends.end() - 1)), opened.name_offset, opened.name_offset + opened.name.size());
}

void TemplateParser::unknown_tag(const Token& name, EndTags ends, const Tag* opened) const {
  const std::vector<std::string>& known = tag_names();
  if (std::find(known.begin(), known.end(), name.text) != known.end()) {
    if (opened == nullptr) fail(fmt::format("unexpected tag '{}': nothing is open that it could belong to", name.text), name);
    const LineColumn at = between(opened->name_offset, opened->name_offset).start();
    fail(fmt::format("unexpected tag '{}': '{}' of line {} is open, expected '{}'", name.text, opened->name, at.line, *(ends.end() - 1)), name);
  }
  const std::string near = nearest_name(name.text, known);
  fail(fmt::format("unknown tag '{}'", name.text), name, near.empty() ? "" : fmt::format("did you mean '{}'?", near));
}

Statement* TemplateParser::statement(const Tag& tag) {
  const std::string_view name = tag.name;
  const Options& options = environment().options();
  if (name == "if") return if_statement(tag);
  if (name == "for") return for_statement(tag);
  if (name == "set") return set_statement(tag);
  if (name == "macro") return macro_statement(tag);
  if (name == "call") return call_block(tag);
  if (name == "filter") return filter_block(tag);
  if (name == "with") return with_statement(tag);
  if (name == "print") return print_statement();
  if (options.statement_extensions) {
    if (name == "do") return do_statement();
    if (name == "break" || name == "continue") return loop_control(tag);
  }
  if (options.definition_blocks) {
    if (name == "materialization") return materialization(tag);
    if (name == "test" || name == "data_test") return definition_block(tag, Definition::Kind::kTest, true);
    if (name == "docs") return definition_block(tag, Definition::Kind::kDocs, false);
    if (name == "snapshot") return definition_block(tag, Definition::Kind::kSnapshot, false);
  }
  for (const std::string_view other : {"include", "import", "from", "extends", "block", "autoescape", "trans"}) {
    if (name != other) continue;
    Error error("TM2008", fmt::format("the tag '{}' is not supported", name));
    error.at(between(tag.name_offset, tag.name_offset + name.size()));
    throw error.hint("macros of the project and its packages are available by their names, without import");
  }
  return nullptr;
}

Statement* TemplateParser::if_statement(const Tag& tag) {
  take();
  std::vector<IfBranch> branches;
  const bool soft = std::exchange(soft_, true);
  while (true) {
    Expr* condition = tuple(false);
    const Body then = block({"elif", "else", "endif"}, tag);
    branches.push_back({condition, then});
    if (!take_word("elif")) break;
  }
  if (take_word("else")) branches.push_back({nullptr, block({"endif"}, tag)});
  take_word("endif");
  soft_ = soft;
  auto* made = make_statement<IfStatement>(StatementKind::kIf, tag.begin);
  made->branches = store(branches);
  return made;
}

Statement* TemplateParser::for_statement(const Tag& tag) {
  take();
  auto* made = make_statement<ForStatement>(StatementKind::kFor, tag.begin);
  const bool soft = std::exchange(soft_, false);
  made->target = assign_target("in", false);
  if (!take_word("in")) fail(fmt::format("expected 'in', got {}", describe(now())), now());
  made->iterable = tuple(false, false, "recursive");
  if (take_word("if")) made->test = expression();
  made->recursive = take_word("recursive");
  ++loops_;
  made->body = block({"else", "endfor"}, tag);
  --loops_;
  if (take_word("else")) {
    made->has_else = true;
    made->otherwise = block({"endfor"}, tag);
  }
  take_word("endfor");
  soft_ = soft;
  return made;
}

Statement* TemplateParser::set_statement(const Tag& tag) {
  take();
  Expr* target = assign_target("", true);
  if (take_operator("=")) {
    Expr* value = tuple();
    auto* made = make_statement<SetStatement>(StatementKind::kSet, tag.begin);
    made->target = target;
    made->value = value;
    return made;
  }
  auto* made = make_statement<SetBlockStatement>(StatementKind::kSetBlock, tag.begin);
  made->target = target;
  made->filter = filters_of_block(false);
  const bool soft = std::exchange(soft_, false);
  made->body = block({"endset"}, tag);
  soft_ = soft;
  take();
  return made;
}

Statement* TemplateParser::call_block(const Tag& tag) {
  take();
  MacroNode* caller = make_macro_node(tag, "caller");
  caller->is_caller = true;
  if (is_operator("(")) signature(*caller, nullptr);
  const Token& start = now();
  Expr* call = expression();
  if (call->kind != ExprKind::kCall) fail("expected a call", start);
  const bool soft = std::exchange(soft_, false);
  const int loops = std::exchange(loops_, 0);
  caller->body = block({"endcall"}, tag);
  loops_ = loops;
  soft_ = soft;
  take();
  auto* made = make_statement<CallBlockStatement>(StatementKind::kCallBlock, tag.begin);
  made->caller = caller;
  made->call = static_cast<CallExpr*>(call);
  return made;
}

Statement* TemplateParser::filter_block(const Tag& tag) {
  take();
  const bool soft = std::exchange(soft_, false);
  auto* made = make_statement<FilterBlockStatement>(StatementKind::kFilterBlock, tag.begin);
  made->filter = filters_of_block(true);
  made->body = block({"endfilter"}, tag);
  soft_ = soft;
  take();
  return made;
}

Statement* TemplateParser::with_statement(const Tag& tag) {
  take();
  std::vector<Expr*> targets;
  std::vector<Expr*> values;
  while (now().kind != TokenKind::kBlockEnd) {
    if (!targets.empty()) expect_operator(",");
    targets.push_back(assign_target("", false));
    expect_operator("=");
    values.push_back(expression());
  }
  auto* made = make_statement<WithStatement>(StatementKind::kWith, tag.begin);
  made->targets = store(targets);
  made->values = store(values);
  const bool soft = std::exchange(soft_, false);
  made->body = block({"endwith"}, tag);
  soft_ = soft;
  take();
  return made;
}

Statement* TemplateParser::print_statement() {
  const size_t begin = take().offset;
  std::vector<Expr*> items;
  while (now().kind != TokenKind::kBlockEnd) {
    if (!items.empty()) expect_operator(",");
    items.push_back(expression());
  }
  auto* made = make_statement<OutputStatement>(StatementKind::kOutput, begin);
  made->items = store(items);
  return made;
}

Statement* TemplateParser::do_statement() {
  const size_t begin = take().offset;
  Expr* value = tuple();
  auto* made = make_statement<DoStatement>(StatementKind::kDo, begin);
  made->value = value;
  return made;
}

Statement* TemplateParser::loop_control(const Tag& tag) {
  const Token& token = take();
  if (loops_ == 0) fail(fmt::format("'{}' outside of a loop", tag.name), token);
  return make_statement<Statement>(tag.name == "break" ? StatementKind::kBreak : StatementKind::kContinue, token.offset);
}

}  // namespace tidemark::jinja
