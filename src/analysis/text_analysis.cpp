#include "analysis/text_analysis.hpp"

#include <libstemmer.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <new>

namespace docmind {
namespace {

enum class Class : std::uint8_t { other, word, mark, unspaced };

bool is_unspaced(char32_t c) {
    return (c >= 0x0e00 && c <= 0x0eff) || (c >= 0x1000 && c <= 0x109f) || (c >= 0x1100 && c <= 0x11ff) || (c >= 0x1780 && c <= 0x17ff) ||
           (c >= 0x2e80 && c <= 0x2fff) || (c >= 0x3005 && c <= 0x3007) || (c >= 0x3021 && c <= 0x9fff && c != 0x30fb) ||
           (c >= 0xa960 && c <= 0xa97f) || (c >= 0xac00 && c <= 0xd7ff) || (c >= 0xf900 && c <= 0xfaff) || (c >= 0xff66 && c <= 0xffdc) ||
           (c >= 0x20000 && c <= 0x3ffff);
}

bool is_ascii_word(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Class class_of(char32_t c) {
    if (c < 0x80) return is_ascii_word(static_cast<char>(c)) ? Class::word : Class::other;
    const auto type = u_charType(static_cast<UChar32>(c));
    const bool mark = type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_COMBINING_SPACING_MARK;
    const bool word = mark || u_isalpha(static_cast<UChar32>(c)) || type == U_DECIMAL_DIGIT_NUMBER || type == U_LETTER_NUMBER ||
                      type == U_OTHER_NUMBER || type == U_PRIVATE_USE_CHAR;
    if (!word) return Class::other;
    if (is_unspaced(c)) return Class::unspaced;
    return mark ? Class::mark : Class::word;
}

/// The character at `at`, which moves on; U+FFFF, which is of no class, for a byte that begins none.
char32_t decode(std::string_view text, std::size_t& at) {
    UChar32 c = 0;
    auto i = static_cast<std::int64_t>(at);
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    U8_NEXT(bytes, i, static_cast<std::int64_t>(text.size()), c);
    at = static_cast<std::size_t>(i);
    return c < 0 ? 0xffff : static_cast<char32_t>(c);
}

void append_utf8(char32_t c, std::string& into) {
    std::array<char, 4> bytes{};
    std::int32_t length = 0;
    U8_APPEND_UNSAFE(bytes.data(), length, c);
    into.append(bytes.data(), static_cast<std::size_t>(length));
}

/// Appends the character as the index knows it.
void fold(char32_t c, std::string& into) {
    if (c < 0x80) {
        into.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c));
        return;
    }
    UErrorCode status = U_ZERO_ERROR;
    static const UNormalizer2* const casefold = unorm2_getNFKCCasefoldInstance(&status);
    static const UNormalizer2* const decompose = unorm2_getNFDInstance(&status);
    std::array<UChar, 2> source{};
    std::array<UChar, 64> folded{}, parts{};
    std::int32_t length = 0;
    U16_APPEND_UNSAFE(source.data(), length, c);
    length = unorm2_normalize(casefold, source.data(), length, folded.data(), folded.size(), &status);
    const bool has_accents = c < 0x400 || (c >= 0x1e00 && c < 0x2000);  // Latin and Greek; elsewhere a mark makes another letter
    if (has_accents) length = unorm2_normalize(decompose, folded.data(), length, parts.data(), parts.size(), &status);
    if (U_FAILURE(status)) return append_utf8(c, into);
    const UChar* units = has_accents ? parts.data() : folded.data();
    for (std::int32_t i = 0; i < length;) {
        UChar32 one = 0;
        U16_NEXT(units, i, length, one);
        if (has_accents && u_charType(one) == U_NON_SPACING_MARK) continue;
        append_utf8(static_cast<char32_t>(one), into);
    }
}

/// Never in the middle of a character.
void cut(std::string& word) {
    if (word.size() <= max_token_bytes) return;
    std::size_t end = max_token_bytes;
    while (end > 0 && (static_cast<unsigned char>(word[end]) & 0xc0) == 0x80) --end;
    word.resize(end);
}

bool all_ascii_letters(const std::string& word) {
    return std::ranges::all_of(word, [](char c) { return c >= 'a' && c <= 'z'; });
}

/// U+0400..04FF begin with these bytes.
bool all_cyrillic(const std::string& word) {
    if (word.size() % 2 != 0) return false;
    for (std::size_t i = 0; i < word.size(); i += 2) {
        const auto lead = static_cast<unsigned char>(word[i]);
        if (lead < 0xd0 || lead > 0xd3) return false;
    }
    return true;
}

sb_stemmer* make(const char* language) {
    sb_stemmer* stemmer = sb_stemmer_new(language, "UTF_8");
    if (stemmer == nullptr) throw std::bad_alloc();
    return stemmer;
}

}  // namespace

std::string small_letters(std::string_view text) {
    std::string small;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t begin = at;
        const char32_t c = decode(text, at);
        std::string one;
        if (c != 0xffff) append_utf8(static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))), one);
        small += one.size() == at - begin ? one : text.substr(begin, at - begin);
    }
    return small;
}

TextAnalyzer::TextAnalyzer() : english_(make("porter"), sb_stemmer_delete), russian_(make("russian"), sb_stemmer_delete) {}

TextAnalyzer::~TextAnalyzer() = default;

const std::string& TextAnalyzer::term(const Token& token) {
    constexpr std::size_t max_stems = 20'000;  // the words of a language that matter; two megabytes
    if (token.kind != Token::Kind::word || token.folded.size() < 3) return token.folded;
    sb_stemmer* stemmer = all_ascii_letters(token.folded) ? english_.get() : all_cyrillic(token.folded) ? russian_.get() : nullptr;
    if (stemmer == nullptr) return token.folded;
    if (stems_.size() >= max_stems) stems_.clear();
    const auto [entry, is_new] = stems_.try_emplace(token.folded);
    if (is_new) {
        const auto* word = reinterpret_cast<const sb_symbol*>(token.folded.data());
        const sb_symbol* stem = sb_stemmer_stem(stemmer, word, static_cast<int>(token.folded.size()));
        if (stem == nullptr) throw std::bad_alloc();
        entry->second.assign(reinterpret_cast<const char*>(stem), static_cast<std::size_t>(sb_stemmer_length(stemmer)));
    }
    return entry->second;
}

const std::vector<Token>& TextAnalyzer::tokens(std::string_view text) {
    tokens_.clear();
    std::uint32_t position = 0;
    std::string word;
    const auto add = [&](Token::Kind kind, std::uint32_t where, std::size_t begin, std::size_t end, std::string folded) {
        cut(folded);
        if (folded.empty()) return;
        std::size_t behind = begin;
        tokens_.push_back({.folded = std::move(folded),
                           .position = where,
                           .begin = static_cast<std::uint32_t>(begin),
                           .end = static_cast<std::uint32_t>(end),
                           .kind = kind,
                           .capital = u_isupper(static_cast<UChar32>(decode(text, behind))) != 0});
    };

    for (std::size_t at = 0; at < text.size();) {
        std::size_t behind = at;
        const Class first = class_of(decode(text, behind));
        if (first == Class::unspaced) {
            std::string before;  // the character before
            std::size_t count = 0, end = at, last = at;
            for (std::size_t i = at; i < text.size();) {
                std::size_t next = i;
                const char32_t c = decode(text, next);
                const Class kind = class_of(c);
                if (kind != Class::unspaced && kind != Class::mark) break;
                std::string one;
                fold(c, one);
                if (count++ > 0) add(Token::Kind::pair, position++, last, next, before + one);
                before = std::move(one);
                last = i;
                i = end = next;
            }
            add(Token::Kind::last_one, position++, last, end, std::move(before));
            at = end;
            continue;
        }
        if (first != Class::word) {
            at = behind;
            continue;
        }
        // Words, and what joins them: one . or _ between two of them, ++ or # behind the last.
        std::string joined;
        const std::uint32_t start = position;
        std::size_t parts = 0, end = at;
        for (bool more = true; more;) {
            word.clear();
            const std::size_t begin = end;
            while (end < text.size()) {
                std::size_t next = end;
                const char32_t c = decode(text, next);
                const Class kind = class_of(c);
                if (kind != Class::word && kind != Class::mark) break;
                if (kind == Class::word || c >= 0x400) {
                    const bool combining_accent = kind == Class::mark && c >= 0x300 && c <= 0x36f;
                    if (!combining_accent) fold(c, word);
                }
                end = next;
            }
            joined += word;
            ++parts;
            add(Token::Kind::word, position++, begin, end, word);
            more = end + 1 < text.size() && (text[end] == '.' || text[end] == '_');
            if (more) {
                std::size_t next = end + 1;
                more = class_of(decode(text, next)) == Class::word;
            }
            if (more) joined += text[end++];
        }
        const std::string_view rest = text.substr(end);
        const std::size_t sign = rest.starts_with("++") ? 2 : rest.starts_with('#') ? 1 : 0;
        const bool ends = end + sign >= text.size() || !is_ascii_word(text[end + sign]);
        if (sign > 0 && ends && word.size() <= 3) {
            joined += rest.substr(0, sign);
            end += sign;
            ++parts;
        }
        if (parts > 1) add(Token::Kind::joined, start, at, end, std::move(joined));
        at = end;
    }
    return tokens_;
}

}  // namespace docmind
