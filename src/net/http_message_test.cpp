#include "net/http_message.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

using namespace std::string_literals;

TEST(PercentCoding, decodes_what_it_encodes_for_every_byte) {
    std::string all;
    for (int byte = 1; byte < 256; ++byte) all += static_cast<char>(byte);
    const std::string encoded = percent_encode(all);
    EXPECT_EQ(percent_decode(encoded), all);
    EXPECT_EQ(encoded.find_first_not_of("%0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-._~"), std::string::npos);
}

TEST(PercentCoding, encodes_all_but_the_unreserved_characters) {
    EXPECT_EQ(percent_encode("a Z-._~0/?&=+%\xC3\xA4"), "a%20Z-._~0%2F%3F%26%3D%2B%25%C3%A4");
}

TEST(PercentCoding, reads_hexadecimal_digits_of_both_cases) {
    EXPECT_EQ(percent_decode("%c3%A4%2f"), "\xC3\xA4/");
}

TEST(PercentCoding, decodes_once_only) {
    EXPECT_EQ(percent_decode("%252e"), "%2e");
}

TEST(PercentCoding, takes_a_plus_for_a_space_in_query_strings_only) {
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    EXPECT_EQ(percent_decode("a+b", false), "a+b");
}

TEST(PercentCoding, refuses_broken_escapes_and_nul) {
    for (const std::string& bad : {"%"s, "a%2"s, "%G0"s, "%0G"s, "%-1"s, "% 1"s, "a%00b"s, "a\0b"s})
        EXPECT_EQ(percent_decode(bad), std::nullopt) << bad;
}

TEST(Utf8, well_formed_text_of_every_length_is_left_alone) {
    const std::string good = "a\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
    EXPECT_TRUE(is_valid_utf8(good));
    EXPECT_EQ(to_valid_utf8(good), good);
    EXPECT_TRUE(is_valid_utf8(""));
}

TEST(Utf8, overlong_forms_surrogates_and_what_lies_beyond_unicode_are_not_valid) {
    for (const std::string bad :
         {"\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF"}) {
        EXPECT_FALSE(is_valid_utf8(bad));
        const std::string repaired = to_valid_utf8(bad);
        EXPECT_TRUE(is_valid_utf8(repaired));
        EXPECT_TRUE(repaired.starts_with("\xEF\xBF\xBD"));
    }
}

TEST(Utf8, repair_keeps_what_stands_around_a_broken_sequence) {
    EXPECT_EQ(to_valid_utf8("a\x80z"), "a\xEF\xBF\xBDz");
    EXPECT_EQ(to_valid_utf8("\xC3\xA4\xC3"), "\xC3\xA4\xEF\xBF\xBD");  // cut off at the end
    EXPECT_EQ(to_valid_utf8("\xE2\x82z"), "\xEF\xBF\xBD\xEF\xBF\xBDz");
}

TEST(ParameterOf, finds_tokens_and_quoted_strings_without_case) {
    EXPECT_EQ(parameter_of("text/plain; charset=utf-8", "charset"), "utf-8");
    EXPECT_EQ(parameter_of("text/plain;CHARSET = utf-8 ; x=y", "charset"), "utf-8");
    EXPECT_EQ(parameter_of("multipart/form-data; boundary=\"a;b c\"; x=y", "boundary"), "a;b c");
    EXPECT_EQ(parameter_of("multipart/form-data; boundary=\"a;b c\"; x=y", "x"), "y");
    EXPECT_EQ(parameter_of("a; b=", "b"), "");
}

TEST(ParameterOf, is_empty_where_there_is_none) {
    EXPECT_EQ(parameter_of("", "a"), std::nullopt);
    EXPECT_EQ(parameter_of("a=b", "a"), std::nullopt);  // the value itself is no parameter
    EXPECT_EQ(parameter_of("x; a", "a"), std::nullopt);
    EXPECT_EQ(parameter_of("x; aa=1", "a"), std::nullopt);
    EXPECT_EQ(parameter_of("x; q=\"; a=1\"", "a"), std::nullopt);  // within a quoted string
    EXPECT_EQ(parameter_of("x;;; flag; a=1", "a"), "1");
}

TEST(ParameterOf, undoes_escaped_quotes_and_keeps_other_backslashes) {
    EXPECT_EQ(parameter_of(R"(x; a="say \"hi\"")", "a"), R"(say "hi")");
    EXPECT_EQ(parameter_of(R"(x; a="C:\dir\file")", "a"), R"(C:\dir\file)");
    EXPECT_EQ(parameter_of(R"(x; a="back\\slash")", "a"), R"(back\slash)");
    EXPECT_EQ(parameter_of(R"(x; a="open)", "a"), "open");
}

TEST(MediaTypeOf, is_lower_case_and_without_parameters) {
    EXPECT_EQ(media_type_of(" Text/HTML ; charset=x"), "text/html");
    EXPECT_EQ(media_type_of(""), "");
}

TEST(HttpFields, are_found_without_case_and_kept_in_order) {
    HttpFields fields{{"Accept", "a"}, {"Host", "x"}, {"accept", "b"}};
    EXPECT_EQ(fields.count("ACCEPT"), 2U);
    EXPECT_EQ(fields.value("accept"), "a");
    EXPECT_EQ(fields.find("Cookie"), nullptr);
    EXPECT_EQ(fields.value("Cookie"), "");
    fields.set("ACCEPT", "c");
    EXPECT_EQ(fields.count("accept"), 1U);
    EXPECT_EQ(fields.value("accept"), "c");
    EXPECT_EQ(fields.size(), 2U);
}

}  // namespace
}  // namespace docmind
