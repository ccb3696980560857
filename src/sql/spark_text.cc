#include "sql/spark_text.h"

#include <algorithm>
#include <cctype>
#include <set>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::sql {

namespace {

// Definitions by name and parameters; several of one name are told apart by their number of parameters.
struct SparkFunction {
  const char* name;
  const char* definition;
};

const std::vector<SparkFunction>& functions() {
  static const std::vector<SparkFunction> kAll{
      {"nvl", "(a, b) AS coalesce(a, b)"},
      {"nvl2", "(a, b, c) AS CASE WHEN a IS NOT NULL THEN b ELSE c END"},
      {"date_add", "(d, n) AS CAST(d AS DATE) + CAST(n AS INTEGER)"},
      {"date_sub", "(d, n) AS CAST(d AS DATE) - CAST(n AS INTEGER)"},
      {"datediff", "(e, s) AS CAST(date_diff('day', CAST(s AS DATE), CAST(e AS DATE)) AS INTEGER)"},
      {"add_months", "(d, n) AS CAST(CAST(d AS DATE) + to_months(CAST(n AS INTEGER)) AS DATE)"},
      {"to_date", "(d) AS TRY_CAST(d AS DATE)"},
      {"to_timestamp", "(t) AS TRY_CAST(t AS TIMESTAMP)"},
      {"unix_timestamp", "(t) AS CAST(floor(epoch(CAST(t AS TIMESTAMP))) AS BIGINT)"},
      {"from_unixtime", "(n) AS strftime(make_timestamp(CAST(n AS BIGINT) * 1000000), '%Y-%m-%d %H:%M:%S')"},
      {"trunc",
       "(d, f) AS CAST(date_trunc(CASE lower(f) WHEN 'mm' THEN 'month' WHEN 'mon' THEN 'month' WHEN 'yy' THEN 'year' WHEN 'yyyy' THEN 'year' "
       "ELSE lower(f) END, CAST(d AS DATE)) AS DATE)"},
      {"collect_list", "(x) AS coalesce(list(x) FILTER (WHERE x IS NOT NULL), [])"},
      {"collect_set", "(x) AS coalesce(list(DISTINCT x) FILTER (WHERE x IS NOT NULL), [])"},
      {"percentile_approx", "(x, p) AS quantile_disc(x, p), (x, p, accuracy) AS quantile_disc(x, p)"},
      {"percentile", "(x, p) AS quantile_cont(x, p)"},
      {"size", "(x) AS CASE WHEN x IS NULL THEN -1 ELSE CAST(len(x) AS INTEGER) END"},
      {"regexp_extract", "(s, p) AS regexp_extract(s, p, 1), (s, p, i) AS regexp_extract(s, p, i)"},
      {"regexp_replace", "(s, p, r) AS regexp_replace(s, p, r, 'g')"},
      {"locate", "(x, s) AS CAST(instr(s, x) AS INTEGER)"},
      {"dayofweek", "(d) AS CAST(dayofweek(CAST(d AS DATE)) + 1 AS INTEGER)"},
      {"round", "(x) AS round(x), (x, n) AS round(x, n)"},
  };
  return kAll;
}

// Calls whose second argument is a pattern of Java's: the engine wants its own, and as a constant.
struct FormatCall {
  const char* name;
  const char* head;          // in place of the name and its parenthesis
  const char* before_comma;  // behind the first argument
  const char* tail;          // behind the closing parenthesis
};
constexpr FormatCall kFormatCalls[] = {
    {"date_format", "strftime(", "", ""},
    {"to_date", "CAST(try_strptime(", "", " AS DATE)"},
    {"to_timestamp", "try_strptime(", "", ""},
    {"unix_timestamp", "CAST(floor(epoch(try_strptime(", "", ")) AS BIGINT)"},
    {"from_unixtime", "strftime(make_timestamp(1000000 * CAST(", " AS BIGINT))", ""},
};

// Java's pattern of dates as strftime's.
std::string strftime_of(const std::string& pattern) {
  static const std::pair<const char*, const char*> kParts[] = {{"yyyy", "%Y"}, {"yy", "%y"},     {"MMMM", "%B"}, {"MMM", "%b"},  {"MM", "%m"},  {"M", "%-m"},
                                                               {"dd", "%d"},   {"d", "%-d"},     {"HH", "%H"},   {"H", "%-H"},   {"hh", "%I"},  {"mm", "%M"},
                                                               {"ss", "%S"},   {"SSSSSS", "%f"}, {"SSS", "%g"},  {"EEEE", "%A"}, {"EEE", "%a"}, {"E", "%a"},
                                                               {"DDD", "%j"},  {"a", "%p"},      {"y", "%Y"}};
  std::string out;
  for (size_t i = 0; i < pattern.size();) {
    if (pattern[i] == '\'') {
      const size_t end = std::min(pattern.find('\'', i + 1), pattern.size());
      out += end == i + 1 ? "'" : replace_all(pattern.substr(i + 1, end - i - 1), "%", "%%");
      i = end + 1;
      continue;
    }
    const auto* part = std::find_if(std::begin(kParts), std::end(kParts),
                                    [&](const auto& one) { return pattern.compare(i, std::string_view(one.first).size(), one.first) == 0; });
    if (part != std::end(kParts)) {
      out += part->second;
      i += std::string_view(part->first).size();
    } else {
      out += pattern[i] == '%' ? "%%" : std::string(1, pattern[i]);
      ++i;
    }
  }
  return out;
}

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool is_word(char c) { return is_word_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::string quoted_as(char quote, std::string_view text) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out + quote;
}

class Reader {
 public:
  explicit Reader(std::string_view sql) : sql_(sql) {}

  std::string run() {
    while (at_ < sql_.size()) step();
    return std::move(out_);
  }

 private:
  char here() const { return at_ < sql_.size() ? sql_[at_] : '\0'; }
  bool starts(std::string_view text) const { return sql_.substr(at_).starts_with(text); }
  void copy(size_t end) {
    end = std::min(end, sql_.size());
    out_ += sql_.substr(at_, end - at_);
    at_ = end;
  }

  void step() {
    const char c = here();
    if (starts("--")) return copy(std::min(sql_.find('\n', at_), sql_.size()));
    if (starts("/*")) {
      const size_t end = sql_.find("*/", at_ + 2);
      return copy(end == std::string_view::npos ? sql_.size() : end + 2);
    }
    if (c == '\'' || c == '"') {
      const std::string text = string_text();
      const bool is_format = !calls_.empty() && calls_.back().format != nullptr && calls_.back().commas == 1;
      out_ += quoted_as('\'', is_format ? strftime_of(text) : text);
    } else if (c == '(') {
      calls_.push_back({});
      copy(at_ + 1);
    } else if (c == ')') {
      copy(at_ + 1);
      if (calls_.empty()) return;
      if (calls_.back().format != nullptr) out_ += calls_.back().format->tail;
      calls_.pop_back();
    } else if (c == ',' && !calls_.empty()) {
      if (calls_.back().format != nullptr && calls_.back().commas == 0) out_ += calls_.back().format->before_comma;
      ++calls_.back().commas;
      copy(at_ + 1);
    } else if (c == '`') {
      out_ += quoted_as('"', name_text());
    } else if (starts("<=>")) {
      at_ += 3;
      out_ += " IS NOT DISTINCT FROM ";
    } else if (is_word_start(c)) {
      word();
    } else if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
      size_t end = at_;
      while (end < sql_.size() && is_word(sql_[end])) ++end;
      copy(end);
    } else {
      copy(at_ + 1);
    }
  }

  // The text of the string that begins here, its escapes resolved.
  std::string string_text() {
    const char quote = sql_[at_++];
    std::string out;
    while (at_ < sql_.size()) {
      const char c = sql_[at_++];
      if (c == quote) {
        if (here() != quote) return out;
        out += quote;
        ++at_;
      } else if (c == '\\' && at_ < sql_.size()) {
        out += escaped(sql_[at_++]);
      } else {
        out += c;
      }
    }
    return out;  // never closed: the engine says so
  }

  static std::string escaped(char c) {
    switch (c) {
      case 'n':
        return "\n";
      case 't':
        return "\t";
      case 'r':
        return "\r";
      case '0':
        return "";  // no value of the engine's holds a zero byte in its text
      case '%':
      case '_':
        return std::string("\\") + c;
      default:
        return std::string(1, c);
    }
  }

  std::string name_text() {
    ++at_;
    std::string out;
    while (at_ < sql_.size()) {
      const char c = sql_[at_++];
      if (c == '`') {
        if (here() != '`') return out;
        ++at_;
      }
      out += c;
    }
    return out;
  }

  size_t after_spaces(size_t at) const {
    while (at < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[at])) != 0) ++at;
    return at;
  }

  void word() {
    size_t end = at_;
    while (end < sql_.size() && is_word(sql_[end])) ++end;
    const std::string lower = to_lower(sql_.substr(at_, end - at_));
    const bool is_member = !out_.empty() && out_.back() == '.';
    if (!is_member && lower == "parquet" && sql_.substr(end).starts_with(".`")) {
      at_ = end + 1;
      out_ += fmt::format("read_parquet({})", quoted_as('\'', files_of(name_text())));
      return;
    }
    if (lower == "rlike" || lower == "regexp") return pattern_match(end);
    const size_t next = after_spaces(end);
    if (is_member || next >= sql_.size() || sql_[next] != '(') return copy(end);
    const auto* format = std::find_if(std::begin(kFormatCalls), std::end(kFormatCalls), [&](const FormatCall& one) { return lower == one.name; });
    if (format != std::end(kFormatCalls) && has_two_arguments(next)) {
      out_ += format->head;
      at_ = next + 1;
      calls_.push_back({format, 0});
      return;
    }
    if (is_spark_function(lower)) out_ += "spark_";
    copy(end);
  }

  // Of the call whose parenthesis is there.
  bool has_two_arguments(size_t open) const {
    int depth = 0, commas = 0;
    char quote = '\0';
    for (size_t i = open; i < sql_.size(); ++i) {
      const char c = sql_[i];
      if (quote != '\0') {
        if (c == '\\') ++i;
        if (c == quote) quote = '\0';
      } else if (c == '\'' || c == '"' || c == '`') {
        quote = c;
      } else if (c == '(') {
        ++depth;
      } else if (c == ')' && --depth == 0) {
        return commas == 1;
      } else if (c == ',' && depth == 1) {
        ++commas;
      }
    }
    return false;
  }

  // A folder's files; a file or a pattern as it is.
  static std::string files_of(const std::string& path) {
    if (path.ends_with(".parquet") || path.find_first_of("*?[") != std::string::npos) return path;
    return path + (path.ends_with('/') ? "" : "/") + "**/*.parquet";
  }

  // Spark finds the pattern anywhere, ~ matches all of the text.
  void pattern_match(size_t end) {
    const size_t next = after_spaces(end);
    if (next >= sql_.size() || (sql_[next] != '\'' && sql_[next] != '"')) return copy(end);
    size_t kept = out_.size();
    while (kept > 0 && std::isspace(static_cast<unsigned char>(out_[kept - 1])) != 0) --kept;
    const bool negated = kept > 3 && to_lower(std::string_view(out_).substr(kept - 3, 3)) == "not" && !is_word(out_[kept - 4]);
    if (negated) out_.resize(kept - 3);
    at_ = next;
    out_ += (negated ? "!~ " : "~ ") + quoted_as('\'', "(?s).*(?:" + string_text() + ").*");
  }

  static bool is_spark_function(const std::string& name) {
    static const std::set<std::string> kNames = [] {
      std::set<std::string> names;
      for (const SparkFunction& function : functions()) names.insert(function.name);
      return names;
    }();
    return kNames.contains(name);
  }

  struct Call {
    const FormatCall* format = nullptr;
    int commas = 0;
  };

  std::string_view sql_;
  size_t at_ = 0;
  std::string out_;
  std::vector<Call> calls_;  // parentheses that are open
};

}  // namespace

std::string from_spark(std::string_view sql) { return Reader(sql).run(); }

std::vector<std::string> spark_functions(std::string_view sql) {
  std::vector<std::string> out;
  for (const SparkFunction& function : functions()) {
    if (sql.find(fmt::format("spark_{}", function.name)) == std::string_view::npos) continue;
    out.push_back(fmt::format("CREATE OR REPLACE TEMP MACRO spark_{}{}", function.name, function.definition));
  }
  return out;
}

}  // namespace tidemark::sql
