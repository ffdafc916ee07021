#include "storage/engine/query_terms.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace docmind {
namespace {

// Words that are in nearly every passage and in nearly every question; "s", "t" and the like are what apostrophes leave behind.
// "not" and "no" stay searchable words: manuals speak of "not a number".
constexpr auto stop_words = std::to_array<std::string_view>(
    {"a",     "about",  "all",   "am",    "an",   "and",   "any",      "are",        "as",        "at",    "be",     "because",
     "been",  "before", "being", "both",  "but",  "by",    "can",      "could",      "d",         "did",   "do",     "does",
     "doing", "during", "each",  "few",   "for",  "from",  "further",  "had",        "has",       "have",  "having", "he",
     "her",   "here",   "hers",  "him",   "his",  "how",   "i",        "if",         "in",        "into",  "is",     "it",
     "its",   "itself", "just",  "ll",    "m",    "me",    "my",       "myself",     "now",       "o",     "of",     "on",
     "once",  "only",   "or",    "other", "our",  "ours",  "own",      "please",     "re",        "s",     "same",   "shall",
     "she",   "should", "so",    "some",  "such", "t",     "than",     "that",       "the",       "their", "theirs", "them",
     "then",  "there",  "these", "they",  "this", "those", "through",  "to",         "too",       "until", "us",     "ve",
     "very",  "was",    "we",    "were",  "what", "when",  "where",    "which",      "while",     "who",   "whom",   "why",
     "will",  "with",   "would", "you",   "your", "yours", "yourself", "yourselves", "themselves"});

bool is_stop_word(std::string_view word) {
    return std::ranges::find(stop_words, word) != stop_words.end();
}

bool is_word_byte(unsigned char c) {
    return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// Bytes at `at` that are punctuation outside ASCII: U+00A0..00BF, U+2000..206F, U+3000..303F. 0 where there is none.
std::size_t wide_punctuation(std::string_view text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0; };
    if (byte(0) == 0xc2 && byte(1) >= 0xa0 && byte(1) <= 0xbf) return 2;
    if (byte(0) == 0xe2 && (byte(1) == 0x80 || (byte(1) == 0x81 && byte(2) <= 0xaf))) return byte(2) != 0 ? 3 : 0;
    if (byte(0) == 0xe3 && byte(1) == 0x80) return byte(2) != 0 ? 3 : 0;
    return 0;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text) {
    constexpr std::size_t max_word_bytes = 128;  // nothing that people look for is longer
    std::vector<std::string> words;
    std::string word;
    const auto end_word = [&] {
        if (word.empty()) return;
        word.resize(std::min(word.size(), max_word_bytes));
        words.push_back(std::move(word));
        word.clear();
    };
    for (std::size_t i = 0; i < text.size();) {
        const auto c = static_cast<unsigned char>(text[i]);
        const std::size_t skipped = is_word_byte(c) ? wide_punctuation(text, i) : 1;
        if (skipped > 0) {
            end_word();
            i += skipped;
            continue;
        }
        word.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : text[i]);
        ++i;
    }
    end_word();
    return words;
}

std::vector<std::string> query_terms(std::string_view text, std::size_t max_terms) {
    std::vector<std::string> terms, fillers;
    std::unordered_set<std::string> seen;
    for (std::string& word : split_words(text)) {
        if (terms.size() == max_terms) break;
        if (!seen.insert(word).second) continue;
        std::vector<std::string>& list = is_stop_word(word) ? fillers : terms;
        if (list.size() < max_terms) list.push_back(std::move(word));
    }
    return terms.empty() ? fillers : terms;
}

}  // namespace docmind
