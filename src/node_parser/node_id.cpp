#include "node_parser/node_id.hpp"

#include <boost/hash2/sha2.hpp>

#include <cstdint>

namespace docmind {

std::string node_id(std::string_view document_id, int ordinal, std::string_view text) {
    // The lengths go in, so that no two triples are the same bytes.
    const std::string head = std::to_string(document_id.size()) + ":" + std::to_string(ordinal) + ":";
    boost::hash2::sha2_256 hash;
    for (const std::string_view part : {std::string_view(head), document_id, text}) hash.update(part.data(), part.size());
    const auto digest = hash.result();
    constexpr char digits[] = "0123456789abcdef";
    std::string id;
    for (std::size_t i = 0; i < 16; ++i) {
        id.push_back(digits[digest[i] >> 4]);
        id.push_back(digits[digest[i] & 15]);
    }
    return id;
}

}  // namespace docmind
