#include "readers/office/rtf_text.hpp"

#include "readers/text/charset.hpp"
#include "readers/utf8.hpp"

#include <array>
#include <optional>
#include <utility>

namespace docmind {

namespace {

constexpr int symbol_page = 42;  // a font of pictures

struct Charset {
    int number, code_page;
};
// \fcharset (RTF 1.9.1, "Font Table")
constexpr std::array charsets = {Charset{2, symbol_page}, Charset{77, 10000}, Charset{128, 932},  Charset{129, 949},
                                 Charset{134, 936},       Charset{136, 950},  Charset{161, 1253}, Charset{162, 1254},
                                 Charset{163, 1258},      Charset{177, 1255}, Charset{178, 1256}, Charset{186, 1257},
                                 Charset{204, 1251},      Charset{222, 874},  Charset{238, 1250}, Charset{255, 437}};

struct Name {
    int code_page;
    std::string_view name;
};
constexpr std::array names = {Name{932, "shift_jis"}, Name{936, "gbk"},    Name{949, "euc-kr"}, Name{950, "big5"},
                              Name{65001, "utf-8"},   Name{437, "IBM437"}, Name{850, "IBM850"}, Name{10000, "macintosh"}};

std::string name_of(int code_page) {
    for (const Name& name : names) {
        if (name.code_page == code_page) return std::string(name.name);
    }
    return "windows-" + std::to_string(code_page);
}

}  // namespace

void RtfDecoder::set_charset(int font, int charset) {
    for (const Charset& known : charsets) {
        if (known.number == charset) fonts_[font] = known.code_page;
    }
    if (charset == 0) fonts_[font] = 1252;
}

int RtfDecoder::code_page_of(int font) const {
    const auto found = fonts_.find(font < 0 ? default_font_ : font);
    return found == fonts_.end() ? code_page_ : found->second;
}

void RtfDecoder::add(char byte, int code_page, std::string* out) {
    if (code_page != held_code_page_ || high_ != 0) flush(out);
    held_code_page_ = code_page;
    held_.push_back(byte);
}

void RtfDecoder::add_unit(int unit, std::string* out) {
    if (!held_.empty()) flush(out);
    const auto c = static_cast<char32_t>(unit) & 0xFFFF;
    const char32_t high = std::exchange(high_, 0);
    if (c >= 0xD800 && c < 0xDC00) {
        high_ = c;
    } else if (high != 0 && c >= 0xDC00 && c < 0xE000) {
        utf8::append(*out, 0x10000 + ((high - 0xD800) << 10) + (c - 0xDC00));
    } else if (c < 0xE000 || c > 0xF8FF) {
        utf8::append(*out, c);  // the private area is a symbol font's
    }
}

void RtfDecoder::flush(std::string* out) {
    high_ = 0;
    if (held_.empty()) return;
    if (held_code_page_ == symbol_page) {
        for (const char byte : held_)
            *out += byte == '\xB7' ? "\u2022" : static_cast<unsigned char>(byte) < 0x80 ? std::string(1, byte) : "";
    } else {
        const std::optional<std::string> text = from_charset(held_, name_of(held_code_page_));
        *out += text ? *text : from_charset(held_, "windows-1252").value_or("");
    }
    held_.clear();
}

}  // namespace docmind
