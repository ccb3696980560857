#include "adapter/spark/spark_errors.h"

#include <cctype>
#include <regex>

#include "base/source_span.h"
#include "base/strings.h"

namespace tidemark::spark {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

size_t word_length(std::string_view text, size_t at) {
  size_t end = at;
  while (end < text.size() && is_word(text[end])) ++end;
  return end > at ? end - at : 1;
}

// "[CLASS] org.apache…Exception: [CLASS] what" says the class twice.
std::string once(const std::string& message) {
  static const std::regex kTwice(R"(^\[([A-Z0-9_.]+)\] [a-zA-Z0-9_.$]+: )");
  std::smatch match;
  if (!std::regex_search(message, match, kTwice)) return message;
  const std::string rest = message.substr(static_cast<size_t>(match.length()));
  return rest.starts_with("[") ? rest : "[" + match[1].str() + "] " + rest;
}

// The plan follows a ";" at a line's end, or "== SQL ==" the statement itself.
std::string without_plan(std::string message) {
  for (const char* mark : {";\n", "\n== SQL", "\n\n== SQL"}) {
    if (const size_t at = message.find(mark); at != std::string::npos) message.resize(at);
  }
  return std::string(trim(message));
}

}  // namespace

Error readable(const Error& error, const std::string& sql) {
  if (error.code() == "TM4407") return Error("TM4115", "cancelled");
  if (error.code() != "TM4406") return error;
  std::string message = without_plan(once(error.message()));
  static const std::regex kPlace(R"([;.]?\s*\(?line (\d+),? pos (\d+)\)?)");
  std::smatch match;
  if (!std::regex_search(message, match, kPlace)) return Error("TM4406", message);
  const size_t line = std::stoul(match[1]);
  const size_t position = std::stoul(match[2]);
  message = std::string(trim(match.prefix().str() + match.suffix().str()));
  SourceSpan span = span_at(make_source("<sql>", sql), line, position + 1);
  span.length = word_length(sql, span.offset);
  return Error("TM4406", message).at(std::move(span));
}

}  // namespace tidemark::spark
