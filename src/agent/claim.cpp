#include "agent/claim.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
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
bool is_wide(char c) {
    return static_cast<unsigned char>(c) >= 0x80;
}
bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || is_upper(c) || is_digit(c) || is_wide(c);
}
bool is_number(std::string_view word) {
    return std::ranges::any_of(word, is_digit) && word.find_first_not_of("0123456789.") == std::string_view::npos;
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
    if (is_among(word, {"not", "never", "cannot", "neither", "nor", "hardly"}) || word.ends_with("n't")) return 2;
    if (is_among(word, {"no", "without", "none"})) return 1;
    return 0;
}

// German, Dutch, French, Spanish, Italian, Portuguese, Russian; Chinese, Japanese and Korean by the character that makes it so.
bool negates_somewhere(std::string_view word) {
    static const std::set<std::string_view> words{
        "nicht", "kein",   "keine", "keinen", "keinem",  "keiner", "keines", "nie",   "niemals", "ohne",   "niet",    "geen",
        "nooit", "zonder", "pas",   "jamais", "sans",    "aucun",  "aucune", "nunca", "jamas",   "ningun", "ninguna", "ninguno",
        "sin",   "non",    "senza", "nessun", "nessuna", "nao",    "sem",    "не",    "ни",      "нет",    "никогда", "без"};
    if (words.contains(word)) return true;
    if (word.size() < 3 || !is_wide(word.front())) return false;
    return std::ranges::any_of(std::array<std::string_view, 11>{"不", "没", "沒", "未", "无", "無", "않", "없", "못", "ない", "せん"},
                               [&](std::string_view sign) { return word.contains(sign); });
}

/// Goes through a text word by word. A number is one word with its separators, an "isn't" is one too.
class Words {
  public:
    Words(std::string_view text, std::size_t begin, std::size_t end) : text_(text), at_(begin), end_(end) {}

    struct Word {
        std::string lower;
        text::Span span;
        bool number = false;
        bool capital = false;
        bool after_break = false;  ///< a comma, bracket, colon or dash stands before it
    };
    std::optional<Word> next() {
        bool broken = false;
        while (waiting_.empty()) {
            while (at_ < end_ && !is_word(text_[at_])) broken |= std::string_view(",;:()").contains(text_[at_++]);
            if (at_ == end_) return std::nullopt;
            read_run(broken);
        }
        Word word = std::move(waiting_.front());
        waiting_.pop_front();
        return word;
    }

  private:
    void read_run(bool broken) {
        Word word{.span = {at_, at_}, .capital = is_upper(text_[at_]), .after_break = broken};
        bool wide = false;
        while (at_ < end_ && goes_on(word.lower)) {
            if (const std::size_t bytes = short_not()) {
                word.lower.push_back('\'');
                at_ += bytes;
                continue;
            }
            const char c = text_[at_++];
            wide = wide || is_wide(c);
            if (c != ',') word.lower.push_back(is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c);
        }
        word.span.end = at_;
        word.number = is_number(word.lower);
        if (!wide) return waiting_.push_back(std::move(word));
        const std::size_t begin = word.span.begin;
        for (text::Word& part : text::words(text_.substr(begin, at_ - begin))) {
            const text::Span span{begin + part.span.begin, begin + part.span.end};
            const bool number = is_number(part.text);
            // What stands between them is a comma or a mark of such a script.
            const bool after_break = waiting_.empty() ? broken : span.begin > waiting_.back().span.end;
            waiting_.push_back({std::move(part.text), span, number, part.capital, after_break});
        }
    }
    /// Bytes of the apostrophe that stands here, where it is that of an "isn't"; else 0.
    [[nodiscard]] std::size_t short_not() const {
        for (const std::string_view mark : {"'", "\u2019"}) {
            const std::size_t t = at_ + mark.size();
            if (at_ == 0 || text_[at_ - 1] != 'n' || t >= end_ || text_[t] != 't' || !text_.substr(at_).starts_with(mark)) continue;
            if (t + 1 == end_ || !is_word(text_[t + 1])) return mark.size();
        }
        return 0;
    }
    [[nodiscard]] bool goes_on(std::string_view word) const {
        const char c = text_[at_];
        if (is_word(c)) return true;
        if (word.empty() || at_ + 1 >= end_) return false;
        const char next = text_[at_ + 1];
        if (c == '\'') return short_not() > 0;
        if (!is_digit(word.back()) || !is_digit(next)) return false;
        const bool thousands = at_ + 3 < end_ && is_digit(text_[at_ + 2]) && is_digit(text_[at_ + 3]);
        return c == '.' || (c == ',' && thousands && (at_ + 4 == end_ || !is_digit(text_[at_ + 4])));
    }
    std::string_view text_;
    std::size_t at_, end_;
    std::deque<Word> waiting_;
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
        const std::size_t behind = negates(word->lower);
        claim.negations += negates_somewhere(word->lower);
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
                                   .capital = word->capital,
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
