#include "base/hash.h"

#include <array>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/error.h"
#include "base/file_system.h"

namespace tidemark {

namespace {

std::string to_hex(const unsigned char* bytes, size_t count) {
  std::string out;
  out.reserve(count * 2);
  for (size_t i = 0; i < count; ++i) fmt::format_to(std::back_inserter(out), "{:02x}", bytes[i]);
  return out;
}

std::string hex_of(XXH128_hash_t hash) { return fmt::format("{:016x}{:016x}", hash.high64, hash.low64); }

std::string digest_hex(const EVP_MD* algorithm, std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned int length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), out.data(), &length, algorithm, nullptr) != 1) throw Error("TM9002", "the hash function failed");
  return to_hex(out.data(), length);
}

}  // namespace

std::string xxh128_hex(std::string_view bytes) { return hex_of(XXH3_128bits(bytes.data(), bytes.size())); }

std::string xxh128_file_hex(const std::filesystem::path& path) {
  const FileHandle file = FileHandle::open_read(path);
  constexpr size_t kBlock = size_t{1} << 20;
  std::vector<char> block(kBlock);
  const std::unique_ptr<XXH3_state_t, XXH_errorcode (*)(XXH3_state_t*)> state(XXH3_createState(), XXH3_freeState);
  XXH3_128bits_reset(state.get());
  while (const size_t count = file.read(block.data(), block.size())) XXH3_128bits_update(state.get(), block.data(), count);
  return hex_of(XXH3_128bits_digest(state.get()));
}

std::string sha256_hex(std::string_view bytes) { return digest_hex(EVP_sha256(), bytes); }

std::string md5_hex(std::string_view bytes) { return digest_hex(EVP_md5(), bytes); }

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) throw Error("TM9002", "no randomness from the system");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0FU) | 0x40U);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3FU) | 0x80U);
  const std::string hex = to_hex(bytes.data(), bytes.size());
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" + hex.substr(20);
}

}  // namespace tidemark
