// Macros and the blocks that define things: materialization, test, docs, snapshot.
#include <fmt/format.h>

#include "base/error.h"
#include "jinja/template_parser.h"

namespace tidemark::jinja {

MacroNode* TemplateParser::make_macro_node(const Tag& tag, std::string_view name) {
  auto* macro = new (ast().arena.allocate(sizeof(MacroNode), alignof(MacroNode))) MacroNode{};
  macro->name = name;
  macro->offset = static_cast<uint32_t>(tag.begin);
  return macro;
}

// Types as dbt allows them: string, list[int], dict[str, list[int]].
std::string_view TemplateParser::annotation() {
  const size_t begin = now().offset;
  int nesting = 0;
  const auto type_name = [&](const auto& self) -> void {
    if (++nesting > 50) fail("a type is nested too deeply", now());
    expect(TokenKind::kName, "the name of a type");
    if (take_operator("[")) {
      bool first = true;
      while (!is_operator("]")) {
        if (!first) expect_operator(",");
        first = false;
        self(self);
      }
      take();
    }
    --nesting;
  };
  type_name(type_name);
  return std::string_view(ast().source->text).substr(begin, end_of_last() - begin);
}

void TemplateParser::signature(MacroNode& macro, std::vector<MacroParameter>* described) {
  std::vector<NameExpr*> parameters;
  std::vector<Expr*> defaults;
  expect_operator("(");
  while (!is_operator(")")) {
    if (!parameters.empty()) expect_operator(",");
    NameExpr* parameter = name_target();
    for (const NameExpr* other : parameters) {
      if (other->name == parameter->name)
        fail(fmt::format("parameter '{}' is declared twice", other->name), parameter->offset, parameter->offset + parameter->length);
    }
    parameters.push_back(parameter);
    MacroParameter description;
    description.name = parameter->name;
    description.span = between(parameter->offset, parameter->offset + parameter->length);
    if (!macro.is_caller && take_operator(":")) description.annotation = annotation();
    if (take_operator("=")) {
      const size_t begin = now().offset;
      defaults.push_back(expression());
      description.has_default = true;
      description.default_span = between(begin, end_of_last());
    } else if (!defaults.empty()) {
      fail("a parameter without default follows one with a default", parameter->offset, parameter->offset + parameter->length);
    }
    if (described != nullptr) described->push_back(std::move(description));
  }
  take();
  macro.parameters = store(parameters);
  macro.defaults = store(defaults);
}

void TemplateParser::finish_definition(const Tag& tag, MacroNode& macro, Definition definition, std::string_view end) {
  macro.length = static_cast<uint32_t>(now().offset + now().length - tag.begin);
  const size_t body_begin = now().offset + now().length;
  const bool soft = std::exchange(soft_, false);
  const int loops = std::exchange(loops_, 0);
  macro.body = block({end}, tag);
  loops_ = loops;
  soft_ = soft;
  const size_t body_end = end_tag_begin_;
  take();
  if (nesting_ > 1) return;
  definition.body = between(body_begin, body_end);
  definition.span = between(tag.begin, now().offset + now().length);
  definition.index = ast().definitions.size();
  ast().definitions.push_back(std::move(definition));
  ast().macros.push_back(&macro);
}

Statement* TemplateParser::macro_statement(const Tag& tag) {
  take();
  NameExpr* name = name_target();
  MacroNode* macro = make_macro_node(tag, name->name);
  Definition definition;
  definition.name = name->name;
  definition.name_span = between(name->offset, name->offset + name->length);
  signature(*macro, &definition.parameters);
  finish_definition(tag, *macro, std::move(definition), "endmacro");
  auto* made = make_statement<MacroStatement>(StatementKind::kMacro, tag.begin);
  made->macro = macro;
  made->target = name;
  return made;
}

Statement* TemplateParser::definition_block(const Tag& tag, Definition::Kind kind, bool with_signature) {
  take();
  NameExpr* name = name_target();
  MacroNode* macro = make_macro_node(tag, name->name);
  macro->kind = kind;
  Definition definition;
  definition.kind = kind;
  definition.name = name->name;
  definition.name_span = between(name->offset, name->offset + name->length);
  if (with_signature) signature(*macro, &definition.parameters);
  const std::string_view end =
      kind == Definition::Kind::kDocs ? "enddocs" : (kind == Definition::Kind::kSnapshot ? "endsnapshot" : (tag.name == "test" ? "endtest" : "enddata_test"));
  finish_definition(tag, *macro, std::move(definition), end);
  auto* made = make_statement<MacroStatement>(StatementKind::kMacro, tag.begin);
  made->macro = macro;
  made->target = nullptr;
  return made;
}

void TemplateParser::materialization_options(MacroNode& macro, Definition& definition) {
  definition.supported_languages = {"sql"};
  NameExpr* languages = nullptr;
  Expr* listed = nullptr;
  while (take_operator(",")) {
    NameExpr* option = name_target();
    if (option->name == "default") continue;
    if (option->name != "adapter" && option->name != "supported_languages") {
      fail(fmt::format("a materialization has no option '{}'", option->name), option->offset, option->offset + option->length,
           "options are default, adapter='name' and supported_languages=[…]");
    }
    expect_operator("=");
    const Token& start = now();
    Expr* value = expression();
    if (option->name == "adapter") {
      const auto* name = value->kind == ExprKind::kConst ? static_cast<const ConstExpr*>(value)->value : nullptr;
      if (name == nullptr || !name->is_string()) fail("the adapter of a materialization must be a string literal", start);
      definition.adapter = name->as_string();
      continue;
    }
    languages = option;
    listed = value;
    definition.supported_languages.clear();
    if (value->kind != ExprKind::kList) fail("supported_languages must be a list of string literals", start);
    for (const Expr* item : static_cast<const ListExpr*>(value)->items) {
      const auto* language = item->kind == ExprKind::kConst ? static_cast<const ConstExpr*>(item)->value : nullptr;
      if (language == nullptr || !language->is_string()) fail("supported_languages must be a list of string literals", start);
      definition.supported_languages.push_back(language->as_string());
    }
  }
  if (languages == nullptr) {
    languages = make<NameExpr>(ExprKind::kName, definition.name_span.offset);
    languages->name = "supported_languages";
    auto* sql = make<ConstExpr>(ExprKind::kConst, definition.name_span.offset);
    sql->value = &ast().constants.emplace_back("sql");
    auto* list = make<ListExpr>(ExprKind::kList, definition.name_span.offset);
    list->items = store(std::vector<Expr*>{sql});
    listed = list;
  }
  macro.parameters = store(std::vector<NameExpr*>{languages});
  macro.defaults = store(std::vector<Expr*>{listed});
}

Statement* TemplateParser::materialization(const Tag& tag) {
  take();
  NameExpr* name = name_target();
  MacroNode* macro = make_macro_node(tag, name->name);
  macro->kind = Definition::Kind::kMaterialization;
  Definition definition;
  definition.kind = Definition::Kind::kMaterialization;
  definition.name = name->name;
  definition.name_span = between(name->offset, name->offset + name->length);
  materialization_options(*macro, definition);
  finish_definition(tag, *macro, std::move(definition), "endmaterialization");
  auto* made = make_statement<MacroStatement>(StatementKind::kMacro, tag.begin);
  made->macro = macro;
  made->target = nullptr;
  return made;
}

}  // namespace tidemark::jinja
