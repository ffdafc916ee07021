#include "agent/claim.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t bound_within = 6;  // a number belongs to words no further away
constexpr std::array<std::pair<std::string_view, std::string_view>, 34> opposites{
    {{"increases", "decreases"}, {"increased", "reduced"}, {"rise", "fall"},         {"rose", "fell"},         {"before", "after"},
     {"higher", "lower"},        {"high", "low"},          {"above", "below"},       {"first", "last"},        {"maximum", "minimum"},
     {"true", "false"},          {"enables", "disables"},  {"includes", "excludes"}, {"accepted", "rejected"}, {"allowed", "forbidden"},
     {"opened", "closed"},       {"won", "lost"},          {"north", "south"},       {"east", "west"},         {"left", "right"},
     {"always", "never"},        {"required", "optional"}, {"larger", "smaller"},    {"longer", "shorter"},    {"earlier", "later"},
     {"bought", "sold"},         {"upper", "lower"},       {"inside", "outside"},    {"built", "demolished"},  {"faster", "slower"},
     {"begins", "ends"},         {"positive", "negative"}, {"local", "remote"},      {"best", "worst"}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
bool is_among(std::string_view word, std::initializer_list<std::string_view> list) {
    return std::find(list.begin(), list.end(), word) != list.end();
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

bool is_german(const Claim& around) {
    static constexpr auto words = std::to_array<std::string_view>({"der", "und", "das", "ist", "wurd", "dem", "auf", "von", "zum", "zur"});
    return std::ranges::count_if(words, [&](std::string_view word) { return has(around, word); }) >= 2;
}

// Where nouns are written with capitals, or everything is, capitals tell no names.
bool capitals_mean_names(const Claim& around) {
    if (is_german(around)) return false;
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
    constexpr std::string_view around = ".,;:!?\"'`*()[]{}|";
    // What is typed so is of ASCII; other scripts have words of their own around it, without blanks.
    const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n' || static_cast<unsigned char>(c) >= 0x80; };
    for (auto at = sentence.begin(); (at = std::find_if_not(at, sentence.end(), is_blank)) != sentence.end();) {
        const auto behind = std::find_if(at, sentence.end(), is_blank);
        std::string_view word(at, behind);
        at = behind;
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

// Of a script without spaces, whose pairs of neighbours say nothing of where a word ends. (Three bytes a character and more.)
bool is_pair(const ClaimWord& word) {
    return static_cast<unsigned char>(word.stem.front()) >= 0xe0;
}

/// What is counted: the next meaningful word behind a number, if it is close.
const ClaimWord* counted(const Claim& claim, const ClaimWord& number) {
    for (const ClaimWord& word : claim.words) {
        if (word.place <= number.place) continue;
        return word.place - number.place <= 2 && !word.number && !is_pair(word) ? &word : nullptr;
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
    // Of two sentences, one may take back what the other does not speak of.
    const bool one = std::ranges::all_of(ground.words, [](const ClaimWord& word) { return word.sentence == 0; });
    if (claim.negations > 0 ? ground.negations == 0 : one && ground.negations > 0) return true;
    const auto says = [&](std::string_view here, std::string_view there) {
        const std::string a = text::stem(here);
        const std::string b = text::stem(there);
        return has(claim, a) && !has(ground, a) && has(ground, b) && !has(claim, b);
    };
    return std::ranges::any_of(opposites, [&](const auto& pair) { return says(pair.first, pair.second) || says(pair.second, pair.first); });
}

}  // namespace

SupportProblem find_conflict(const Claim& claim, const Claim& ground, const Claim& around) {
    if (numbers_conflict(claim, ground)) return SupportProblem::numbers;
    if (names_conflict(claim, ground, around)) return SupportProblem::names;
    return is_opposite(claim, ground) ? SupportProblem::opposite : SupportProblem::none;
}

}  // namespace docmind
