#include "agent/claim.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t clause_gap = 5;  // words that a comma or an "and" counts for
constexpr std::size_t sentence_gap = 25;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

std::string_view number_word(std::string_view word) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 29> words{
        {{"zero", "0"},      {"two", "2"},       {"three", "3"},    {"four", "4"},      {"five", "5"},       {"six", "6"},
         {"seven", "7"},     {"eight", "8"},     {"nine", "9"},     {"ten", "10"},      {"eleven", "11"},    {"twelve", "12"},
         {"thirteen", "13"}, {"fourteen", "14"}, {"fifteen", "15"}, {"sixteen", "16"},  {"seventeen", "17"}, {"eighteen", "18"},
         {"nineteen", "19"}, {"twenty", "20"},   {"thirty", "30"},  {"forty", "40"},    {"fifty", "50"},     {"sixty", "60"},
         {"seventy", "70"},  {"eighty", "80"},   {"ninety", "90"},  {"hundred", "100"}, {"thousand", "1000"}}};
    for (const auto& [name, figures] : words) {
        if (name == word) return figures;
    }
    return {};
}

bool is_among(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
}

// How many of the meaningful words behind it a word takes back; 0: it is no negation.
std::size_t negates(std::string_view word) {
    if (is_among(word, {"not", "never", "cannot", "neither", "nor", "hardly"}) || word.ends_with("n\xE2\x80\x99t")) return 2;
    if (is_among(word, {"no", "without", "none"})) return 1;
    return 0;
}

/// Goes through a text word by word. A number is one word with its separators, an "isn't" is one too.
class Words {
  public:
    Words(std::string_view text, std::size_t begin, std::size_t end) : text_(text), at_(begin), end_(end) {}

    struct Word {
        std::string lower;
        text::Span span;
        bool number = false;
        bool after_break = false;  ///< a comma, bracket, colon or dash stands before it
    };
    std::optional<Word> next() {
        bool broken = false;
        while (at_ < end_ && !is_word(text_[at_])) broken |= std::string_view(",;:()").contains(text_[at_++]);
        if (at_ == end_) return std::nullopt;
        Word word{.span = {at_, at_}, .after_break = broken};
        std::size_t digits = 0;
        while (at_ < end_ && goes_on(word.lower)) {
            const char c = text_[at_++];
            digits += is_digit(c);
            if (c != ',') word.lower.push_back(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
        }
        word.span.end = at_;
        word.number = digits > 0 && word.lower.find_first_not_of("0123456789.") == std::string::npos;
        return word;
    }

  private:
    [[nodiscard]] bool goes_on(std::string_view word) const {
        const char c = text_[at_];
        if (is_word(c)) return true;
        if (word.empty() || at_ + 1 >= end_) return false;
        const char next = text_[at_ + 1];
        if (c == '\'') return word.back() == 'n' && next == 't' && (at_ + 2 == end_ || !is_word(text_[at_ + 2]));
        if (!is_digit(word.back()) || !is_digit(next)) return false;
        const bool thousands = at_ + 3 < end_ && is_digit(text_[at_ + 2]) && is_digit(text_[at_ + 3]);
        return c == '.' || (c == ',' && thousands && (at_ + 4 == end_ || !is_digit(text_[at_ + 4])));
    }
    std::string_view text_;
    std::size_t at_, end_;
};

void read_sentence(Claim& claim, text::Span span, std::size_t sentence, std::size_t& place) {
    Words words(claim.text, span.begin, span.end);
    std::size_t to_negate = 0;
    std::vector<std::size_t> negated;
    const std::size_t begin = claim.words.size();
    bool first = true;
    bool turned = false;
    while (auto word = words.next()) {
        const bool conjunction = is_among(word->lower, {"and", "or", "but", "while", "whereas", "although", "which", "because"});
        place += word->after_break || conjunction ? clause_gap : 1;
        if (word->after_break || conjunction) to_negate = 0;
        turned = turned || is_among(word->lower, {"by", "whom", "whose"});
        std::size_t behind = negates(word->lower);
        if (word->lower.ends_with("n't")) behind = 2;
        const std::string_view figures = number_word(word->lower);
        const bool number = word->number || !figures.empty();
        std::string stem = number ? std::string(figures.empty() ? word->lower : figures) : text::stem(word->lower);
        if (behind > 0) {
            to_negate = behind;
            stem.clear();
        } else if (is_among(word->lower, {"only", "until", "just"}) && to_negate > 0) {
            // "Not only", "not until": nothing is taken back.
            for (const std::size_t i : negated) claim.words[i].negated = false;
            to_negate = 0;
        }
        if (word->lower == "until") {
            for (const std::size_t i : negated) claim.words[i].negated = false;
        }
        if (!stem.empty()) {
            const bool taken_back = to_negate > 0;
            if (taken_back) {
                negated.push_back(claim.words.size());
                --to_negate;
            }
            claim.words.push_back({.stem = std::move(stem),
                                   .span = word->span,
                                   .place = place,
                                   .sentence = sentence,
                                   .number = number,
                                   .capital = is_upper(claim.text[word->span.begin]),
                                   .first = first,
                                   .negated = taken_back});
        }
        first = false;
    }
    for (std::size_t i = begin; i < claim.words.size(); ++i) claim.words[i].turned = turned;
}

}  // namespace

Claim read_claim(std::string_view text, const std::vector<text::Span>& sentences) {
    Claim claim{.text = text, .words = {}};
    std::size_t place = 0;
    if (sentences.empty()) read_sentence(claim, {0, text.size()}, 0, place);
    for (std::size_t i = 0; i < sentences.size(); ++i) {
        read_sentence(claim, sentences[i], i, place);
        place += sentence_gap;
    }
    return claim;
}

}  // namespace docmind
