#include "server/http/text.h"

#include <cctype>

#include <fmt/format.h>

#include "base/strings.h"

namespace tidemark::server {

namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_plain(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == '_'; }

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool form) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
      if (high < 0 || low < 0 || (high == 0 && low == 0)) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += form && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
  std::map<std::string, std::string> out;
  for (const std::string& part : split(text, '&')) {
    if (part.empty()) continue;
    const size_t cut = part.find('=');
    const auto name = percent_decode(std::string_view(part).substr(0, cut), true);
    const auto value = percent_decode(cut == std::string::npos ? std::string_view() : std::string_view(part).substr(cut + 1), true);
    if (name && value) out[*name] = *value;
  }
  return out;
}

std::string cookie(const std::string& header, std::string_view name) {
  for (const std::string& part : split(header, ';')) {
    const std::string_view pair = trim(part);
    const size_t cut = pair.find('=');
    if (cut != std::string_view::npos && pair.substr(0, cut) == name) return std::string(pair.substr(cut + 1));
  }
  return {};
}

std::string attachment(const std::string& name) {
  std::string ascii, encoded;
  for (const char c : name) {
    ascii += is_plain(c) ? c : '_';
    encoded += is_plain(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", ascii, encoded);
}

std::string host_only(std::string_view text) {
  if (text.starts_with('[')) return to_lower(text.substr(0, text.find(']') == std::string_view::npos ? text.size() : text.find(']') + 1));
  return to_lower(text.substr(0, text.find(':')));
}

}  // namespace tidemark::server
