// Days and clock times. Days from civil dates and back: Howard Hinnant's algorithms (chrono-Compatible Low-Level Date Algorithms).
#include <array>

#include "base/strings.h"
#include "resolve/datetime_values.h"

namespace tidemark::resolve {

namespace {

int64_t days_from_civil(int64_t y, int m, int d) {
  y -= m <= 2;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153U * static_cast<unsigned>(m > 2 ? m - 3 : m + 9) + 2) / 5 + static_cast<unsigned>(d) - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int64_t>(doe) - 719468;
}

int days_in_month(int64_t year, int month) {
  constexpr std::array<int, 12> kDays{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[static_cast<size_t>(month - 1)];
}

int64_t floor_div(int64_t a, int64_t b) { return a / b - ((a % b != 0 && (a < 0) != (b < 0)) ? 1 : 0); }

constexpr std::array<std::string_view, 7> kDays{"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"};
constexpr std::array<std::string_view, 12> kMonths{"January", "February", "March",     "April",   "May",      "June",
                                                   "July",    "August",   "September", "October", "November", "December"};

int weekday(int64_t days) { return static_cast<int>(((days + 3) % 7 + 7) % 7); }  // Monday is 0; 1970-01-01 was a Thursday

struct IsoWeek {
  int64_t year;
  int week;
};

IsoWeek iso_week(int64_t days, int64_t year) {
  const int64_t thursday = days - weekday(days) + 3;
  for (int64_t candidate : {year + 1, year, year - 1}) {
    const int64_t first = days_from_civil(candidate, 1, 1);
    if (thursday >= first) return {candidate, static_cast<int>((thursday - first) / 7) + 1};
  }
  return {year, 1};
}

std::string offset_text(int64_t offset_micros, bool colon) {
  const char sign = offset_micros < 0 ? '-' : '+';
  const int64_t seconds = (offset_micros < 0 ? -offset_micros : offset_micros) / kMicrosPerSecond;
  std::string out = fmt::format("{}{:02}{}{:02}", sign, seconds / 3600, colon ? ":" : "", seconds / 60 % 60);
  if (seconds % 60 != 0) out += fmt::format("{}{:02}", colon ? ":" : "", seconds % 60);
  return out;
}

}  // namespace

int64_t to_micros(const CivilTime& t) {
  const int64_t seconds = (days_from_civil(t.year, t.month, t.day) * 24 + t.hour) * 3600 + t.minute * 60 + t.second;
  return seconds * kMicrosPerSecond + t.microsecond;
}

CivilTime to_civil(int64_t micros) {
  const int64_t days = floor_div(micros, kMicrosPerDay);
  int64_t rest = micros - days * kMicrosPerDay;
  CivilTime t;
  t.microsecond = static_cast<int>(rest % kMicrosPerSecond);
  rest /= kMicrosPerSecond;
  t.second = static_cast<int>(rest % 60);
  t.minute = static_cast<int>(rest / 60 % 60);
  t.hour = static_cast<int>(rest / 3600);
  const int64_t z = days + 719468;
  const int64_t era = floor_div(z, 146097);
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  t.day = static_cast<int>(doy - (153 * mp + 2) / 5 + 1);
  t.month = static_cast<int>(mp < 10 ? mp + 3 : mp - 9);
  t.year = static_cast<int64_t>(yoe) + era * 400 + (t.month <= 2 ? 1 : 0);
  return t;
}

bool is_valid(const CivilTime& t) {
  return t.year >= 1 && t.year <= 9999 && t.month >= 1 && t.month <= 12 && t.day >= 1 && t.day <= days_in_month(t.year, t.month) && t.hour >= 0 &&
         t.hour < 24 && t.minute >= 0 && t.minute < 60 && t.second >= 0 && t.second < 60 && t.microsecond >= 0 && t.microsecond < kMicrosPerSecond;
}

namespace {

std::string format_directive(char directive, const CivilTime& t, const ZonePtr& zone) {
  const int64_t days = days_from_civil(t.year, t.month, t.day);
  const int day_of_year = static_cast<int>(days - days_from_civil(t.year, 1, 1)) + 1;
  const int hour12 = t.hour % 12 == 0 ? 12 : t.hour % 12;
  const int64_t local = to_micros(t);
  switch (directive) {
    case 'Y':
      return fmt::format("{}", t.year);
    case 'y':
      return fmt::format("{:02}", t.year % 100);
    case 'm':
      return fmt::format("{:02}", t.month);
    case 'd':
      return fmt::format("{:02}", t.day);
    case 'e':
      return fmt::format("{:2}", t.day);
    case 'H':
      return fmt::format("{:02}", t.hour);
    case 'I':
      return fmt::format("{:02}", hour12);
    case 'M':
      return fmt::format("{:02}", t.minute);
    case 'S':
      return fmt::format("{:02}", t.second);
    case 'f':
      return fmt::format("{:06}", t.microsecond);
    case 'p':
      return t.hour < 12 ? "AM" : "PM";
    case 'j':
      return fmt::format("{:03}", day_of_year);
    case 'A':
      return std::string(kDays[static_cast<size_t>(weekday(days))]);
    case 'a':
      return std::string(kDays[static_cast<size_t>(weekday(days))].substr(0, 3));
    case 'B':
      return std::string(kMonths[static_cast<size_t>(t.month - 1)]);
    case 'b':
    case 'h':
      return std::string(kMonths[static_cast<size_t>(t.month - 1)].substr(0, 3));
    case 'w':
      return fmt::format("{}", (weekday(days) + 1) % 7);
    case 'u':
      return fmt::format("{}", weekday(days) + 1);
    case 'U':
      return fmt::format("{:02}", (day_of_year - 1 + 7 - (weekday(days) + 1) % 7) / 7);
    case 'W':
      return fmt::format("{:02}", (day_of_year - 1 + 7 - weekday(days)) / 7);
    case 'G':
      return fmt::format("{}", iso_week(days, t.year).year);
    case 'V':
      return fmt::format("{:02}", iso_week(days, t.year).week);
    case 'D':
      return fmt::format("{:02}/{:02}/{:02}", t.month, t.day, t.year % 100);
    case 'x':
      return fmt::format("{:02}/{:02}/{:02}", t.month, t.day, t.year % 100);
    case 'F':
      return fmt::format("{}-{:02}-{:02}", t.year, t.month, t.day);
    case 'T':
    case 'X':
      return fmt::format("{:02}:{:02}:{:02}", t.hour, t.minute, t.second);
    case 'R':
      return fmt::format("{:02}:{:02}", t.hour, t.minute);
    case 'c':
      return fmt::format("{} {} {:2} {:02}:{:02}:{:02} {}", kDays[static_cast<size_t>(weekday(days))].substr(0, 3),
                         kMonths[static_cast<size_t>(t.month - 1)].substr(0, 3), t.day, t.hour, t.minute, t.second, t.year);
    case 's':
      return fmt::format("{}", floor_div(zone ? local - zone->offset_at_local(local) : local, kMicrosPerSecond));
    case 'z':
      return zone ? offset_text(zone->offset_at_local(local), false) : "";
    case 'Z':
      return zone ? zone->abbreviation_at_utc(local - zone->offset_at_local(local)) : "";
    case 'n':
      return "\n";
    case 't':
      return "\t";
    case '%':
      return "%";
    default:
      return std::string("%") + directive;
  }
}

}  // namespace

std::string format_time(const CivilTime& time, const std::string& format, const ZonePtr& zone) {
  std::string out;
  for (size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%' || i + 1 == format.size()) {
      out += format[i];
      continue;
    }
    char directive = format[++i];
    const bool unpadded = directive == '-' && i + 1 < format.size();
    if (unpadded) directive = format[++i];
    std::string piece = format_directive(directive, time, zone);
    if (unpadded) {
      const size_t digit = std::min(piece.find_first_not_of("0 "), piece.size() - 1);
      piece.erase(0, digit);
    }
    out += piece;
  }
  return out;
}

namespace {

// Reads fields of a text from left to right; `ok` turns false at the first that does not fit.
struct FieldReader {
  const std::string& text;
  size_t at = 0;
  bool ok = true;

  int64_t number(size_t max_digits) {
    const size_t start = at;
    int64_t value = 0;
    while (at < text.size() && at - start < max_digits && text[at] >= '0' && text[at] <= '9') value = value * 10 + (text[at++] - '0');
    ok = ok && at > start;
    return value;
  }
  template <size_t N>
  int name(const std::array<std::string_view, N>& names, size_t length) {  // 0: whole names
    for (size_t i = 0; i < N; ++i) {
      const std::string_view wanted = length == 0 ? names[i] : names[i].substr(0, length);
      if (equals_ignore_case(std::string_view(text).substr(at, wanted.size()), wanted)) {
        at += wanted.size();
        return static_cast<int>(i);
      }
    }
    ok = false;
    return 0;
  }
  ZonePtr zone() {
    if (at < text.size() && (text[at] == 'Z' || text[at] == 'z')) {
      ++at;
      return utc_zone();
    }
    if (at >= text.size() || (text[at] != '+' && text[at] != '-')) {
      ok = false;
      return nullptr;
    }
    const int64_t sign = text[at++] == '-' ? -1 : 1;
    const int64_t hours = number(2);
    if (at < text.size() && text[at] == ':') ++at;
    const int64_t minutes = number(2);
    return fixed_zone(sign * (hours * 3600 + minutes * 60) * kMicrosPerSecond);
  }
};

struct TimeParser {
  FieldReader in;
  ParsedTime out{{.year = 1900}, nullptr};
  bool afternoon = false;
  bool twelve_hours = false;
  int day_of_year = 0;

  void read(char directive) {
    CivilTime& t = out.time;
    switch (directive) {
      case 'Y':
        t.year = in.number(4);
        break;
      case 'y':
        t.year = in.number(2);
        t.year += t.year < 69 ? 2000 : 1900;
        break;
      case 'm':
        t.month = static_cast<int>(in.number(2));
        break;
      case 'd':
      case 'e':
        t.day = static_cast<int>(in.number(2));
        break;
      case 'H':
        t.hour = static_cast<int>(in.number(2));
        break;
      case 'I':
        t.hour = static_cast<int>(in.number(2));
        twelve_hours = true;
        break;
      case 'M':
        t.minute = static_cast<int>(in.number(2));
        break;
      case 'S':
        t.second = static_cast<int>(in.number(2));
        break;
      case 'j':
        day_of_year = static_cast<int>(in.number(3));
        break;
      case 'f': {
        const size_t start = in.at;
        int64_t value = in.number(6);
        for (size_t digits = in.at - start; digits < 6; ++digits) value *= 10;
        t.microsecond = static_cast<int>(value);
        break;
      }
      case 'p':
        afternoon = in.name(std::array<std::string_view, 2>{"AM", "PM"}, 0) == 1;
        break;
      case 'B':
        t.month = in.name(kMonths, 0) + 1;
        break;
      case 'b':
      case 'h':
        t.month = in.name(kMonths, 3) + 1;
        break;
      case 'A':
        in.name(kDays, 0);
        break;
      case 'a':
        in.name(kDays, 3);
        break;
      case 'z':
        out.zone = in.zone();
        break;
      case 'Z':
        while (in.at < in.text.size() && std::isalpha(static_cast<unsigned char>(in.text[in.at]))) ++in.at;
        break;
      case '%':
        in.ok = in.ok && in.at < in.text.size() && in.text[in.at++] == '%';
        break;
      default:
        in.ok = false;
    }
  }
};

std::string expand_shorthands(const std::string& format) {
  std::string out = replace_all(format, "%T", "%H:%M:%S");
  out = replace_all(out, "%F", "%Y-%m-%d");
  return replace_all(replace_all(out, "%D", "%m/%d/%y"), "%R", "%H:%M");
}

}  // namespace

std::optional<ParsedTime> parse_time(const std::string& text, const std::string& given_format) {
  const std::string format = expand_shorthands(given_format);
  TimeParser parser{.in = FieldReader{.text = text}};
  for (size_t i = 0; i < format.size() && parser.in.ok; ++i) {
    if (format[i] == '%' && i + 1 < format.size()) {
      parser.read(format[++i]);
    } else if (std::isspace(static_cast<unsigned char>(format[i]))) {
      while (parser.in.at < text.size() && std::isspace(static_cast<unsigned char>(text[parser.in.at]))) ++parser.in.at;
    } else {
      parser.in.ok = parser.in.at < text.size() && text[parser.in.at++] == format[i];
    }
  }
  if (!parser.in.ok || parser.in.at != text.size()) return std::nullopt;
  CivilTime& t = parser.out.time;
  if (parser.twelve_hours) t.hour = t.hour % 12 + (parser.afternoon ? 12 : 0);
  if (parser.day_of_year > 0) {
    const CivilTime day = to_civil((days_from_civil(t.year, 1, 1) + parser.day_of_year - 1) * kMicrosPerDay);
    t.month = day.month;
    t.day = day.day;
  }
  if (!is_valid(t)) return std::nullopt;
  return parser.out;
}

}  // namespace tidemark::resolve
