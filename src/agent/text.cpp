#include "agent/text.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "analysis/text_analysis.hpp"

namespace docmind::text {

namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

const std::unordered_set<std::string_view>& stop_words() {
    static const std::unordered_set<std::string_view> words{
        "a",    "about", "all",   "also",  "an",   "and",   "any",   "are",  "as",    "at",     "be",   "been", "but",  "by",
        "can",  "could", "did",   "do",    "does", "each",  "for",   "from", "had",   "has",    "have", "he",   "her",  "his",
        "how",  "i",     "if",    "in",    "into", "is",    "it",    "its",  "may",   "me",     "more", "most", "my",   "no",
        "not",  "of",    "on",    "one",   "only", "or",    "other", "our",  "she",   "should", "so",   "some", "such", "than",
        "that", "the",   "their", "them",  "then", "there", "these", "they", "this",  "those",  "to",   "was",  "we",   "were",
        "what", "when",  "where", "which", "who",  "why",   "will",  "with", "would", "you",    "your"};
    return words;
}

TextAnalyzer& analyzer() {
    thread_local TextAnalyzer one;
    return one;
}

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// The words of a run that is not of ASCII letters alone: what looks like one word may be several, or none.
void add_words(std::string_view run, std::size_t begin, std::vector<Word>& found) {
    for (const Token& token : analyzer().tokens(run)) {
        if (token.kind == Token::Kind::joined) continue;
        const Span span{begin + token.begin, begin + token.end};
        // The last character of a run is a word only where it stands alone.
        if (token.kind == Token::Kind::last_one && !found.empty() && found.back().span.end == span.end) continue;
        found.push_back({token.folded, span, token.capital});
    }
}

// Does a list item, heading or table row begin here?
bool starts_block(std::string_view rest) {
    const auto first = rest.find_first_not_of(" \t");
    if (first == std::string_view::npos) return true;
    rest.remove_prefix(first);
    if (rest[0] == '\n' || rest[0] == '#' || rest[0] == '|' || rest[0] == '>') return true;
    if ((rest[0] == '-' || rest[0] == '*' || rest[0] == '+') && rest.size() > 1 && rest[1] == ' ') return true;
    std::size_t digits = 0;
    while (digits < rest.size() && is_digit(rest[digits])) ++digits;
    return digits > 0 && digits <= 3 && rest.size() > digits + 1 && (rest[digits] == '.' || rest[digits] == ')') && rest[digits + 1] == ' ';
}

// How many bytes of sentence-ending punctuation stand at `i`, with closing quotes and brackets behind it; 0: none.
std::size_t sentence_end(std::string_view text, std::size_t i) {
    static constexpr std::array<std::string_view, 3> wide{"\xE3\x80\x82", "\xEF\xBC\x81", "\xEF\xBC\x9F"};
    for (const std::string_view mark : wide) {
        if (text.substr(i, mark.size()) == mark) return mark.size();
    }
    if (text[i] != '.' && text[i] != '!' && text[i] != '?') return 0;
    std::size_t end = i + 1;
    while (end < text.size() && (text[end] == '.' || text[end] == '!' || text[end] == '?' || text[end] == '"' || text[end] == '\'' ||
                                 text[end] == ')' || text[end] == '*')) {
        ++end;
    }
    if (end < text.size() && !is_blank(text[end])) return 0;
    // "(alternatively ??) allows": a bracket or quotation that closes inside a sentence.
    if (end > i + 1 && (text[end - 1] == ')' || text[end - 1] == '"' || text[end - 1] == '\'') && end + 1 < text.size() &&
        text[end + 1] >= 'a' && text[end + 1] <= 'z') {
        return 0;
    }
    // "1. " at the start of a line numbers an item; "e.g. " and "i.e. " end nothing.
    if (text[i] == '.' && end == i + 1) {
        std::size_t begin = i;
        while (begin > 0 && !is_blank(text[begin - 1])) --begin;
        const std::string_view word = text.substr(begin, i - begin);
        if (word == "e.g" || word == "i.e" || word == "cf" || word == "vs" || word == "(e.g" || word == "(i.e") return 0;
        const bool at_line_start = begin == 0 || text[begin - 1] == '\n';
        if (at_line_start && word.size() <= 3 && std::all_of(word.begin(), word.end(), is_digit)) return 0;
    }
    return end - i;
}

}  // namespace

std::string_view shorten(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return text;
    while (max_bytes > 0 && (static_cast<unsigned char>(text[max_bytes]) & 0xC0) == 0x80) --max_bytes;
    return text.substr(0, max_bytes);
}

std::string_view trim(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

std::string one_line(std::string_view text) {
    std::string line;
    for (const char c : trim(text)) {
        if (!is_blank(c)) {
            line.push_back(c);
        } else if (!line.empty() && line.back() != ' ') {
            line.push_back(' ');
        }
    }
    return line;
}

std::vector<Word> words(std::string_view text) {
    std::vector<Word> found;
    std::size_t i = 0;
    while (i < text.size()) {
        if (!is_word(text[i])) {
            ++i;
            continue;
        }
        const std::size_t begin = i;
        while (i < text.size() && is_word(text[i])) ++i;
        const std::string_view run = text.substr(begin, i - begin);
        if (!is_ascii(run)) {
            add_words(run, begin, found);
            continue;
        }
        Word word{std::string(run), {begin, i}, run.front() >= 'A' && run.front() <= 'Z'};
        for (char& c : word.text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        found.push_back(std::move(word));
    }
    return found;
}

std::string stem(std::string_view word) {
    if (word.size() == 1 && !is_digit(word[0]) && static_cast<unsigned char>(word[0]) < 0x80) return {};
    if (stop_words().contains(word)) return {};
    std::string stemmed(word);
    if (!is_ascii(word)) return analyzer().term({.folded = std::move(stemmed)});
    const auto cut = [&stemmed](std::string_view ending, std::size_t least) {
        if (stemmed.size() < ending.size() + least || !stemmed.ends_with(ending)) return false;
        stemmed.resize(stemmed.size() - ending.size());
        return true;
    };
    if (stemmed.ends_with("ies") && stemmed.size() > 4) {
        stemmed.replace(stemmed.size() - 3, 3, "y");
    } else if (!stemmed.ends_with("ss") && !stemmed.ends_with("us") && !stemmed.ends_with("is")) {
        cut("s", 3);
    }
    if (!cut("ing", 4)) cut("ed", 4);
    cut("e", 3);
    return stemmed;
}

std::vector<Span> sentences(std::string_view text) {
    std::vector<Span> found;
    std::size_t begin = 0;
    const auto close = [&](std::size_t end) {
        std::size_t first = begin;
        while (first < end && is_blank(text[first])) ++first;
        std::size_t last = end;
        while (last > first && is_blank(text[last - 1])) --last;
        if (last > first) found.push_back({first, last});
        begin = end;
    };
    std::size_t i = 0;
    while (i < text.size()) {
        if (text[i] == '\n' && starts_block(text.substr(i + 1))) {
            close(i);
            ++i;
            continue;
        }
        const std::size_t length = sentence_end(text, i);
        i += std::max<std::size_t>(length, 1);
        if (length > 0) close(i);
    }
    close(text.size());
    return found;
}

}  // namespace docmind::text
