// Why a model is maintained the way it is. Codes are stable: users and tests compare them. One table holds them all;
// docs/exactness.md lists it, and a test compares the two.
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

struct ReasonText {
  std::string_view code;    // "order_not_total"
  std::string_view text;    // one sentence: what holds
  std::string_view advice;  // what to change; empty where nothing needs to be
};

// Every code there is, in the order of the documentation.
std::span<const ReasonText> reason_texts();

struct Reason {
  std::string code;    // one of reason_texts(); empty: no reason
  std::string detail;  // names what it is about: "first() in line 12"
  bool operator==(const Reason&) const = default;
  explicit operator bool() const { return !code.empty(); }
  std::string text() const;  // "the order of rows within a group is not total: row_number() over (…)"
  std::string advice() const;
};

// Throws Error TM9501 where `code` is not in the table.
Reason make_reason(std::string_view code, std::string detail = {});

}  // namespace tidemark
