#include "adapter/duckdb/errors.h"

#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <duckdb.h>

#include "base/json.h"
#include "base/source_span.h"
#include "base/strings.h"

namespace tidemark::duckdb {
namespace {

struct EngineFault {
  std::string kind;     // "Binder"
  std::string message;  // without kind
  std::string hint;
  long position = -1;  // bytes into the SQL; -1: not told
};

constexpr std::pair<std::string_view, std::string_view> kCodes[] = {
    {"Parser", "TM4110"},        {"Syntax", "TM4110"},
    {"Binder", "TM4111"},        {"Catalog", "TM4111"},
    {"Planner", "TM4111"},       {"Invalid type", "TM4111"},
    {"Mismatch Type", "TM4111"}, {"Conversion", "TM4112"},
    {"Out of Range", "TM4112"},  {"Divide by Zero", "TM4112"},
    {"Decimal", "TM4112"},       {"Invalid Input", "TM4112"},
    {"Object Size", "TM4112"},   {"IO", "TM4113"},
    {"HTTP", "TM4113"},          {"Network", "TM4113"},
    {"Out of Memory", "TM4114"}, {"INTERRUPT", "TM4115"},
    {"Interrupt", "TM4115"},     {"Constraint", "TM4116"},
    {"Permission", "TM4117"},    {"TransactionContext", "TM4118"},
    {"Transaction", "TM4118"},   {"Invalid Configuration", "TM4104"},
};

std::string kind_of(int type) {
  switch (type) {
    case DUCKDB_ERROR_OUT_OF_RANGE:
      return "Out of Range";
    case DUCKDB_ERROR_CONVERSION:
      return "Conversion";
    case DUCKDB_ERROR_CATALOG:
      return "Catalog";
    case DUCKDB_ERROR_PARSER:
      return "Parser";
    case DUCKDB_ERROR_BINDER:
      return "Binder";
    case DUCKDB_ERROR_CONSTRAINT:
      return "Constraint";
    case DUCKDB_ERROR_IO:
      return "IO";
    case DUCKDB_ERROR_INTERRUPT:
      return "INTERRUPT";
    case DUCKDB_ERROR_INVALID_INPUT:
      return "Invalid Input";
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return "Out of Memory";
    case DUCKDB_ERROR_PERMISSION:
      return "Permission";
    case DUCKDB_ERROR_TRANSACTION:
      return "TransactionContext";
    case DUCKDB_INVALID_CONFIGURATION:
      return "Invalid Configuration";
    default:
      return "";
  }
}

EngineFault from_json(const Json& json) {
  EngineFault fault;
  fault.kind = json.value("exception_type", "");
  fault.message = json.value("exception_message", "");
  if (auto position = json.find("position"); position != json.end() && position->is_string()) {
    fault.position = std::strtol(position->get_ref<const std::string&>().c_str(), nullptr, 10);
  }
  return fault;
}

EngineFault from_plain(const std::string& message) {
  EngineFault fault;
  fault.message = message.substr(0, message.find("\n\nLINE "));
  if (auto colon = fault.message.find(" Error: "); colon != std::string::npos && colon < 40) {
    fault.kind = fault.message.substr(0, colon);
    fault.message.erase(0, colon + 8);
  }
  return fault;
}

EngineFault read_fault(const std::string& message, int type) {
  EngineFault fault;
  auto brace = message.find("{\"exception_type\"");
  Json json = brace == std::string::npos ? Json() : Json::parse(message.substr(brace), nullptr, false);
  fault = json.is_object() ? from_json(json) : from_plain(message);
  if (fault.kind.empty()) fault.kind = kind_of(type);
  return fault;
}

// What DuckDB proposes becomes the hint: "Did you mean ...", "Candidate bindings: ...".
void split_hint(EngineFault& fault) {
  for (std::string_view start : {"\nDid you mean ", "\nCandidate bindings: ", "\nCandidate functions:", "\n\tCandidate functions:"}) {
    auto at = fault.message.find(start);
    if (at == std::string::npos) continue;
    fault.hint = std::string(trim(fault.message.substr(at)));
    fault.message.erase(at);
    return;
  }
}

size_t token_length(std::string_view sql, size_t offset) {
  auto is_word = [](unsigned char c) { return std::isalnum(c) || c == '_' || c >= 0x80; };
  if (offset >= sql.size()) return 0;
  if (sql[offset] == '"' || sql[offset] == '\'') {
    auto close = sql.find(sql[offset], offset + 1);
    return close == std::string_view::npos ? 1 : close - offset + 1;
  }
  size_t end = offset;
  while (end < sql.size() && is_word(static_cast<unsigned char>(sql[end]))) ++end;
  return end == offset ? 1 : end - offset;
}

}  // namespace

Error engine_error(const std::string& message, int type, const std::string& sql) {
  EngineFault fault = read_fault(message, type);
  split_hint(fault);
  std::string code = "TM4119";
  for (const auto& [kind, kind_code] : kCodes) {
    if (fault.kind == kind) code = kind_code;
  }
  if (code == "TM4115") return Error(code, "interrupted");
  if (code == "TM4113" && fault.message.find(std::strerror(ENOSPC)) != std::string::npos) {
    // as base/file_system.h has it
    return Error("TM4903", "no space left: " + std::string(trim(fault.message))).hint("free some space and run again: what is published is untouched");
  }
  Error error(code, (fault.kind.empty() ? "" : fault.kind + " Error: ") + std::string(trim(fault.message)));
  if (fault.position >= 0 && static_cast<size_t>(fault.position) <= sql.size()) {
    auto offset = static_cast<size_t>(fault.position);
    error.at({make_source("<sql>", sql), offset, token_length(sql, offset)});
  }
  if (!fault.hint.empty()) error.hint(fault.hint);
  return error;
}

}  // namespace tidemark::duckdb
