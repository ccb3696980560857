// Tokens to statements.
#pragma once
#include <initializer_list>
#include <string_view>
#include <vector>

#include "jinja/expression_parser.h"

namespace tidemark::jinja {

class TemplateParser : public ExpressionParser {
 public:
  using ExpressionParser::ExpressionParser;
  Body parse();

 private:
  using EndTags = std::initializer_list<std::string_view>;
  struct Tag {
    std::string_view name;
    size_t begin = 0;  // of its {%
    size_t name_offset = 0;
  };

  // Statements up to one of `ends`, whose name is the current token then. With `opened` null: to the end of the text.
  Body body(EndTags ends, const Tag* opened);
  // The same behind the opening tag, which ends here.
  Body block(EndTags ends, const Tag& opened);
  bool at_end_tag(EndTags ends) const;
  Statement* statement(const Tag& tag);
  Statement* if_statement(const Tag& tag);
  Statement* for_statement(const Tag& tag);
  Statement* set_statement(const Tag& tag);
  Statement* macro_statement(const Tag& tag);
  Statement* materialization(const Tag& tag);
  Statement* definition_block(const Tag& tag, Definition::Kind kind, bool with_signature);
  Statement* call_block(const Tag& tag);
  Statement* filter_block(const Tag& tag);
  Statement* with_statement(const Tag& tag);
  Statement* print_statement();
  Statement* do_statement();
  Statement* loop_control(const Tag& tag);

  MacroNode* make_macro_node(const Tag& tag, std::string_view name);
  void signature(MacroNode& macro, std::vector<MacroParameter>* described);
  std::string_view annotation();
  void materialization_options(MacroNode& macro, Definition& definition);
  // The body up to its end tag, and the entry in the template's definitions where it stands at the top level.
  void finish_definition(const Tag& tag, MacroNode& macro, Definition definition, std::string_view end);
  [[noreturn]] void unknown_tag(const Token& name, EndTags ends, const Tag* opened) const;
  [[noreturn]] void never_closed(const Tag& opened, EndTags ends) const;
  SourceSpan between(size_t begin, size_t end) const;

  int nesting_ = 0;
  int loops_ = 0;             // for blocks around here, within the innermost macro
  size_t end_tag_begin_ = 0;  // of the end tag that body() stopped at
};

}  // namespace tidemark::jinja
