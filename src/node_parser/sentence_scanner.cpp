#include "node_parser/sentence_scanner.hpp"

#include <algorithm>
#include <array>

namespace docmind {
namespace {

using unicode::CodePoint;
using unicode::Range;

constexpr bool is_digit(char32_t c) noexcept {
    return c >= '0' && c <= '9';
}
constexpr bool is_upper_ascii(char32_t c) noexcept {
    return c >= 'A' && c <= 'Z';
}
constexpr bool is_alpha_ascii(char32_t c) noexcept {
    return is_upper_ascii(c) || (c >= 'a' && c <= 'z');
}

/// Words whose full stop ends no sentence, lower case.
constexpr std::array<std::string_view, 51> abbreviations{
    "al",  "approx", "apr", "aug",  "ca",  "capt", "cf",   "ch",   "chap", "dept", "dr",  "e.g",  "ed",  "eds", "eq",  "eqs", "esp",
    "est", "feb",    "fig", "figs", "gen", "gov",  "hon",  "i.e",  "ibid", "incl", "jan", "jr",   "lt",  "maj", "mr",  "mrs", "ms",
    "nos", "nov",    "oct", "op",   "p",   "pp",   "prof", "refs", "resp", "sec",  "sep", "sept", "sgt", "st",  "viz", "vol", "vs"};
static_assert(std::ranges::is_sorted(abbreviations));

constexpr std::size_t max_word = 8;

/// The word that ends right before the full stop at `at`, at most max_word bytes of it; letters and inner full stops.
std::string_view word_before(std::string_view text, std::size_t begin, std::size_t at) noexcept {
    std::size_t start = at;
    while (start > begin && at - start < max_word &&
           (is_alpha_ascii(static_cast<unsigned char>(text[start - 1])) || text[start - 1] == '.'))
        --start;
    return text.substr(start, at - start);
}

bool is_abbreviation(std::string_view word) {
    std::array<char, max_word> lower{};
    std::ranges::transform(word, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return std::ranges::binary_search(abbreviations, std::string_view(lower.data(), word.size()));
}

/// Is the capital letter before the full stop at `at` a name's initial? "J. R. Smith" and "Smith, A." are; the last word of "written in R."
/// is not.
bool is_initial(std::string_view text, std::size_t begin, std::size_t letter) {
    std::size_t at = letter;
    while (at > begin && unicode::is_space(static_cast<unsigned char>(text[at - 1]))) --at;
    if (at == begin) return true;
    if (at == letter) return false;
    const std::string_view next = text.substr(std::min(letter + 3, text.size()));
    if (next.size() > 1 && is_upper_ascii(static_cast<unsigned char>(next[0])) && next[1] == '.') return true;
    std::size_t word = at;
    while (word > begin && at - word < 32 && !unicode::is_space(static_cast<unsigned char>(text[word - 1]))) --word;
    return is_upper_ascii(static_cast<unsigned char>(text[word]));
}

/// Does the single full stop at `at` belong to its word rather than end a sentence? `begin` is where the sentence began.
bool belongs_to_word(std::string_view text, std::size_t begin, std::size_t at) {
    const std::string_view word = word_before(text, begin, at);
    if (word.find_first_not_of('.') == std::string_view::npos) {
        // "3." and "3.1." at the start number what follows.
        std::size_t digits = at;
        while (digits > begin && at - digits < 8 && (is_digit(static_cast<unsigned char>(text[digits - 1])) || text[digits - 1] == '.'))
            --digits;
        return digits == begin && digits < at;
    }
    if (word.size() == max_word) return false;
    const std::size_t start = at - word.size();
    if (is_upper_ascii(static_cast<unsigned char>(word.back()))) {
        if (word.size() > 1) return word[word.size() - 2] == '.';  // "U.S. Army", "Ph.D. thesis"
        return is_initial(text, begin, start);
    }
    // "No. 5", but "the answer is no. The next".
    if (word == "No" || word == "no" || word == "Nos" || word == "nos")
        return at + 2 < text.size() && is_digit(static_cast<unsigned char>(text[at + 2]));
    return is_abbreviation(word);
}

/// If a sentence ends with the mark at `at`, the end of its marks and closers, else 0. `*skip` is set to where scanning goes on.
std::size_t sentence_end(std::string_view text, Range block, std::size_t at, CodePoint mark, std::size_t* skip) {
    bool without_space = unicode::is_full_stop_without_space(mark.value);
    std::size_t end = at + mark.length;
    std::size_t marks = 1;
    while (end < block.end) {
        const CodePoint c = unicode::decode(text, end);
        const bool hard = unicode::is_full_stop_without_space(c.value);
        if (!hard && !unicode::is_full_stop(c.value)) break;
        without_space |= hard;
        end += c.length;
        ++marks;
    }
    while (end < block.end) {
        const CodePoint c = unicode::decode(text, end);
        if (!unicode::is_closer(c.value)) break;
        end += c.length;
    }
    *skip = end;
    if (end >= block.end) return block.end;
    if (without_space) return end;
    if (!unicode::is_space(unicode::decode(text, end).value)) return 0;
    if (mark.value == '.' && marks == 1 && belongs_to_word(text, block.begin, at)) return 0;
    std::size_t next = end;
    for (CodePoint c = unicode::decode(text, next); next < block.end && unicode::is_space(c.value); c = unicode::decode(text, next))
        next += c.length;
    *skip = next;
    for (int openers = 0; openers < 4 && next < block.end; ++openers) {
        const CodePoint c = unicode::decode(text, next);
        if (!unicode::is_opener(c.value)) break;
        next += c.length;
    }
    if (next < block.end && unicode::is_lower(unicode::decode(text, next).value)) return 0;
    return end;
}

void scan_block(std::string_view text, Range block, std::vector<Range>* sentences) {
    Range rest = unicode::trim(text, block);
    std::size_t at = rest.begin;
    while (at < rest.end) {
        const CodePoint c = unicode::decode(text, at);
        if (!unicode::is_full_stop(c.value) && !unicode::is_full_stop_without_space(c.value)) {
            at += c.length;
            continue;
        }
        std::size_t skip = 0;
        const std::size_t end = sentence_end(text, rest, at, c, &skip);
        at = skip;
        if (end == 0) continue;
        sentences->push_back({rest.begin, end});
        rest = unicode::trim(text, {end, rest.end});
        at = std::max(at, rest.begin);
    }
    if (!rest.empty()) sentences->push_back(rest);
}

enum class Line { blank, prose, item, alone };

/// "12.", "4.2.1", "(a)", "b)", "[7]" and bullets, followed by a space. `*numbered_section`: of the form 4.2 with a capital behind.
bool starts_item(std::string_view line, bool* numbered_section) {
    const CodePoint first = unicode::decode(line, 0);
    static constexpr std::array<char32_t, 10> bullets{U'-', U'*', U'•', U'◦', U'▪', U'‣', U'·', U'–', U'—', U'●'};
    if (std::ranges::find(bullets, first.value) != bullets.end())
        return line.size() > first.length && unicode::is_space(unicode::decode(line, first.length).value);
    std::size_t at = line[0] == '(' || line[0] == '[' ? 1 : 0;
    const std::size_t begin = at;
    std::size_t dots = 0;
    while (at < line.size() && at - begin < 10 && (is_digit(static_cast<unsigned char>(line[at])) || (line[at] == '.' && at > begin)))
        dots += line[at++] == '.';
    const bool number = at > begin;
    if (!number && at < line.size() && is_alpha_ascii(static_cast<unsigned char>(line[at]))) ++at;
    if (at == begin) return false;
    const bool closed = at < line.size() && (line[at] == ')' || line[at] == ']');
    if (begin == 1 && !closed) return false;
    if (closed) ++at;
    if (!closed && (!number || dots == 0)) return false;
    if (at + 1 >= line.size() || !unicode::is_space(unicode::decode(line, at).value)) return false;
    *numbered_section = !closed && dots > 0 && is_upper_ascii(static_cast<unsigned char>(line[at + 1]));
    return true;
}

/// Prompts, assignments, braces, or symbols in a sixth of what is visible.
bool looks_like_code(std::string_view line) {
    if (line.starts_with("> ") || line.starts_with("+ ") || line.starts_with(">>> ") || line.starts_with("$ ")) return true;
    if (line.ends_with('{') || line.ends_with('}') || line.ends_with(';')) return true;
    std::size_t symbols = 0, visible = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (c == '<' && i + 1 < line.size() && line[i + 1] == '-') return true;
        visible += c != ' ';
        symbols += std::string_view("(){}[]<>=;$#_\\|&*+/\"~^@%`").contains(c);
    }
    return visible >= 4 && symbols * 6 >= visible;
}

Line classify(std::string_view text, Range line) {
    line = unicode::trim(text, line);
    if (line.empty()) return Line::blank;
    const std::string_view content = text.substr(line.begin, line.size());
    bool section = false;
    if (starts_item(content, &section)) {
        // A heading such as "2.1 Vectors and assignment" is followed by text that it is no part of.
        return section && content.size() < 80 && content.back() != '.' ? Line::alone : Line::item;
    }
    return is_table_row(content) || looks_like_code(content) ? Line::alone : Line::prose;
}

}  // namespace

bool is_table_row(std::string_view line) {
    return line.size() > 1 && line.starts_with('|') && line.ends_with('|');
}

std::vector<Range> scan_sentences(std::string_view text) {
    std::vector<Range> sentences;
    Range block;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t stop = std::min(text.find_first_of("\n\f\v", at), text.size());
        const Range line{at, stop};
        at = std::min(stop + 1, text.size());
        const Line kind = classify(text, line);
        if (kind == Line::prose) {
            block.end = stop;
            continue;
        }
        if (!block.empty()) scan_block(text, block, &sentences);
        block = {at, at};
        if (kind == Line::item) block = line;
        if (kind == Line::alone) sentences.push_back(unicode::trim(text, line));
    }
    if (!block.empty()) scan_block(text, block, &sentences);
    return sentences;
}

}  // namespace docmind
