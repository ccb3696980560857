#include "lake/statistics.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include <fmt/format.h>

#include "base/json.h"

namespace tidemark::lake {

namespace {

constexpr size_t kMaxTextBound = 32;  // code points, as Delta's writers cut

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

// The first 32 code points.
std::string cut(const std::string& text, bool& shortened) {
  size_t count = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_continuation(text[i]) && ++count > kMaxTextBound) {
      shortened = true;
      return text.substr(0, i);
    }
  }
  shortened = false;
  return text;
}

std::optional<Json> text_bound(const std::string& text, bool is_max) {
  bool shortened = false;
  std::string out = cut(text, shortened);
  // A cut upper bound must still be above: U+10FFFD is above whatever followed.
  if (shortened && is_max) out += "\xF4\x8F\xBF\xBD";
  return Json(out);
}

std::optional<Json> double_bound(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || !std::isfinite(value)) return std::nullopt;
  return Json(value);
}

std::optional<Json> integer_bound(const std::string& text) {
  int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return Json(value);
}

// "2024-01-31 12:34:56.789012" -> "2024-01-31T12:34:56.789": whole milliseconds, an upper bound rounded up.
std::optional<Json> timestamp_bound(const std::string& text, bool is_max) {
  if (text.size() < 19 || text[4] != '-' || text[10] != ' ') return std::nullopt;  // infinities, years beyond 9999
  std::string out = text.substr(0, 19);
  out[10] = 'T';
  std::string fraction = text.size() > 20 && text[19] == '.' ? text.substr(20, text.find_first_not_of("0123456789", 20) - 20) : "";
  fraction.resize(6, '0');
  const std::string zone = text.size() > 19 && (text.ends_with("+00") || text.ends_with("Z")) ? "Z" : "";
  if (text.find_first_of("+", 19) != std::string::npos && zone.empty()) return std::nullopt;  // another zone's text: no bound rather than a wrong one
  if (!is_max || fraction.substr(3) == "000") return Json(out + "." + fraction.substr(0, 3) + zone);
  return Json(out + "." + fraction + zone);  // microseconds are allowed, and exact
}

std::optional<Json> bound(const std::string& text, const Json& type, bool is_max) {
  if (!type.is_string()) return std::nullopt;
  const std::string& name = type.get_ref<const std::string&>();
  if (name == "string") return text_bound(text, is_max);
  if (name == "byte" || name == "short" || name == "integer" || name == "long") return integer_bound(text);
  if (name == "float" || name == "double") return double_bound(text);
  if (name == "date") return text.size() == 10 ? std::optional<Json>(text) : std::nullopt;
  if (name == "timestamp" || name == "timestamp_ntz") return timestamp_bound(text, is_max);
  if (name.starts_with("decimal")) {
    // A JSON number keeps 15 digits for sure; longer ones have no bound.
    if (std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; }) > 15) return std::nullopt;
    return double_bound(text);
  }
  return std::nullopt;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

}  // namespace

std::string encode_statistics(const FileStatistics& statistics, const Schema& schema) {
  Json out{{"numRecords", statistics.rows}, {"minValues", Json::object()}, {"maxValues", Json::object()}, {"nullCount", Json::object()}};
  for (const ColumnStatistics& column : statistics.columns) {
    const Field* field = schema.find(column.column);
    if (field == nullptr) continue;
    if (column.nulls) out["nullCount"][field->name] = *column.nulls;
    if (!column.min || !column.max) continue;
    const std::optional<Json> low = bound(*column.min, field->type, false);
    const std::optional<Json> high = bound(*column.max, field->type, true);
    if (!low || !high) continue;
    out["minValues"][field->name] = *low;
    out["maxValues"][field->name] = *high;
  }
  return dump_json(out);
}

int64_t rows_of(const std::string& stats) {
  constexpr std::string_view kKey = "\"numRecords\":";
  const size_t at = stats.find(kKey);
  if (at == std::string::npos) return -1;
  size_t begin = at + kKey.size();
  while (begin < stats.size() && stats[begin] == ' ') ++begin;
  int64_t rows = -1;
  std::from_chars(stats.data() + begin, stats.data() + stats.size(), rows);
  return rows;
}

FileStatistics decode_statistics(const std::string& stats) {
  FileStatistics out;
  out.rows = -1;
  const Json json = Json::parse(stats, nullptr, false);
  if (!json.is_object()) return out;
  if (json.contains("numRecords") && json["numRecords"].is_number_integer()) out.rows = json["numRecords"].get<int64_t>();
  std::map<std::string, ColumnStatistics> columns;
  const auto each = [&](const char* key, const auto& take) {
    if (!json.contains(key) || !json[key].is_object()) return;
    for (const auto& [name, value] : json[key].items()) {
      ColumnStatistics& column = columns[name];
      column.column = name;
      if (value.is_primitive() && !value.is_null()) take(column, value);
    }
  };
  each("minValues", [](ColumnStatistics& column, const Json& value) { column.min = text_of(value); });
  each("maxValues", [](ColumnStatistics& column, const Json& value) { column.max = text_of(value); });
  each("nullCount", [](ColumnStatistics& column, const Json& value) {
    if (value.is_number_integer()) column.nulls = value.get<int64_t>();
  });
  for (auto& [name, column] : columns) out.columns.push_back(std::move(column));
  return out;
}

}  // namespace tidemark::lake
