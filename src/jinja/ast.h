// The parsed form of a template: immutable, its nodes in one arena, names as views into the source text.
#pragma once
#include <cstdint>
#include <deque>
#include <memory_resource>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/source_span.h"
#include "jinja/environment.h"
#include "jinja/operators.h"
#include "jinja/value.h"

namespace tidemark::jinja {

struct Scope;
struct Statement;
using Body = std::span<Statement* const>;

// ---- expressions

enum class ExprKind : uint8_t {
  kData,
  kConst,
  kName,
  kList,
  kTuple,
  kDict,
  kNegate,
  kPlus,
  kNot,
  kBinary,
  kAnd,
  kOr,
  kCompare,
  kConcat,
  kConditional,
  kAttribute,
  kItem,
  kSlice,
  kCall,
  kFilter,
  kTest,
  kNamespaceTarget
};

struct Expr {
  ExprKind kind;
  bool constant = false;  // made of literals only: its value is the same in every render
  uint16_t depth = 1;     // levels of nodes under and including this one
  uint32_t offset = 0;    // where an error in evaluating it is shown
  uint32_t length = 0;
};
using ExprList = std::span<Expr* const>;

struct DataExpr : Expr {
  std::string_view text;
};
struct ConstExpr : Expr {
  const Value* value;
};
// Where the variable lives: `up` scopes out, in `slot`. Set by the analysis of scopes.
struct NameExpr : Expr {
  std::string_view name;
  uint32_t slot = 0;
  uint16_t up = 0;
};
struct ListExpr : Expr {  // also of a tuple and a concatenation
  ExprList items;
};
struct DictExpr : Expr {
  ExprList keys;
  ExprList values;
};
struct UnaryExpr : Expr {
  Expr* operand;
};
struct BinaryExpr : Expr {
  Operator op;
  Expr* left;
  Expr* right;
};
struct CompareExpr : Expr {
  Expr* first;
  std::span<const Operator> operators;
  ExprList others;
};
struct ConditionalExpr : Expr {
  Expr* test;
  Expr* then;
  Expr* otherwise;  // null: undefined
};
struct AttributeExpr : Expr {
  Expr* base;
  std::string_view name;
};
struct ItemExpr : Expr {
  Expr* base;
  Expr* key;
};
struct SliceExpr : Expr {
  Expr* start;  // each may be null
  Expr* stop;
  Expr* step;
};
struct Arguments {
  ExprList positional;
  std::span<const std::string_view> names;
  ExprList values;            // of `names`
  Expr* star = nullptr;       // *args
  Expr* star_star = nullptr;  // **kwargs
};
struct CallExpr : Expr {
  Expr* callee;
  Arguments arguments;
};
struct FilterExpr : Expr {  // also of a test
  Expr* base;               // null: the body of a filter or set block
  std::string_view name;
  const RawFunction* function;  // null where unknown and only to fail when reached
  Arguments arguments;
};
struct NamespaceTarget : Expr {
  NameExpr* base;
  std::string_view attribute;
};

// ---- scopes

// What a variable of a scope holds when the scope is entered. kResolve: looked up among the globals when first read.
enum class Load : uint8_t { kUndefined, kResolve, kAlias, kParameter };

struct Slot {
  std::string_view name;
  Load load = Load::kUndefined;
  uint16_t alias_up = 0;  // kAlias: of which outer variable it starts as a copy
  uint32_t alias_slot = 0;
};

struct Scope {
  std::vector<Slot> slots;
};

// ---- statements

enum class StatementKind : uint8_t { kOutput, kIf, kFor, kSet, kSetBlock, kMacro, kCallBlock, kFilterBlock, kWith, kDo, kBreak, kContinue };

struct Statement {
  StatementKind kind;
  uint32_t offset = 0;
  uint32_t length = 0;
};

struct OutputStatement : Statement {
  ExprList items;
};
struct IfBranch {
  Expr* test;  // null: else
  Body body;
};
struct IfStatement : Statement {
  std::span<const IfBranch> branches;
};
struct ForStatement : Statement {
  Expr* target;
  Expr* iterable;
  Expr* test;  // may be null
  Body body;
  Body otherwise;
  bool has_else = false;
  bool recursive = false;
  bool extended = false;  // the body uses `loop`
  uint32_t loop_slot = 0;
  const Scope* scope = nullptr;
  const Scope* test_scope = nullptr;
  const Scope* else_scope = nullptr;
  Expr* test_target = nullptr;  // the target once more, its names resolved in test_scope
};
struct SetStatement : Statement {
  Expr* target;
  Expr* value;
};
struct SetBlockStatement : Statement {
  Expr* target;
  FilterExpr* filter;  // may be null
  Body body;
  const Scope* scope = nullptr;
};
// A macro, a definition block, or the body of a call block.
struct MacroNode {
  Definition::Kind kind = Definition::Kind::kMacro;
  bool is_caller = false;
  std::string_view name;
  uint32_t offset = 0;  // of the declaration: its opening tag
  uint32_t length = 0;
  std::span<NameExpr* const> parameters;
  std::span<Expr* const> defaults;  // of the last parameters
  Body body;
  const Scope* scope = nullptr;
  bool explicit_caller = false;  // a parameter has that name
  bool takes_caller = false;     // the body uses it without declaring it; same for the others
  bool takes_kwargs = false;
  bool takes_varargs = false;
  uint32_t caller_slot = 0;
  uint32_t kwargs_slot = 0;
  uint32_t varargs_slot = 0;
};
struct MacroStatement : Statement {
  MacroNode* macro;
  NameExpr* target;  // null for definition blocks, which bind no name
};
struct CallBlockStatement : Statement {
  MacroNode* caller;
  CallExpr* call;
};
struct FilterBlockStatement : Statement {
  FilterExpr* filter;
  Body body;
  const Scope* scope = nullptr;
};
struct WithStatement : Statement {
  ExprList targets;
  ExprList values;
  Body body;
  const Scope* scope = nullptr;
};
struct DoStatement : Statement {
  Expr* value;
};

struct Ast {
  SourceTextPtr source;
  OriginPtr origin;
  Body body;
  const Scope* root = nullptr;
  Expr* expression = nullptr;  // of parse_expression()
  std::vector<Definition> definitions;
  std::vector<const MacroNode*> macros;  // of `definitions`
  bool detached = false;                 // definitions see none of the others (parse_definitions)

  std::pmr::monotonic_buffer_resource arena{4096};
  std::deque<Value> constants;
  std::deque<Scope> scopes;
  std::deque<std::string> texts;  // data whose line ends had to be normalised

  SourceSpan span(uint32_t offset, uint32_t length) const { return {source, offset, length}; }
};

}  // namespace tidemark::jinja
