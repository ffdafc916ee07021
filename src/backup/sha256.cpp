#include "backup/sha256.hpp"

#include <fmt/format.h>

#include <iterator>

namespace docmind {

std::string Sha256::finish() {
    std::string hex;
    for (const unsigned char byte : hash_.result()) fmt::format_to(std::back_inserter(hex), "{:02x}", byte);
    return hex;
}

std::string sha256_of(std::string_view bytes) {
    Sha256 hash;
    hash.update(bytes);
    return hash.finish();
}

}  // namespace docmind
