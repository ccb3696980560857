#include "server/store/password.h"

#include <array>
#include <charconv>
#include <vector>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include "base/error.h"
#include "base/strings.h"

namespace tidemark::server {

namespace {

constexpr uint64_t kCost = 1 << 15, kBlock = 8, kParallel = 1;  // 32 MiB, some 70 ms
constexpr size_t kSalt = 16, kHash = 32;

std::string random_bytes(size_t count) {
  std::string out(count, '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(count)) != 1) throw Error("TM9002", "no randomness from the system");
  return out;
}

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}

std::string unhex(const std::string& text) {
  std::string out;
  for (size_t i = 0; i + 1 < text.size(); i += 2) {
    unsigned byte = 0;
    std::from_chars(text.data() + i, text.data() + i + 2, byte, 16);
    out += static_cast<char>(byte);
  }
  return out;
}

std::string scrypt(const std::string& password, const std::string& salt, uint64_t cost, uint64_t block, uint64_t parallel) {
  std::string out(kHash, '\0');
  constexpr uint64_t kMemory = 256 << 20;
  if (EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(), cost, block, parallel, kMemory,
                     reinterpret_cast<unsigned char*>(out.data()), out.size()) != 1)
    throw Error("TM9003", "scrypt failed");
  return out;
}

}  // namespace

std::string hash_password(const std::string& password) {
  const std::string salt = random_bytes(kSalt);
  return fmt::format("scrypt${}${}${}${}${}", kCost, kBlock, kParallel, hex(salt), hex(scrypt(password, salt, kCost, kBlock, kParallel)));
}

bool verify_password(const std::string& password, const std::string& stored) {
  const std::vector<std::string> parts = split(stored, '$');
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  const std::string wanted = unhex(parts[5]);
  const std::string got = scrypt(password, unhex(parts[4]), std::stoull(parts[1]), std::stoull(parts[2]), std::stoull(parts[3]));
  return wanted.size() == got.size() && CRYPTO_memcmp(wanted.data(), got.data(), got.size()) == 0;
}

std::string random_token() {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  for (const char c : random_bytes(43)) out += kAlphabet[static_cast<unsigned char>(c) & 63U];
  return out;
}

void check_new_password(const std::string& password) {
  if (password.size() < 10) throw Error("TM7400", "the password is too short").hint("at least 10 characters");
  if (password.size() > 1024) throw Error("TM7400", "the password is too long").hint("at most 1024 bytes");
}

}  // namespace tidemark::server
