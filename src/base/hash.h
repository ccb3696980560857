// Hashes. Content fingerprints use XXH3-128; dbt's own checksums are SHA-256 and MD5.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace tidemark {

std::string xxh128_hex(std::string_view bytes);                  // 32 hex digits
std::string xxh128_file_hex(const std::filesystem::path& path);  // of a file's bytes; throws Error on read faults
std::string sha256_hex(std::string_view bytes);
std::string md5_hex(std::string_view bytes);
std::string random_uuid();  // RFC 4122 version 4

}  // namespace tidemark
