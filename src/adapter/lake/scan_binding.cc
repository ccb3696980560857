#include "adapter/lake/scan_binding.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "adapter/duckdb/database.h"
#include "adapter/lake/file_name_use.h"
#include "base/error.h"
#include "base/strings.h"
#include "sql/tokens.h"

namespace tidemark::lake_adapter {
namespace {

using duckdb::quote_identifier;
using duckdb::quote_literal;

enum class Format { kParquet, kOther };

std::optional<Format> format_of(const sql::Token& function) {
  if (!function.is_name()) return std::nullopt;
  const std::string name = to_lower(function.text);
  if (name == "read_parquet" || name == "parquet_scan") return Format::kParquet;
  for (const char* other : {"read_csv", "read_csv_auto", "read_json", "read_json_auto", "read_ndjson", "read_ndjson_auto", "read_text", "read_blob"}) {
    if (name == other) return Format::kOther;
  }
  return std::nullopt;
}

struct Call {
  size_t begin = 0;  // bytes, of the whole call
  size_t end = 0;
  Format format = Format::kParquet;
  std::string function;
  std::vector<std::string> patterns;
  std::string options;                    // text behind the first argument, with its comma
  std::vector<std::string> option_names;  // lower case
  bool may_name_files = false;
};

class CallReader {
 public:
  CallReader(const std::string& sql, const std::vector<sql::Token>& tokens) : sql_(sql), tokens_(tokens) {}

  // The call that begins at token `at`, if it is one with constant files; `at` moves behind it.
  std::optional<Call> read(size_t& at) const {
    if (is_file_name(at)) return file_name(at);
    const auto format = format_of(tokens_[at]);
    if (!format || !is(at + 1, "(")) return std::nullopt;
    Call call{.begin = tokens_[at].begin,
              .end = 0,
              .format = *format,
              .function = tokens_[at].text,
              .patterns = {},
              .options = {},
              .option_names = {},
              .may_name_files = false};
    size_t i = at + 2;
    if (!patterns(i, call.patterns)) return std::nullopt;
    const size_t options_begin = tokens_[i - 1].end;
    int depth = 1;
    for (; i < tokens_.size(); ++i) {
      if (is(i, "(") || is(i, "[") || is(i, "{")) ++depth;
      if (is(i, ")") || is(i, "]") || is(i, "}")) --depth;
      if (depth == 0) break;
      if (depth == 1 && tokens_[i].is_name() && (is(i + 1, "=") || is(i + 1, ":"))) call.option_names.push_back(to_lower(tokens_[i].text));
    }
    if (i == tokens_.size()) return std::nullopt;
    call.options = sql_.substr(options_begin, tokens_[i].begin - options_begin);
    call.end = tokens_[i].end;
    at = i;
    return call;
  }

 private:
  bool is(size_t at, std::string_view text) const { return at < tokens_.size() && tokens_[at].is(text); }

  // FROM 'data/*.parquet'
  bool is_file_name(size_t at) const {
    if (at == 0 || (tokens_[at].kind != sql::TokenKind::kString && tokens_[at].kind != sql::TokenKind::kQuotedName)) return false;
    return tokens_[at - 1].is("from") || tokens_[at - 1].is("join");
  }
  Call file_name(size_t at) const {
    const std::string path = to_lower(tokens_[at].text);
    const bool parquet = path.ends_with(".parquet");
    const bool json = path.ends_with(".json") || path.ends_with(".ndjson") || path.ends_with(".jsonl");
    return {.begin = tokens_[at].begin,
            .end = tokens_[at].end,
            .format = parquet ? Format::kParquet : Format::kOther,
            .function = parquet ? "read_parquet"
                        : json  ? "read_json"
                                : "read_csv",
            .patterns = {tokens_[at].text},
            .options = {},
            .option_names = {},
            .may_name_files = false};
  }

  bool patterns(size_t& i, std::vector<std::string>& out) const {
    if (i < tokens_.size() && tokens_[i].kind == sql::TokenKind::kString) {
      out.push_back(tokens_[i++].text);
      return true;
    }
    if (!is(i, "[")) return false;
    for (++i; i < tokens_.size() && !is(i, "]"); ++i) {
      if (tokens_[i].kind == sql::TokenKind::kString) {
        out.push_back(tokens_[i].text);
      } else if (!is(i, ",")) {
        return false;
      }
    }
    if (i == tokens_.size()) return false;
    ++i;
    return true;
  }

  const std::string& sql_;
  const std::vector<sql::Token>& tokens_;
};

bool takes_columns(const Call& call, const ScanBinding& binding) {
  if (call.format != Format::kParquet || binding.columns.empty() || binding.has_folder_columns) return false;
  return std::ranges::all_of(call.option_names, [](const std::string& name) { return name == "union_by_name" || name == "filename"; });
}

// `, schema = MAP {…}`, with the options that may stand beside it.
std::string bound_options(const Call& call, const ScanBinding& binding) {
  std::vector<std::string> schema;
  for (const ColumnType& column : binding.columns) {
    const std::string name = quote_literal(column.name);
    schema.push_back(fmt::format("{}: {{name: {}, type: {}, default_value: NULL}}", name, name, quote_literal(column.type)));
  }
  std::string options;
  if (std::ranges::find(call.option_names, "filename") != call.option_names.end()) {
    options = call.option_names.size() > 1 ? ", filename = true" : call.options;
  } else if (call.may_name_files && std::ranges::none_of(binding.columns, [](const ColumnType& c) { return equals_ignore_case(c.name, "filename"); })) {
    options = ", filename = true";
  }
  return options + fmt::format(", schema = MAP {{{}}}", join(schema, ", "));
}

std::string bound_call(const Call& call, const ScanBinding& binding, const std::function<std::string()>& empty_file) {
  if (binding.files.empty()) {
    if (binding.columns.empty()) {
      throw Error("TM4221", fmt::format("no file matches '{}'", join(call.patterns, "', '")))
          .hint("the folder may be empty, or the path may be relative to another folder");
    }
    return fmt::format("read_parquet([{}]{})", quote_literal(empty_file()), bound_options(call, binding));
  }
  std::vector<std::string> files;
  for (const std::string& file : binding.files) files.push_back(quote_literal(file));
  const auto says = [&](const char* name) { return std::ranges::find(call.option_names, name) != call.option_names.end(); };
  // Who says how folder names are read has settled the rest too.
  if (binding.form && call.format == Format::kOther && !says("hive_partitioning")) {
    if (!binding.form->header_file.empty()) files.push_back(quote_literal(binding.form->header_file));
    return fmt::format("{}([{}]{}{})", binding.form->function, join(files, ", "), sql::form_arguments(*binding.form),
                       says("filename") ? ", filename = true" : "");
  }
  if (binding.has_folder_columns && !says("union_by_name"))
    return fmt::format("{}([{}]{}, union_by_name = true)", call.function, join(files, ", "), call.options);
  return fmt::format("{}([{}]{})", call.function, join(files, ", "), takes_columns(call, binding) ? bound_options(call, binding) : call.options);
}

}  // namespace

std::string bind_file_scans(const std::string& sql, const std::vector<ScanBinding>& bindings, const std::function<std::string()>& empty_file) {
  const bool mentions = std::ranges::any_of(
      bindings, [&](const ScanBinding& b) { return !b.patterns.empty() && sql.find(replace_all(b.patterns[0], "'", "''")) != std::string::npos; });
  if (!mentions) return sql;
  const std::vector<sql::Token> tokens = sql::tokenize(sql);
  const CallReader reader(sql, tokens);
  std::string out;
  size_t copied = 0;
  for (size_t at = 0; at < tokens.size(); ++at) {
    const size_t first = at;
    auto call = reader.read(at);
    if (!call) continue;
    call->may_name_files = may_name_files(tokens, first, at);
    const auto binding = std::ranges::find(bindings, call->patterns, &ScanBinding::patterns);
    if (binding == bindings.end()) continue;
    out += sql.substr(copied, call->begin - copied) + bound_call(*call, *binding, empty_file);
    copied = call->end;
  }
  return out + sql.substr(copied);
}

}  // namespace tidemark::lake_adapter
