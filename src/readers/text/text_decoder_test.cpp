#include "readers/text/text_decoder.hpp"

#include "readers/test_collect.hpp"
#include "readers/text/charset.hpp"

#include <gtest/gtest.h>
#include <iconv.h>

#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::string_literals;

/// By the C library, whose tables are not the reader's.
std::string in_charset(std::string text, const char* charset) {
    const iconv_t converter = ::iconv_open(charset, "UTF-8");
    std::string out(text.size() * 8 + 16, '\0');
    char* source = text.data();
    char* target = out.data();
    std::size_t source_left = text.size(), target_left = out.size();
    EXPECT_EQ(::iconv(converter, &source, &source_left, &target, &target_left), 0u) << charset;
    ::iconv(converter, nullptr, nullptr, &target, &target_left);
    ::iconv_close(converter);
    out.resize(out.size() - target_left);
    return out;
}

TEST(TextDecoder, follows_the_byte_order_mark) {
    EXPECT_EQ(decode_text("\xEF\xBB\xBF"
                          "caf\xC3\xA9"),
              "café");
    EXPECT_EQ(decode_text("\xFF\xFE"
                          "c\0a\0\xE9\0"s),
              "caé");
    EXPECT_EQ(decode_text("\xFE\xFF\0c\0a\0\xE9"s), "caé");
    EXPECT_EQ(decode_text("\xFF\xFE\x3D\xD8\x4D\xDC"s), "👍");
    EXPECT_EQ(decode_text("\xFF\xFE\0\0c\0\0\0"s), "c");
}

TEST(TextDecoder, replaces_half_a_character) {
    EXPECT_EQ(decode_text("\xFF\xFE"
                          "a\0b"s),
              "a\uFFFD");
    EXPECT_EQ(decode_text("\xFF\xFE\x3D\xD8"
                          "a\0"s),
              "\uFFFDa");
}

TEST(TextDecoder, takes_text_that_is_clearly_not_utf8_for_windows_1252) {
    EXPECT_EQ(decode_text("na\xEFve caf\xE9 \x93quoted\x94 \x80 5"), "naïve café “quoted” € 5");
}

TEST(TextDecoder, keeps_damaged_utf8_utf8) {
    EXPECT_EQ(decode_text("Ελληνικά \xFF日本語"), "Ελληνικά \uFFFD日本語");
    EXPECT_EQ(decode_text("a \x81\x8D b"), "a \uFFFD\uFFFD b") << "bytes that Windows-1252 does not have";
}

TEST(TextDecoder, FindsTheEncodingOfATextByWhatItSays) {
    const std::string russian =
        "Каждый человек имеет право на образование. Образование должно быть бесплатным по меньшей мере в том, что касается "
        "начального и общего образования. Начальное образование должно быть обязательным.\n";
    const std::string japanese =
        "すべて人は、教育を受ける権利を有する。教育は、少なくとも初等の及び基礎的の段階においては、無償でなければならない。"
        "初等教育は、義務的でなければならない。\n";
    const std::string chinese =
        "人人都有受教育的权利，教育应当免费，至少在初级和基本阶段应如此。初级教育应属义务性质。技术和职业教育应普遍设立。"
        "高等教育应根据成绩而对一切人平等开放。\n";
    const std::string taiwanese =
        "人人都有受教育的權利，教育應當免費，至少在初級和基本階段應如此。初級教育應屬義務性質。技術和職業教育應普遍設立。\n";
    const std::string german =
        "Jeder hat das Recht auf Bildung. Die Bildung ist unentgeltlich, zum mindesten der Grundschulunterricht und die "
        "grundlegende Bildung. Für Übungen gäbe es größere Räume.\n";
    const std::string greek =
        "Καθένας έχει δικαίωμα να εκπαιδεύεται. Η εκπαίδευση πρέπει να παρέχεται δωρεάν, τουλάχιστον στη στοιχειώδη και "
        "βασική βαθμίδα της. Η στοιχειώδης εκπαίδευση είναι υποχρεωτική.\n";
    struct Case {
        const char* charset;
        std::string text;
    };
    const std::vector<Case> cases = {{"windows-1251", russian}, {"KOI8-R", russian},       {"ISO-8859-5", russian}, {"Shift_JIS", japanese},
                                     {"EUC-JP", japanese},      {"ISO-2022-JP", japanese}, {"GB18030", chinese},    {"Big5", taiwanese},
                                     {"windows-1252", german},  {"ISO-8859-1", german},    {"ISO-8859-7", greek},   {"UTF-16LE", russian},
                                     {"UTF-16BE", german},      {"UTF-16LE", japanese},    {"UTF-32LE", german},    {"UTF-32BE", chinese}};
    for (const auto& [charset, text] : cases) {
        EXPECT_EQ(decode_text(in_charset(text, charset)), text) << charset;
        EXPECT_EQ(test::read(in_charset(text, charset), "a.txt").media_type, "text/plain") << charset;
    }
}

TEST(TextDecoder, BelievesADeclarationWhereTheBytesCanBeThat) {
    EXPECT_EQ(decode_text("\xCF\xF0\xE8", "windows-1251"), "При");
    EXPECT_EQ(decode_text("caf\xC3\xA9 \xE2\x82\xAC", "iso-8859-1"), "café €") << "it is UTF-8";
    EXPECT_EQ(decode_text("caf\xE9", "no-such-charset"), "café");
    EXPECT_EQ(declared_charset("<?xml version='1.0' encoding = \"KOI8-R\"?>"), "koi8-r");
    EXPECT_EQ(declared_charset("<html><meta charset=Shift_JIS>"), "shift_jis");
    EXPECT_EQ(declared_charset("<META http-equiv=Content-Type content='text/html; charset=windows-1251'>"), "windows-1251");
    EXPECT_EQ(declared_charset("<p>no charset"), "");
}

TEST(TextDecoder, LeavesBinaryDataAlone) {
    EXPECT_EQ(wide_charset(std::string("\0\1\2\3", 4) + std::string(50, '\0')), "");
    std::string noise;
    unsigned state = 1;
    for (int i = 0; i < 10'000; ++i) noise.push_back(static_cast<char>((state = state * 1103515245 + 12345) >> 16));
    EXPECT_EQ(wide_charset(noise), "");
    EXPECT_EQ(from_charset("x", std::string(1000, 'y')), std::nullopt);
    EXPECT_EQ(from_charset("x", "../../etc/passwd"), std::nullopt);
}

}  // namespace
}  // namespace docmind
