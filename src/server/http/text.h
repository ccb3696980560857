// Texts of HTTP: URLs, cookies, header values.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark::server {

// %XX decoded ('+' is a blank where `form`); nullopt where it is malformed or holds a NUL.
std::optional<std::string> percent_decode(std::string_view text, bool form = false);
std::map<std::string, std::string> parse_query(std::string_view text);
// The value of one cookie; empty where there is none.
std::string cookie(const std::string& header, std::string_view name);
// `attachment; filename="…"; filename*=UTF-8''…` (RFC 6266) for any name: nothing of it can end the header.
std::string attachment(const std::string& name);
// The host of "host:port", "[::1]:3000"; lower case.
std::string host_only(std::string_view host_and_port);

}  // namespace tidemark::server
