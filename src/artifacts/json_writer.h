// JSON text written member by member, without a tree in between: a manifest of thousands of nodes is mostly copying.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_fwd.h"

namespace tidemark::artifacts {

class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view name);

  JsonWriter& null();
  JsonWriter& text(std::string_view value);  // invalid UTF-8 becomes U+FFFD
  JsonWriter& boolean(bool value);
  JsonWriter& integer(int64_t value);
  JsonWriter& real(double value);  // not finite: null, as JSON has no such numbers
  JsonWriter& json(const Json& value);
  JsonWriter& texts(const std::vector<std::string>& values);

  // A member in one call; an empty optional is null.
  JsonWriter& member(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const char* value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const std::string& value) { return key(name).text(value); }
  JsonWriter& member(std::string_view name, const std::vector<std::string>& values) { return key(name).texts(values); }
  JsonWriter& member(std::string_view name, const std::optional<std::string>& value);
  JsonWriter& member(std::string_view name, const Json& value) { return key(name).json(value); }
  JsonWriter& text_or_null(std::string_view name, std::string_view value);  // empty: null

  const std::string& result() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void separate();
  std::string out_;
  bool need_comma_ = false;
};

}  // namespace tidemark::artifacts
