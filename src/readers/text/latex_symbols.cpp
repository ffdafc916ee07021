#include "readers/text/latex_symbols.hpp"

#include "readers/utf8.hpp"

#include <unicode/unorm2.h>

#include <algorithm>
#include <array>

namespace docmind {

namespace {

struct Symbol {
    std::string_view command, text;
};
constexpr std::array symbols = {
    Symbol{"ss", "ß"},
    Symbol{"SS", "SS"},
    Symbol{"ae", "æ"},
    Symbol{"AE", "Æ"},
    Symbol{"oe", "œ"},
    Symbol{"OE", "Œ"},
    Symbol{"o", "ø"},
    Symbol{"O", "Ø"},
    Symbol{"aa", "å"},
    Symbol{"AA", "Å"},
    Symbol{"l", "ł"},
    Symbol{"L", "Ł"},
    Symbol{"i", "ı"},
    Symbol{"j", "ȷ"},
    Symbol{"dh", "ð"},
    Symbol{"DH", "Ð"},
    Symbol{"th", "þ"},
    Symbol{"TH", "Þ"},
    Symbol{"S", "§"},
    Symbol{"P", "¶"},
    Symbol{"copyright", "©"},
    Symbol{"pounds", "£"},
    Symbol{"euro", "€"},
    Symbol{"texteuro", "€"},
    Symbol{"EUR", "€"},
    Symbol{"dag", "†"},
    Symbol{"ddag", "‡"},
    Symbol{"ldots", "…"},
    Symbol{"dots", "…"},
    Symbol{"textellipsis", "…"},
    Symbol{"textendash", "–"},
    Symbol{"textemdash", "—"},
    Symbol{"textbackslash", "\\"},
    Symbol{"textasciitilde", "~"},
    Symbol{"textasciicircum", "^"},
    Symbol{"textasciigrave", "`"},
    Symbol{"textbar", "|"},
    Symbol{"textless", "<"},
    Symbol{"textgreater", ">"},
    Symbol{"textunderscore", "_"},
    Symbol{"textbraceleft", "{"},
    Symbol{"textbraceright", "}"},
    Symbol{"textbullet", "•"},
    Symbol{"textdegree", "°"},
    Symbol{"textregistered", "®"},
    Symbol{"texttrademark", "™"},
    Symbol{"textquotesingle", "'"},
    Symbol{"textquotedblleft", "“"},
    Symbol{"textquotedblright", "”"},
    Symbol{"textquoteleft", "‘"},
    Symbol{"textquoteright", "’"},
    Symbol{"textquotedbl", "\""},
    Symbol{"textsection", "§"},
    Symbol{"textexclamdown", "¡"},
    Symbol{"textquestiondown", "¿"},
    Symbol{"guillemotleft", "«"},
    Symbol{"guillemotright", "»"},
    Symbol{"quotedblbase", "„"},
    Symbol{"glqq", "„"},
    Symbol{"grqq", "“"},
    Symbol{"flqq", "«"},
    Symbol{"frqq", "»"},
    Symbol{"slash", "/"},
    Symbol{"LaTeX", "LaTeX"},
    Symbol{"TeX", "TeX"},
    Symbol{"BibTeX", "BibTeX"},
    Symbol{"XeTeX", "XeTeX"},
    Symbol{"lbrace", "{"},
    Symbol{"rbrace", "}"},
    Symbol{"&", "&"},
    Symbol{"%", "%"},
    Symbol{"$", "$"},
    Symbol{"#", "#"},
    Symbol{"_", "_"},
    Symbol{"{", "{"},
    Symbol{"}", "}"},
    Symbol{" ", " "},
    Symbol{",", " "},
    Symbol{";", " "},
    Symbol{":", " "},
    Symbol{"quad", " "},
    Symbol{"qquad", " "},
    Symbol{"enspace", " "},
    Symbol{"thinspace", " "},
    Symbol{"space", " "},
    Symbol{"nobreakspace", " "},
};

struct Accent {
    std::string_view command;
    char32_t combining;
};
constexpr std::array accents = {Accent{"`", 0x300}, Accent{"'", 0x301}, Accent{"^", 0x302},  Accent{"~", 0x303}, Accent{"=", 0x304},
                                Accent{"u", 0x306}, Accent{".", 0x307}, Accent{"\"", 0x308}, Accent{"r", 0x30A}, Accent{"H", 0x30B},
                                Accent{"v", 0x30C}, Accent{"d", 0x323}, Accent{"c", 0x327},  Accent{"k", 0x328}, Accent{"b", 0x331}};

const Accent* find_accent(std::string_view command) {
    const auto found = std::ranges::find(accents, command, &Accent::command);
    return found == accents.end() ? nullptr : &*found;
}

}  // namespace

std::string_view latex_symbol(std::string_view command) {
    const auto found = std::ranges::find(symbols, command, &Symbol::command);
    return found == symbols.end() ? std::string_view() : found->text;
}

bool is_latex_accent(std::string_view command) {
    return find_accent(command) != nullptr;
}

std::string latex_accented(std::string_view command, std::string_view base) {
    const Accent* accent = find_accent(command);
    if (accent == nullptr || base.empty()) return std::string(base);
    auto [c, length] = utf8::decode(base);
    // The dot of an i makes room for an accent.
    if (c == U'ı') c = U'i';
    if (c == U'ȷ') c = U'j';
    UErrorCode error = U_ZERO_ERROR;
    const UNormalizer2* nfc = unorm2_getNFCInstance(&error);
    const UChar32 composed =
        U_FAILURE(error) ? -1 : unorm2_composePair(nfc, static_cast<UChar32>(c), static_cast<UChar32>(accent->combining));
    std::string out;
    utf8::append(out, composed < 0 ? c : static_cast<char32_t>(composed));
    if (composed < 0) utf8::append(out, accent->combining);
    return out.append(base.substr(length));
}

}  // namespace docmind
