#include "analysis/text_query.hpp"

#include "analysis/text_analysis.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_set>
#include <utility>

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

/// Length of the quotation mark at `at`; 0 where there is none.
std::size_t quote_at(std::string_view text, std::size_t at) {
    if (text[at] == '"') return 1;
    for (const std::string_view mark : {"\u201c", "\u201d", "\u201e", "\u00ab", "\u00bb"}) {
        if (text.substr(at).starts_with(mark)) return mark.size();
    }
    return 0;
}

/// What stands between the first quotation mark and the second, the third and the fourth, and so on.
std::vector<std::string_view> quoted(std::string_view text) {
    std::vector<std::string_view> parts;
    std::optional<std::size_t> open;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t mark = quote_at(text, at);
        if (mark > 0 && open) parts.push_back(text.substr(*open, at - *open));
        if (mark > 0) open = open ? std::nullopt : std::optional(at + mark);
        at += std::max<std::size_t>(mark, 1);
    }
    return parts;
}

TextQuery::Phrase phrase_of(std::string_view text, TextAnalyzer& analyzer) {
    TextQuery::Phrase phrase;
    for (const Token& token : analyzer.tokens(text)) {
        if (token.kind != Token::Kind::word && token.kind != Token::Kind::pair) continue;
        const std::uint32_t first = phrase.empty() ? token.position : phrase.front().second;
        phrase.emplace_back(analyzer.term(token), phrase.empty() ? token.position : token.position - first);
    }
    if (!phrase.empty()) phrase.front().second = 0;
    return phrase;
}

}  // namespace

TextQuery parse_text_query(std::string_view text, TextAnalyzer& analyzer, TextQueryLimits limits) {
    TextQuery query;
    std::vector<std::string> fillers;
    std::unordered_set<std::string> seen, seen_prefixes, words;
    const auto add_prefix = [&](const std::string& prefix) {
        if (query.prefixes.size() < limits.prefixes && seen_prefixes.insert(prefix).second) query.prefixes.push_back(prefix);
    };
    bool in_run = false;  // of a script without spaces: its last character counts only where it is the only one
    for (const Token& token : analyzer.tokens(text)) {
        if (query.terms.size() == limits.terms) break;
        if (token.kind == Token::Kind::last_one) {
            if (!in_run) add_prefix(token.folded);
            in_run = false;
            continue;
        }
        in_run = token.kind == Token::Kind::pair;
        const bool starred = token.end < text.size() && text[token.end] == '*' && token.folded.size() >= 2;
        if (starred && token.kind != Token::Kind::pair) add_prefix(token.folded);
        const std::string& term = analyzer.term(token);
        const bool filler = !starred && is_stop_word(token.folded);
        if (!filler && token.kind != Token::Kind::joined) words.insert(term);
        std::vector<std::string>& list = filler ? fillers : query.terms;
        if (list.size() < limits.terms && seen.insert(term).second) list.push_back(term);
    }
    if (query.terms.empty() && query.prefixes.empty()) query.terms = std::move(fillers);
    for (const std::string_view part : quoted(text)) {
        if (query.phrases.size() == limits.phrases) break;
        TextQuery::Phrase phrase = phrase_of(part, analyzer);
        if (phrase.size() < 2 || phrase.size() > limits.terms) continue;
        for (const auto& [term, distance] : phrase) words.erase(term);
        query.phrases.push_back(std::move(phrase));
    }
    // A title in a question is in quotation marks too, and the answer often stands where the title does not.
    if (!words.empty() || !query.prefixes.empty()) query.phrases.clear();
    return query;
}

bool holds_phrase(std::string_view text, const TextQuery::Phrase& phrase, TextAnalyzer& analyzer) {
    std::vector<std::pair<std::uint32_t, std::string>> words;
    for (const Token& token : analyzer.tokens(text)) {
        if (token.kind == Token::Kind::word || token.kind == Token::Kind::pair) words.emplace_back(token.position, analyzer.term(token));
    }
    const auto word_at = [&](std::uint32_t position) {
        const auto found = std::ranges::lower_bound(words, position, {}, &std::pair<std::uint32_t, std::string>::first);
        return found != words.end() && found->first == position ? std::string_view(found->second) : std::string_view();
    };
    return std::ranges::any_of(words, [&](const auto& start) {
        return std::ranges::all_of(phrase, [&](const auto& part) { return word_at(start.first + part.second) == part.first; });
    });
}

}  // namespace docmind
