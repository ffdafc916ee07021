#include "llms/utf8_joiner.hpp"

#include <algorithm>
#include <cstdint>

namespace docmind {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";

struct Lead {
    std::size_t length = 0;                 // 0: can start nothing
    unsigned char low = 0x80, high = 0xBF;  // range of the second byte
};

// Table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above U+10FFFF.
Lead classify(unsigned char b) {
    if (b < 0x80) return {1};
    if (b >= 0xC2 && b <= 0xDF) return {2};
    if (b == 0xE0) return {3, 0xA0, 0xBF};
    if (b == 0xED) return {3, 0x80, 0x9F};
    if (b >= 0xE1 && b <= 0xEF) return {3};
    if (b == 0xF0) return {4, 0x90, 0xBF};
    if (b >= 0xF1 && b <= 0xF3) return {4};
    if (b == 0xF4) return {4, 0x80, 0x8F};
    return {};
}

}  // namespace

std::string Utf8Joiner::feed(std::string_view bytes) {
    std::string input = std::move(pending_);
    pending_.clear();
    input.append(bytes);
    std::string out;
    out.reserve(input.size());
    std::size_t i = 0;
    while (i < input.size()) {
        const Lead lead = classify(static_cast<unsigned char>(input[i]));
        if (lead.length == 0) {
            out.append(replacement);
            ++i;
            continue;
        }
        std::size_t good = 1;
        while (good < lead.length && i + good < input.size()) {
            const auto b = static_cast<unsigned char>(input[i + good]);
            const unsigned char low = good == 1 ? lead.low : 0x80;
            const unsigned char high = good == 1 ? lead.high : 0xBF;
            if (b < low || b > high) break;
            ++good;
        }
        if (good == lead.length) {
            out.append(input, i, good);
        } else if (i + good == input.size()) {
            pending_ = input.substr(i);
            return out;
        } else {
            out.append(replacement);
        }
        i += good;
    }
    return out;
}

std::string Utf8Joiner::finish() {
    if (pending_.empty()) return {};
    pending_.clear();
    return std::string(replacement);
}

}  // namespace docmind
