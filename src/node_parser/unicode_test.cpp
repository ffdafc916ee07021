#include "node_parser/unicode.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind::unicode {
namespace {

TEST(Unicode, DecodesWellFormedTextForwardsAndBackwards) {
    const std::string text = "aé日🙂";
    std::size_t at = 0;
    for (const char32_t expected : {U'a', U'é', U'日', U'🙂'}) {
        const CodePoint c = decode(text, at);
        EXPECT_EQ(c.value, expected);
        at += c.length;
        EXPECT_EQ(decode_before(text, at).value, expected);
    }
    EXPECT_EQ(decode(text, at).length, 0u);
}

TEST(Unicode, TakesBrokenBytesOneByOne) {
    for (const std::string text : {"\x80", "\xFF", "\xC3", "\xE3\x81", "\xE0\x80\xA0", "\xED\xA0\x80", "\xF5\x80\x80\x80", "\xC0\xA0"}) {
        for (std::size_t at = 0; at < text.size(); ++at) {
            EXPECT_EQ(decode(text, at).length, 1u);
            EXPECT_EQ(decode_before(text, at + 1).length, 1u);
            EXPECT_EQ(floor_border(text, at), at);
        }
    }
}

TEST(Unicode, FindsTheBorderBeforeAByteInsideACodePoint) {
    const std::string text = "x日y";
    EXPECT_EQ(floor_border(text, 0), 0u);
    EXPECT_EQ(floor_border(text, 1), 1u);
    EXPECT_EQ(floor_border(text, 2), 1u);
    EXPECT_EQ(floor_border(text, 3), 1u);
    EXPECT_EQ(floor_border(text, 4), 4u);
    EXPECT_EQ(floor_border(text, 9), text.size());
}

TEST(Unicode, TrimsEveryKindOfWhiteSpaceAtBothEnds) {
    const std::string text = "\xEF\xBB\xBF \t\u00A0\u3000a b\u2028\r\n ";
    const Range range = trim(text, {0, text.size()});
    EXPECT_EQ(text.substr(range.begin, range.size()), "a b");
    EXPECT_TRUE(trim(" \n\u3000", {0, 5}).empty());
}

}  // namespace
}  // namespace docmind::unicode
