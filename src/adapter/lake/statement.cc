#include "adapter/lake/statement.h"

#include <initializer_list>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::lake_adapter {
namespace {

class StatementParser {
 public:
  explicit StatementParser(std::string text) : tokens_(sql::tokenize(text)) { out_.text = std::move(text); }

  Statement run() {
    if (tokens_.empty()) return std::move(out_);
    if (accept("create")) {
      create();
    } else if (accept("drop")) {
      drop();
    } else if (accept("insert")) {
      insert();
    } else if (accept("delete")) {
      expect("from");
      target_with_alias(StatementKind::kDelete, {"where", "using", "returning"});
    } else if (accept("update")) {
      target_with_alias(StatementKind::kUpdate, {"set"});
    } else if (accept("merge")) {
      expect("into");
      target_with_alias(StatementKind::kMerge, {"using"});
    } else if (accept("truncate")) {
      accept("table");
      out_.kind = StatementKind::kTruncate;
      out_.target = name();
    } else if (accept("alter")) {
      alter();
    } else if (accept("comment")) {
      comment();
    } else if (is_with()) {
      with();
    } else {
      simple();
    }
    return std::move(out_);
  }

 private:
  const sql::Token* peek(size_t ahead = 0) const { return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr; }
  bool at(std::string_view word, size_t ahead = 0) const { return peek(ahead) && peek(ahead)->is(word); }
  bool accept(std::string_view word) {
    if (!at(word)) return false;
    ++at_;
    return true;
  }
  bool accept(std::initializer_list<std::string_view> words) {
    size_t ahead = 0;
    for (std::string_view word : words) {
      if (!at(word, ahead++)) return false;
    }
    at_ += ahead;
    return true;
  }
  void expect(std::string_view word) {
    if (!accept(word)) cut_short("'" + std::string(word) + "'");
  }
  [[noreturn]] void cut_short(const std::string& wanted) const {
    throw Error("TM4212", "syntax error: expected " + wanted + (peek() ? " before '" + peek()->text + "'" : std::string(" before the end of the statement")));
  }

  std::string rest() const { return peek() ? out_.text.substr(peek()->begin) : std::string(); }

  sql::Name name() {
    if (!peek() || !peek()->is_name()) cut_short("a name");
    sql::Name result{{peek()->text}, peek()->begin, peek()->end};
    ++at_;
    while (at(".") && peek(1) && peek(1)->is_name()) {
      result.parts.push_back(peek(1)->text);
      result.end = peek(1)->end;
      at_ += 2;
    }
    return result;
  }

  std::vector<std::string> column_list() {  // behind "("
    std::vector<std::string> columns;
    do {
      if (!peek() || !peek()->is_name()) cut_short("a column name");
      columns.push_back(peek()->text);
      ++at_;
    } while (accept(","));
    expect(")");
    return columns;
  }

  void unsupported(std::string what) {
    out_.kind = StatementKind::kUnsupported;
    out_.what = std::move(what);
  }

  void create() {
    out_.or_replace = accept({"or", "replace"});
    const bool recursive = accept("recursive");
    if (accept("temporary") || accept("temp") || accept({"local", "temporary"}) || accept({"local", "temp"})) out_.temporary = true;
    if (accept("persistent")) unsupported("CREATE PERSISTENT SECRET");
    if (accept("table")) return create_table();
    if (accept("recursive") || recursive || at("view")) return create_view();
    if (accept("schema")) {
      out_.kind = StatementKind::kCreateSchema;
      out_.if_not_exists = accept({"if", "not", "exists"});
      out_.target = name();
      return;
    }
    for (const char* what : {"index", "unique", "sequence", "trigger"}) {
      if (at(what)) return unsupported("CREATE " + to_upper(peek()->text));
    }
    // macros, functions, types, secrets live in the session's engine
  }

  void create_table() {
    out_.if_not_exists = accept({"if", "not", "exists"});
    out_.target = name();
    if (out_.temporary) return;
    const size_t after_name = at_;
    if (accept("(")) {
      // "(a, b) AS SELECT" names the columns of a query; "(a INTEGER)" declares a table
      const size_t inside = at_;
      int depth = 1;
      while (peek() && depth > 0) {
        if (at("(")) ++depth;
        if (at(")")) --depth;
        ++at_;
      }
      if (!at("as")) {
        at_ = after_name;
        out_.kind = StatementKind::kCreateTable;
        out_.body = rest();
        return;
      }
      at_ = inside;
      out_.columns = column_list();
    }
    expect("as");
    out_.kind = StatementKind::kCreateTableAs;
    if (!peek()) cut_short("a query");
    out_.body = rest();
  }

  void create_view() {
    expect("view");
    out_.if_not_exists = accept({"if", "not", "exists"});
    out_.target = name();
    if (out_.temporary) return;
    if (accept("(")) out_.columns = column_list();
    expect("as");
    out_.kind = StatementKind::kCreateView;
    if (!peek()) cut_short("a query");
    out_.body = rest();
  }

  void drop() {
    if (accept("table")) {
      out_.kind = StatementKind::kDropTable;
    } else if (accept("view")) {
      out_.kind = StatementKind::kDropView;
    } else if (accept("schema")) {
      out_.kind = StatementKind::kDropSchema;
    } else if (at("index") || at("sequence")) {
      return unsupported("DROP " + to_upper(peek()->text));
    } else {
      return;  // macros, types, secrets
    }
    out_.if_exists = accept({"if", "exists"});
    out_.target = name();
    out_.cascade = accept("cascade");
    accept("restrict");
  }

  void insert() {
    if (accept("or")) return unsupported("INSERT OR REPLACE and INSERT OR IGNORE");
    expect("into");
    out_.kind = StatementKind::kInsert;
    out_.target = name();
    if (accept("as")) out_.alias = name().parts.back();
    if (at("(") && peek(1) && peek(1)->is_name() && !at("select", 1) && !at("from", 1) && !at("with", 1) && !at("values", 1)) {
      ++at_;
      out_.columns = column_list();
    }
    if (accept({"by", "name"})) out_.by_name = true;
    accept({"by", "position"});
    out_.body = rest();
    if (out_.body.empty()) cut_short("a query");
    if (at("default")) return unsupported("INSERT … DEFAULT VALUES");
    for (size_t i = at_; i < tokens_.size(); ++i) {
      if (tokens_[i].is("on") && i + 1 < tokens_.size() && tokens_[i + 1].is("conflict")) return unsupported("INSERT … ON CONFLICT");
      if (tokens_[i].is("returning")) return unsupported("INSERT … RETURNING");
    }
  }

  void target_with_alias(StatementKind kind, std::initializer_list<std::string_view> ends) {
    out_.kind = kind;
    out_.target = name();
    out_.body = out_.text;
    const bool as = accept("as");
    bool ended = !peek();
    for (std::string_view word : ends) ended = ended || at(word);
    if (as || !ended) out_.alias = name().parts.back();
    for (size_t i = at_; i < tokens_.size(); ++i) {
      if (tokens_[i].is("returning")) unsupported("RETURNING");
    }
  }

  void alter() {
    const bool view = at("view");
    if (!accept("table") && !accept("view")) return unsupported("ALTER " + (peek() ? to_upper(peek()->text) : std::string()));
    out_.if_exists = accept({"if", "exists"});
    out_.target = name();
    if (accept({"rename", "to"})) {
      out_.kind = StatementKind::kRename;
      out_.body = name().parts.back();
      return;
    }
    if (view) return unsupported("ALTER VIEW other than RENAME TO");
    out_.kind = StatementKind::kAlterTable;
    out_.body = rest();
  }

  void comment() {
    expect("on");
    if (!peek()) cut_short("TABLE, VIEW or COLUMN");
    out_.what = to_lower(peek()->text);
    if (out_.what != "table" && out_.what != "view" && out_.what != "column") return;  // of macros and types: the engine's
    ++at_;
    out_.kind = StatementKind::kCommentOn;
    out_.target = name();
    if (out_.what == "column") {
      out_.columns.push_back(out_.target.parts.back());
      out_.target.parts.pop_back();
      if (out_.target.parts.empty()) cut_short("table.column");
    }
    expect("is");
    if (!peek() || (peek()->kind != sql::TokenKind::kString && !at("null"))) cut_short("a string");
    if (peek()->kind == sql::TokenKind::kString) out_.body = peek()->text;
  }

  bool is_with() const { return at("with"); }

  // WITH … INSERT/UPDATE/DELETE/MERGE: the word after the last common table expression tells.
  void with() {
    int depth = 0;
    for (size_t i = 1; i < tokens_.size(); ++i) {
      if (tokens_[i].is("(")) ++depth;
      if (tokens_[i].is(")")) --depth;
      if (depth > 0 || !tokens_[i - 1].is(")")) continue;
      for (const char* verb : {"insert", "update", "delete", "merge"}) {
        if (tokens_[i].is(verb)) return unsupported("WITH … " + to_upper(verb));
      }
    }
  }

  void simple() {
    for (const char* word : {"begin", "start", "commit", "end", "rollback", "abort"}) {
      if (!at(word)) continue;
      out_.kind = StatementKind::kTransaction;
      out_.body = word;
      return;
    }
    if (at("use")) return unsupported("USE");
    if (at("vacuum") || at("checkpoint")) return;
    if (at("copy") && peek(1) && peek(1)->is_name()) copy();
  }

  void copy() {  // COPY table FROM file
    ++at_;
    const sql::Name table = name();
    if (accept("(")) column_list();
    if (!at("from")) return;
    out_.target = table;
    unsupported("COPY … FROM");
  }

  Statement out_;
  std::vector<sql::Token> tokens_;
  size_t at_ = 0;
};

}  // namespace

Statement parse_statement(std::string text) { return StatementParser(std::move(text)).run(); }

}  // namespace tidemark::lake_adapter
