#include "agent/claim.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t clause_gap = 5;  // words that a comma or an "and" counts for
constexpr std::size_t sentence_gap = 25;
constexpr std::size_t bound_within = 6;  // a number belongs to words no further away

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

const ClaimWord* find(const Claim& claim, std::string_view stem) {
    const auto found = std::ranges::find(claim.words, stem, &ClaimWord::stem);
    return found == claim.words.end() ? nullptr : &*found;
}

bool has(const Claim& claim, std::string_view stem) {
    return find(claim, stem) != nullptr;
}

bool has_once(const Claim& claim, std::string_view stem) {
    return std::ranges::count(claim.words, stem, &ClaimWord::stem) == 1;
}

// Where nouns are written with capitals, or everything is, capitals tell no names.
bool capitals_mean_names(const Claim& around) {
    std::size_t capitals = 0;
    for (const ClaimWord& word : around.words) capitals += word.capital && !word.first;
    return 2 * capitals < std::max<std::size_t>(around.words.size(), 8);
}

// Some word of the text has this stem with a small letter: then a capital is that of a sentence's beginning.
bool is_common(const Claim& claim, std::string_view stem) {
    return std::ranges::any_of(claim.words, [&](const ClaimWord& word) { return word.stem == stem && !word.capital; });
}

// The first word of a sentence has a capital whatever it is: these are no names.
bool looks_common(std::string_view written) {
    static constexpr std::array<std::string_view, 14> endings{"ly",   "tion", "sion", "ment", "ness", "ing",  "ity",
                                                              "ance", "ence", "ism",  "ed",   "s",    "ever", "ful"};
    return std::ranges::any_of(endings, [&](std::string_view ending) { return written.ends_with(ending); }) ||
           is_among(written,
                    {"Yes",     "No",      "Here",  "Today",    "Once",    "Since",   "During", "After", "Before", "Under",     "Within",
                     "Without", "Because", "While", "Although", "Instead", "Another", "Every",  "Both",  "Either", "According", "Use"});
}

bool is_name(const Claim& claim, const ClaimWord& word, const Claim& around) {
    if (!word.capital || word.number || is_common(around, word.stem)) return false;
    if (!word.first) return true;
    if (std::ranges::any_of(around.words, [&](const ClaimWord& w) { return w.stem == word.stem && !w.first; })) return true;
    return !looks_common(claim.text.substr(word.span.begin, word.span.size()));
}

/// Something a program's user would type: read.table, x1, readTable. It means nothing unless it is written exactly so.
bool is_identifier(std::string_view word) {
    if (is_among(word, {"e.g", "i.e", "and/or", "etc"})) return false;
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    if (word.find_first_not_of("0123456789.,-%:/") == std::string_view::npos) return false;
    if (std::ranges::any_of(word, is_digit) || word.find_first_of("._:$@/\\=<>(") != std::string_view::npos) return true;
    const auto small = std::ranges::find_if(word, is_lower);
    return std::find_if(small, word.end(), is_upper) != word.end();
}

bool has_identifiers(std::string_view sentence, std::string_view ground) {
    constexpr std::string_view around = " \t\r\n.,;:!?\"'`*()[]{}|";
    constexpr std::string_view blanks = " \t\r\n";
    for (std::size_t begin = sentence.find_first_not_of(blanks); begin < sentence.size();) {
        const std::size_t end = std::min(sentence.find_first_of(blanks, begin), sentence.size());
        std::string_view word = sentence.substr(begin, end - begin);
        begin = sentence.find_first_not_of(blanks, end);
        const std::size_t first = word.find_first_not_of(around);
        if (first == std::string_view::npos) continue;
        word = word.substr(first, word.find_last_not_of(around) + 1 - first);
        if (is_identifier(word) && !ground.contains(word)) return false;
    }
    return true;
}

/// The number this word belongs to: the nearest in the text; nullptr where two are as near, or none is near.
const ClaimWord* number_of(const Claim& claim, const ClaimWord& word) {
    const ClaimWord* nearest = nullptr;
    std::size_t best = bound_within + 1;
    bool tie = false;
    for (const ClaimWord& number : claim.words) {
        if (!number.number) continue;
        const std::size_t distance = number.place > word.place ? number.place - word.place : word.place - number.place;
        if (distance < best) {
            best = distance;
            nearest = &number;
            tie = false;
        } else if (distance == best && nearest != nullptr && number.stem != nearest->stem) {
            tie = true;
        }
    }
    return tie ? nullptr : nearest;
}

/// What is counted: the next meaningful word behind a number, if it is close.
const ClaimWord* counted(const Claim& claim, const ClaimWord& number) {
    for (const ClaimWord& word : claim.words) {
        if (word.place <= number.place) continue;
        return word.place - number.place <= 2 && !word.number ? &word : nullptr;
    }
    return nullptr;
}

bool numbers_conflict(const Claim& claim, const Claim& ground) {
    struct Votes {
        int agree = 0, differ = 0;
    };
    std::map<std::string_view, Votes> votes;  // of the words, for and against each number
    for (const ClaimWord& word : claim.words) {
        if (word.number) {
            if (!has(ground, word.stem)) return true;
            const ClaimWord* what = counted(claim, word);
            const ClaimWord* there = counted(ground, *find(ground, word.stem));
            if (what && there && has_once(ground, word.stem) && !has(ground, what->stem) && !has(claim, there->stem)) return true;
            continue;
        }
        if (!has_once(claim, word.stem) || !has_once(ground, word.stem)) continue;
        const ClaimWord* said = number_of(claim, word);
        const ClaimWord* read = number_of(ground, *find(ground, word.stem));
        if (said && read) ++(said->stem == read->stem ? votes[said->stem].agree : votes[said->stem].differ);
    }
    // One word that agrees is enough: "six kreuzer, a person two" leaves out the second "kreuzer".
    return std::ranges::any_of(votes, [](const auto& vote) { return vote.second.differ > 0 && vote.second.agree == 0; });
}

std::vector<const ClaimWord*> names_of(const Claim& claim, const Claim& around) {
    std::vector<const ClaimWord*> names;
    for (const ClaimWord& word : claim.words) {
        if (is_name(claim, word, around)) names.push_back(&word);
    }
    return names;
}

// Two names with a verb between them that have changed places, where the sentence was not turned round with them.
bool changed_places(const Claim& claim, const Claim& ground, const std::vector<const ClaimWord*>& names) {
    for (std::size_t i = 0; i + 1 < names.size(); ++i) {
        const ClaimWord& a = *names[i];
        const ClaimWord& b = *names[i + 1];
        if (a.stem == b.stem || !has_once(ground, a.stem) || !has_once(ground, b.stem)) continue;
        const ClaimWord& first = *find(ground, b.stem);
        const ClaimWord& second = *find(ground, a.stem);
        if (a.turned != first.turned || first.place > second.place) continue;
        const auto between = [&](const ClaimWord& word) { return word.place > a.place && word.place < b.place && !word.capital; };
        const auto there = [&](const ClaimWord& word) { return word.place > first.place && word.place < second.place; };
        for (const ClaimWord& word : claim.words) {
            const ClaimWord* same = between(word) ? find(ground, word.stem) : nullptr;
            if (same != nullptr && there(*same)) return true;
        }
    }
    return false;
}

std::vector<Claim> sentences_of(const Claim& ground) {
    std::vector<Claim> sentences;
    for (const ClaimWord& word : ground.words) {
        if (sentences.size() <= word.sentence) sentences.resize(word.sentence + 1);
        sentences[word.sentence].words.push_back(word);
    }
    return sentences;
}

bool names_conflict(const Claim& claim, const Claim& ground, const Claim& around) {
    if (!has_identifiers(claim.text, ground.text)) return true;
    if (!capitals_mean_names(around)) return false;
    const auto names = names_of(claim, around);
    const auto theirs = names_of(ground, around);
    for (const ClaimWord* name : names) {
        if (!has(around, name->stem)) return true;
        // Known from elsewhere, and another stands in its place.
        const auto other = [&](const ClaimWord* there) { return !has(claim, there->stem); };
        if (!has(ground, name->stem) && std::ranges::any_of(theirs, other)) return true;
        // Of two sentences, one has the number and another name, the other has this name.
        for (const ClaimWord& number : claim.words) {
            if (!number.number || !has(ground, name->stem)) continue;
            const auto together = [&](const ClaimWord& word) {
                return word.stem == number.stem && std::ranges::any_of(ground.words, [&](const ClaimWord& w) {
                           return w.stem == name->stem && w.sentence == word.sentence;
                       });
            };
            if (std::ranges::any_of(ground.words, together)) continue;
            const ClaimWord* there = find(ground, number.stem);
            const auto instead = [&](const ClaimWord* n) { return there && n->sentence == there->sentence && !has(claim, n->stem); };
            if (std::ranges::any_of(theirs, instead)) return true;
        }
    }
    return std::ranges::any_of(sentences_of(ground), [&](const Claim& one) { return changed_places(claim, one, names); });
}

bool is_opposite(const Claim& claim, const Claim& ground) {
    bool differs = false;
    bool agrees = false;  // both take the same back, whatever else stands near it
    for (const ClaimWord& word : claim.words) {
        if (!has_once(claim, word.stem) || !has_once(ground, word.stem)) continue;
        const bool there = find(ground, word.stem)->negated;
        differs = differs || there != word.negated;
        agrees = agrees || (there && word.negated);
    }
    if (differs && !agrees) return true;
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 34> opposites{
        {{"increases", "decreases"}, {"increased", "reduced"}, {"rise", "fall"},         {"rose", "fell"},         {"before", "after"},
         {"higher", "lower"},        {"high", "low"},          {"above", "below"},       {"first", "last"},        {"maximum", "minimum"},
         {"true", "false"},          {"enables", "disables"},  {"includes", "excludes"}, {"accepted", "rejected"}, {"allowed", "forbidden"},
         {"opened", "closed"},       {"won", "lost"},          {"north", "south"},       {"east", "west"},         {"left", "right"},
         {"always", "never"},        {"required", "optional"}, {"larger", "smaller"},    {"longer", "shorter"},    {"earlier", "later"},
         {"bought", "sold"},         {"upper", "lower"},       {"inside", "outside"},    {"built", "demolished"},  {"faster", "slower"},
         {"begins", "ends"},         {"positive", "negative"}, {"local", "remote"},      {"best", "worst"}}};
    const auto says = [&](std::string_view here, std::string_view there) {
        const std::string a = text::stem(here);
        const std::string b = text::stem(there);
        return has(claim, a) && !has(ground, a) && has(ground, b) && !has(claim, b);
    };
    return std::ranges::any_of(opposites, [&](const auto& pair) { return says(pair.first, pair.second) || says(pair.second, pair.first); });
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

SupportProblem find_conflict(const Claim& claim, const Claim& ground, const Claim& around) {
    if (numbers_conflict(claim, ground)) return SupportProblem::numbers;
    if (names_conflict(claim, ground, around)) return SupportProblem::names;
    return is_opposite(claim, ground) ? SupportProblem::opposite : SupportProblem::none;
}

}  // namespace docmind
