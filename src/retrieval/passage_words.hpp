#pragma once
// "What are the words of this text?", for comparing passages with each other: runs of what is no white space, small ASCII letters.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace docmind {

struct WordHash {
    std::uint64_t hash = 0;
    bool has_digit = false;
};

/// The first `most` words of the text, in order (FNV-1a of each).
[[nodiscard]] inline std::vector<WordHash> word_hashes(std::string_view text, std::size_t most) {
    constexpr std::uint64_t basis = 0xcbf29ce484222325U, prime = 0x100000001b3U;
    std::vector<WordHash> words;
    WordHash word{.hash = basis};
    bool open = false;
    const auto close = [&] {
        if (open) words.push_back(word);
        word = {.hash = basis};
        open = false;
    };
    for (const char c : text) {
        if (words.size() == most) return words;
        if (c == ' ' || (c >= '\t' && c <= '\r')) {
            close();
            continue;
        }
        const char small = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        word.hash = (word.hash ^ static_cast<unsigned char>(small)) * prime;
        word.has_digit = word.has_digit || (c >= '0' && c <= '9');
        open = true;
    }
    close();
    return words;
}

/// Two sets, each ascending and without repetition: the share of their union that both have. Of two empty ones 0.
[[nodiscard]] inline double jaccard(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    std::size_t both = 0;
    for (auto at = a.begin(), other = b.begin(); at != a.end() && other != b.end();) {
        if (*at == *other) {
            ++both;
            ++at;
            ++other;
        } else {
            ++(*at < *other ? at : other);
        }
    }
    const std::size_t either = a.size() + b.size() - both;
    return either == 0 ? 0 : static_cast<double>(both) / static_cast<double>(either);
}

/// Ascending, each once.
inline void make_set(std::vector<std::uint64_t>* values) {
    std::ranges::sort(*values);
    const auto repeated = std::ranges::unique(*values);
    values->erase(repeated.begin(), repeated.end());
}

}  // namespace docmind
