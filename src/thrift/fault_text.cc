#include "thrift/fault_text.h"

#include <cctype>

#include "base/strings.h"

namespace tidemark::thrift {
namespace {

// "org.apache.spark.sql.AnalysisException: " and the like, with dots and an upper-case last part.
bool is_class_name(std::string_view word) {
  const size_t dot = word.rfind('.');
  if (dot == std::string_view::npos || dot + 1 >= word.size() || std::isupper(static_cast<unsigned char>(word[dot + 1])) == 0) return false;
  for (const char c : word) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '$' && c != '_') return false;
  }
  return true;
}

std::string_view without_prefixes(std::string_view text) {
  for (;;) {
    text = trim(text);
    constexpr std::string_view kRunning = "Error running query:";
    if (text.starts_with(kRunning)) {
      text.remove_prefix(kRunning.size());
      continue;
    }
    const size_t colon = text.find(": ");
    if (colon == std::string_view::npos || !is_class_name(text.substr(0, colon))) return text;
    text.remove_prefix(colon + 1);
  }
}

bool is_stack(std::string_view line) {
  const std::string_view bare = trim(line);
  return bare.starts_with("at ") && bare.ends_with(')');
}

}  // namespace

std::string readable_fault(std::string_view text) {
  const std::string_view said = without_prefixes(text);
  std::string out;
  for (const std::string& line : split(said, '\n')) {
    if (is_stack(line)) break;
    out += line;
    out += '\n';
  }
  return std::string(trim(out));
}

}  // namespace tidemark::thrift
