#include "agent/repetition.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>

namespace docmind {

namespace {

constexpr std::size_t looked_at = 8192;
constexpr std::size_t long_sentence = 30;
constexpr std::size_t short_sentence = 8;
constexpr std::size_t pattern_bytes = 160;
constexpr std::size_t longest_pattern = 64;

std::string normalized(std::string_view sentence) {
    std::string key;
    for (const text::Word& word : text::words(sentence)) {
        if (word.text.find_first_not_of("0123456789") == std::string::npos) continue;
        key += word.text;
        key.push_back(' ');
    }
    return key;
}

std::optional<std::size_t> repeated_sentence(std::string_view tail) {
    struct Seen {
        int times = 0;
        std::size_t second = 0;
    };
    std::unordered_map<std::string, Seen> seen;
    const auto spans = text::sentences(tail);
    for (std::size_t i = 0; i < spans.size(); ++i) {
        // The last one may still be growing.
        if (i + 1 == spans.size() && tail[spans[i].end - 1] != '.' && tail[spans[i].end - 1] != '\n') break;
        const std::string key = normalized(tail.substr(spans[i].begin, spans[i].size()));
        if (key.size() < short_sentence) continue;
        Seen& entry = seen[key];
        if (++entry.times == 2) entry.second = spans[i].begin;
        if (entry.times >= (key.size() >= long_sentence ? 2 : 4)) return entry.second;
    }
    return std::nullopt;
}

std::optional<std::size_t> repeated_pattern(std::string_view tail) {
    if (tail.size() < pattern_bytes) return std::nullopt;
    for (std::size_t period = 1; period <= longest_pattern; ++period) {
        std::size_t length = period;
        while (length < tail.size() && tail[tail.size() - 1 - length] == tail[tail.size() - 1 - length + period]) ++length;
        if (length >= std::max(pattern_bytes, 3 * period)) return tail.size() - length + period;
    }
    return std::nullopt;
}

}  // namespace

std::optional<std::size_t> find_repetition(std::string_view answer) {
    std::size_t skipped = answer.size() > looked_at ? answer.size() - looked_at : 0;
    while (skipped < answer.size() && (static_cast<unsigned char>(answer[skipped]) & 0xC0) == 0x80) ++skipped;
    const std::string_view tail = answer.substr(skipped);
    const auto sentence = repeated_sentence(tail);
    const auto pattern = repeated_pattern(tail);
    if (!sentence && !pattern) return std::nullopt;
    std::size_t at = skipped + std::min(sentence.value_or(tail.size()), pattern.value_or(tail.size()));
    while (at > 0 && at < answer.size() && (static_cast<unsigned char>(answer[at]) & 0xC0) == 0x80) --at;
    return at;
}

}  // namespace docmind
