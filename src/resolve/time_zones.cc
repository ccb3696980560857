// Time zones: UTC, fixed offsets, and named ones from the system's compiled zone data (TZif, RFC 8536).
#include <algorithm>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/file_system.h"
#include "resolve/datetime_values.h"

namespace tidemark::resolve {

namespace {

class FixedZone : public Zone {
 public:
  FixedZone(std::string name, int64_t offset) : name_(std::move(name)), offset_(offset) {}
  std::string name() const override { return name_; }
  int64_t offset_at_utc(int64_t) const override { return offset_; }
  int64_t offset_at_local(int64_t) const override { return offset_; }
  std::string abbreviation_at_utc(int64_t) const override { return name_; }

 private:
  std::string name_;
  int64_t offset_;
};

struct Transition {
  int64_t utc_micros;
  int64_t offset;  // from then on, micros
  std::string abbreviation;
};

class FileZone : public Zone {
 public:
  FileZone(std::string name, std::vector<Transition> transitions) : name_(std::move(name)), transitions_(std::move(transitions)) {}
  std::string name() const override { return name_; }
  int64_t offset_at_utc(int64_t utc) const override { return at(utc).offset; }
  int64_t offset_at_local(int64_t local) const override {
    const int64_t before = at(local - at(local - kMicrosPerDay).offset).offset;
    return at(local - before).offset == before ? before : at(local - at(local + kMicrosPerDay).offset).offset;
  }
  std::string abbreviation_at_utc(int64_t utc) const override { return at(utc).abbreviation; }

 private:
  const Transition& at(int64_t utc) const {
    const auto it = std::upper_bound(transitions_.begin(), transitions_.end(), utc, [](int64_t moment, const Transition& t) { return moment < t.utc_micros; });
    return it == transitions_.begin() ? transitions_.front() : *std::prev(it);
  }
  std::string name_;
  std::vector<Transition> transitions_;  // by time; never empty
};

// Big-endian reader over a TZif file; throws std::out_of_range at its end.
struct Bytes {
  const std::string& data;
  size_t at = 0;
  int64_t number(size_t width) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) value = value << 8U | static_cast<unsigned char>(data.at(at++));
    if (width == 4) return static_cast<int32_t>(value);
    return static_cast<int64_t>(value);
  }
};

struct Header {
  int64_t utc_flags, standard_flags, leaps, times, types, characters;
};

Header read_header(Bytes& in) {
  in.at += 20;
  Header h{};
  for (int64_t* field : {&h.utc_flags, &h.standard_flags, &h.leaps, &h.times, &h.types, &h.characters}) *field = in.number(4);
  return h;
}

// The 64-bit block of a version 2+ file. Beyond its last transition (2037 in full files) the last offset goes on.
std::vector<Transition> read_transitions(const std::string& data) {
  Bytes in{data};
  const Header first = read_header(in);
  in.at += static_cast<size_t>(first.times * 5 + first.types * 6 + first.characters + first.leaps * 8 + first.standard_flags + first.utc_flags);
  const Header h = read_header(in);
  std::vector<int64_t> times;
  std::vector<size_t> kinds;
  for (int64_t i = 0; i < h.times; ++i) times.push_back(in.number(8));
  for (int64_t i = 0; i < h.times; ++i) kinds.push_back(static_cast<size_t>(static_cast<unsigned char>(data.at(in.at++))));
  struct Kind {
    int64_t offset;
    size_t name;
  };
  std::vector<Kind> types;
  for (int64_t i = 0; i < h.types; ++i) {
    const int64_t offset = in.number(4);
    ++in.at;
    types.push_back({offset, static_cast<size_t>(static_cast<unsigned char>(data.at(in.at++)))});
  }
  const auto make = [&](int64_t utc_micros, const Kind& kind) {
    return Transition{utc_micros, kind.offset * kMicrosPerSecond, std::string(data.c_str() + in.at + kind.name)};
  };
  std::vector<Transition> out{make(INT64_MIN, types.at(0))};
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] > INT64_MAX / kMicrosPerSecond || times[i] < INT64_MIN / kMicrosPerSecond) continue;
    out.push_back(make(times[i] * kMicrosPerSecond, types.at(kinds[i])));
  }
  return out;
}

}  // namespace

ZonePtr utc_zone() {
  static const ZonePtr zone = std::make_shared<FixedZone>("UTC", 0);
  return zone;
}

ZonePtr fixed_zone(int64_t offset) {
  const int64_t minutes = (offset < 0 ? -offset : offset) / kMicrosPerSecond / 60;
  return offset == 0 ? utc_zone() : std::make_shared<FixedZone>(fmt::format("UTC{}{:02}:{:02}", offset < 0 ? '-' : '+', minutes / 60, minutes % 60), offset);
}

ZonePtr named_zone(const std::string& name) {
  if (name == "UTC") return utc_zone();
  const bool harmless = name.find("..") == std::string::npos && !name.empty() && name.front() != '/';
  if (!harmless) return nullptr;
  try {
    const std::string data = read_file(fs::path("/usr/share/zoneinfo") / name);
    if (data.size() < 44 || data.compare(0, 4, "TZif") != 0 || data[4] < '2') return nullptr;
    return std::make_shared<FileZone>(name, read_transitions(data));
  } catch (const Error&) {
    return nullptr;
  } catch (const std::out_of_range&) {
    return nullptr;
  }
}

}  // namespace tidemark::resolve
