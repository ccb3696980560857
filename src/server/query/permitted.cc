#include "server/query/permitted.h"

#include <algorithm>

#include "base/error.h"
#include "base/strings.h"
#include "sql/tokens.h"

namespace tidemark::server {

namespace {

constexpr std::string_view kReading[] = {"select", "with", "from", "values", "table", "(", "describe", "desc", "show", "summarize", "pivot", "unpivot"};

Error refused(const std::string& sql, const sql::Token& word) {
  return Error("TM7301", "only statements that read may be run here: SELECT, EXPLAIN, DESCRIBE, SHOW, SUMMARIZE")
      .at({make_source("<sql>", sql), word.begin, word.end - word.begin});
}

// The first token behind EXPLAIN [ANALYZE] [(options)]; 0 where there is no EXPLAIN.
size_t behind_explain(const std::vector<sql::Token>& tokens) {
  if (tokens.empty() || !tokens[0].is("explain")) return 0;
  size_t at = 1;
  if (at < tokens.size() && (tokens[at].is("analyze") || tokens[at].is("analyse"))) ++at;
  const bool has_options = at + 1 < tokens.size() && tokens[at].is("(") &&
                           std::none_of(std::begin(kReading), std::end(kReading), [&](std::string_view word) { return tokens[at + 1].is(word); });
  if (has_options) {
    while (at < tokens.size() && !tokens[at].is(")")) ++at;
    ++at;
  }
  return at;
}

}  // namespace

void check_words(const std::string& sql) {
  const std::vector<sql::Token> tokens = sql::tokenize(sql);
  if (tokens.empty()) return;
  const size_t at = behind_explain(tokens);
  if (at >= tokens.size()) throw refused(sql, tokens[0]);
  const bool reads = std::any_of(std::begin(kReading), std::end(kReading), [&](std::string_view word) { return tokens[at].is(word); });
  if (!reads) throw refused(sql, tokens[at]);
}

void check_kind(duckdb::Connection& connection, const std::string& sql, const std::string& bound) {
  const std::vector<sql::Token> tokens = sql::tokenize(bound);
  if (tokens.empty()) return;
  const size_t at = behind_explain(tokens);
  const std::string inner = at == 0 ? bound : bound.substr(tokens.at(at).begin);
  const std::vector<duckdb::StatementKind> kinds = connection.statement_kinds(inner);
  if (kinds.size() == 1 && kinds[0] == duckdb::StatementKind::kSelect) return;
  if (kinds.size() == 1) connection.describe(inner);  // throws what is wrong with a statement that does not bind
  const std::vector<sql::Token> written = sql::tokenize(sql);
  throw refused(sql, written.at(0));
}

}  // namespace tidemark::server
