#include "readers/text/charset.hpp"

#include "readers/sniff.hpp"
#include "readers/utf8.hpp"

#include <uchardet/uchardet.h>
#include <unicode/uchar.h>
#include <unicode/ucnv.h>
#include <unicode/udata.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_name = 60;
constexpr std::size_t guess_bytes = std::size_t{1} << 20;
constexpr std::size_t wide_sample = 4096;

struct Alias {
    std::string_view name, means;
};
// The narrower names that are written where the wider encoding is meant.
constexpr std::array aliases = {Alias{"iso-8859-1", "windows-1252"},
                                Alias{"iso8859-1", "windows-1252"},
                                Alias{"latin1", "windows-1252"},
                                Alias{"us-ascii", "windows-1252"},
                                Alias{"ascii", "windows-1252"},
                                Alias{"ansi_x3.4-1968", "windows-1252"},
                                Alias{"iso-8859-9", "windows-1254"},
                                Alias{"iso-8859-11", "windows-874"},
                                Alias{"tis-620", "windows-874"},
                                Alias{"gb2312", "gb18030"},
                                Alias{"gbk", "gb18030"},
                                Alias{"ks_c_5601-1987", "windows-949"},
                                Alias{"euc-kr", "windows-949"},
                                Alias{"uhc", "windows-949"},
                                Alias{"shift_jis", "windows-31j"},
                                Alias{"sjis", "windows-31j"},
                                Alias{"cp932", "windows-31j"},
                                Alias{"x-sjis", "windows-31j"},
                                Alias{"mac-cyrillic", "x-mac-cyrillic"},
                                Alias{"unicode-1-1-utf-8", "utf-8"}};

struct Close {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
    void operator()(uchardet* detector) const { uchardet_delete(detector); }
};

std::unique_ptr<UConverter, Close> open(std::string_view name) {
    // ICU would look for newer tables in files first.
    static const bool without_files = [] {
        UErrorCode ignored = U_ZERO_ERROR;
        udata_setFileAccess(UDATA_NO_FILES, &ignored);
        return true;
    }();
    static_cast<void>(without_files);
    std::string wanted = ascii_lower(name);
    for (const auto& alias : aliases) {
        if (alias.name == wanted) wanted = alias.means;
    }
    UErrorCode error = U_ZERO_ERROR;
    std::unique_ptr<UConverter, Close> converter(ucnv_open(wanted.c_str(), &error));
    if (U_FAILURE(error)) converter.reset();
    return converter;
}

char32_t unit_at(std::string_view bytes, std::size_t at, std::size_t width, bool big_endian) {
    char32_t value = 0;
    for (std::size_t i = 0; i < width; ++i) {
        const std::size_t place = big_endian ? width - 1 - i : i;
        value |= static_cast<char32_t>(static_cast<unsigned char>(bytes[at + i])) << (8 * place);
    }
    return value;
}

/// How many of the sample's characters are letters, marks, digits or punctuation of one script; 0 where one of them cannot be in a text.
std::size_t likeliness(std::string_view bytes, std::size_t width, bool big_endian) {
    if (bytes.size() < 2 * width || bytes.size() % width != 0) return 0;
    const std::string_view sample = bytes.substr(0, wide_sample);
    std::size_t likely = 0;
    char32_t previous = 0;
    for (std::size_t at = 0; at + width <= sample.size(); at += width) {
        char32_t c = unit_at(sample, at, width, big_endian);
        if (width == 2 && c >= 0xD800 && c < 0xDC00) {
            if (at + 4 > sample.size()) break;
            const char32_t low = unit_at(sample, at + 2, width, big_endian);
            if (low < 0xDC00 || low >= 0xE000) return 0;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            at += 2;
        }
        const bool is_space = c == '\n' || c == '\r' || c == '\t' || c == '\f';
        if (c > 0x10FFFF ||
            (!is_space &&
             (c < 0x20 || u_charType(static_cast<UChar32>(c)) == U_CONTROL_CHAR || u_charType(static_cast<UChar32>(c)) == U_UNASSIGNED ||
              u_charType(static_cast<UChar32>(c)) == U_SURROGATE || u_charType(static_cast<UChar32>(c)) == U_PRIVATE_USE_CHAR)))
            return 0;
        // Neighbours share a block of 256 characters, or one of them is a space: in the other byte order they would not.
        if (c < 0x80 || c >> 8 == previous >> 8 || (c >= 0x3000 && c < 0xA000)) ++likely;
        previous = c;
    }
    return likely;
}

}  // namespace

std::optional<std::string> from_charset(std::string_view bytes, std::string_view name) {
    if (name.empty() || name.size() > longest_name) return std::nullopt;
    const auto converter = open(name);
    if (!converter) return std::nullopt;
    std::string out;
    out.reserve(bytes.size() + bytes.size() / 4);
    std::array<UChar, 4096> units{};
    const char* source = bytes.data();
    const char* const end = source + bytes.size();
    char32_t high = 0;
    while (true) {
        UChar* target = units.data();
        UErrorCode error = U_ZERO_ERROR;
        ucnv_toUnicode(converter.get(), &target, units.data() + units.size(), &source, end, nullptr, true, &error);
        for (const UChar* unit = units.data(); unit != target; ++unit) {
            const char32_t c = *unit;
            if (high != 0 && c >= 0xDC00 && c < 0xE000) {
                utf8::append(out, 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00));
                high = 0;
                continue;
            }
            if (high != 0) utf8::append(out, utf8::replacement);
            high = c >= 0xD800 && c < 0xDC00 ? c : 0;
            if (high == 0) utf8::append(out, c);
        }
        if (error == U_BUFFER_OVERFLOW_ERROR) continue;
        break;
    }
    if (high != 0) utf8::append(out, utf8::replacement);
    return out;
}

std::string guess_charset(std::string_view bytes) {
    // From the line before the first byte that matters: what comes before says nothing.
    const auto first = std::ranges::find_if(bytes, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    const auto line = bytes.substr(0, static_cast<std::size_t>(first - bytes.begin())).rfind('\n');
    const std::string_view sample = bytes.substr(line == std::string_view::npos ? 0 : line, guess_bytes);
    const std::unique_ptr<uchardet, Close> detector(uchardet_new());
    if (uchardet_handle_data(detector.get(), sample.data(), sample.size()) != 0) return {};
    uchardet_data_end(detector.get());
    return uchardet_get_charset(detector.get());
}

std::string_view wide_charset(std::string_view bytes) {
    // Every text has spaces, digits or newlines.
    if (bytes.substr(0, wide_sample).find('\0') == std::string_view::npos) return {};
    struct Wide {
        std::string_view name;
        std::size_t width;
        bool big_endian;
    };
    // UTF-32 first: half of it would pass for UTF-16 if zeros were allowed.
    constexpr std::array wides = {Wide{"UTF-32LE", 4, false}, Wide{"UTF-32BE", 4, true}, Wide{"UTF-16LE", 2, false},
                                  Wide{"UTF-16BE", 2, true}};
    std::string_view best;
    std::size_t most = 0;
    for (const auto& wide : wides) {
        const std::size_t units = std::min(bytes.size(), wide_sample) / wide.width;
        const std::size_t likely = likeliness(bytes, wide.width, wide.big_endian);
        if (likely * 4 < units * 3 || likely * wide.width <= most) continue;
        most = likely * wide.width;
        best = wide.name;
    }
    return best;
}

}  // namespace docmind
