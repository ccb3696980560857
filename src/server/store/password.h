// Secrets: passwords are kept as scrypt hashes, tokens as SHA-256 of themselves (they are random, 256 bits).
#pragma once
#include <string>

namespace tidemark::server {

std::string hash_password(const std::string& password);                        // "scrypt$N$r$p$salt$hash"
bool verify_password(const std::string& password, const std::string& stored);  // in constant time
std::string random_token();                                                    // 43 characters of A-Z a-z 0-9 - _
// Throws TM7400 where it is too short, or too long to be one.
void check_new_password(const std::string& password);

}  // namespace tidemark::server
