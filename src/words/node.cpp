#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <sys/random.h>

#include <algorithm>
#include <array>

namespace docmind {

std::string searchable_text(const Node& node) {
    return node.title.empty() ? node.text : node.title + "\n" + node.text;
}

std::string make_id() {
    std::array<unsigned char, 16> bytes{};
    if (getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
        throw Error(errc::internal, "The kernel gave no random bytes.");
    }
    constexpr char digits[] = "0123456789abcdef";
    std::string id;
    id.reserve(2 * bytes.size());
    for (const unsigned char b : bytes) {
        id.push_back(digits[b >> 4]);
        id.push_back(digits[b & 15]);
    }
    return id;
}

bool is_made_id(std::string_view id) noexcept {
    return id.size() == 32 && std::ranges::all_of(id, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace docmind
