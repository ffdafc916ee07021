#include "readers/mail/mail_reader.hpp"

#include "readers/mail/mime.hpp"
#include "readers/test_collect.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Mime, DecodesFields) {
    EXPECT_EQ(decode_field("=?utf-8?q?Gr=C3=BC=C3=9Fe?= from =?ISO-8859-1*de?B?5PY=?="), "Grüße from äö");
    EXPECT_EQ(decode_field("=?utf-8?B?w?=  =?utf-8?B?w7w=?= x"), "ü x");
    EXPECT_EQ(decode_field("=?utf-8?Q?a_=C3?= =?UTF-8?Q?=BC?="), "a ü") << "a character in two words";
    EXPECT_EQ(decode_field("=?utf-8?Q?one?= =?iso-8859-1?Q?two?= three"), "onetwo three");
    EXPECT_EQ(decode_field("plain =?broken?= =?utf-8?X?x?= =?"), "plain =?broken?= =?utf-8?X?x?= =?");
    EXPECT_EQ(decode_field("=?no-such?Q?a=E9?="), "aé");
    EXPECT_EQ(decode_field(repeated("=?", 100'000)).size(), 200'000u);
}

TEST(Mime, DecodesParameters) {
    const MimeValue value = parse_mime_value(
        "Attachment; filename*0*=utf-8'de'%C3%BCber%20; FileName*1*=alles; filename*2=\".pdf\"; size=3; name=\"a\\\"b; c\" (x); flag; "
        "last=\"open");
    EXPECT_EQ(value.value, "attachment");
    EXPECT_EQ(value.parameter("filename"), "über alles.pdf");
    EXPECT_EQ(value.parameter("name"), "a\"b; c");
    EXPECT_EQ(value.parameter("size"), "3");
    EXPECT_EQ(value.parameter("last"), "open");
    EXPECT_EQ(value.parameter("none"), "");
    EXPECT_EQ(parse_mime_value("").value, "");
    EXPECT_EQ(parse_mime_value("text/plain;;=;*=;a").value, "text/plain");
}

TEST(Mime, DecodesBodies) {
    EXPECT_EQ(decode_body("SGVs\r\nbG8=", "Base64"), "Hello");
    EXPECT_EQ(decode_body("!!SGVs*bG8", "base64"), "Hello");
    EXPECT_EQ(decode_body("a=3D=\r\nb  \r\n=C3=A9 =ZZ =", "quoted-printable"), "a=b\né =ZZ ");
    EXPECT_EQ(decode_body("as is", "8bit"), "as is");
}

const std::string headers =
    "Received: from x\r\nFrom: =?utf-8?q?Ann_L=C3=A9e?= <ann@x.org>\r\nTo: Bob <bob@x.org>,\r\n\tCy <cy@x.org>\r\n"
    "Subject: The\r\n plan\r\nDate: Wed, 1 May 2024 10:00:00 +0200\r\nMIME-Version: 1.0\r\n";

TEST(Mail, IsAPageUnderItsSubject) {
    const Document document =
        test::read(headers +
                       "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n"
                       "\r\nDear B=F6b,\r\n\r\n  1. one=\r\n two\r\n-- \r\nAnn\r\n",
                   "x.eml");
    EXPECT_EQ(document.media_type, "message/rfc822");
    ASSERT_EQ(document.pages.size(), 1u);
    EXPECT_EQ(
        document.pages[0].text,
        "The plan\n\nFrom: Ann Lée <ann@x.org>\nTo: Bob <bob@x.org>, Cy <cy@x.org>\nDate: Wed, 1 May 2024 10:00:00 +0200\n\nDear Böb,\n\n"
        "  1. one two\n--\nAnn");
    ASSERT_EQ(document.pages[0].headings.size(), 1u);
    EXPECT_EQ(document.pages[0].headings[0].title, "The plan");
    EXPECT_EQ(document.metadata.at("title"), "The plan");
    EXPECT_EQ(document.metadata.at("from"), "Ann Lée <ann@x.org>");
    EXPECT_EQ(document.metadata.at("date"), "2024-05-01T08:00:00Z");
}

TEST(Mail, PrefersPlainTextAndReadsWhatIsAttached) {
    const std::string mail = headers + R"(Content-Type: multipart/mixed; boundary="out"

Preamble.
--out
Content-Type: multipart/alternative; boundary=in

--in
Content-Type: text/html; charset=utf-8

<p>As HTML</p>
--in
Content-Type: text/plain; charset=utf-8

As text
--in--
--out
Content-Type: text/markdown; name="=?utf-8?Q?n=C3=B6tes.md?="
Content-Disposition: attachment

# Heading

Body
--out
Content-Type: application/octet-stream
Content-Disposition: attachment; filename="../../x/blob.bin"
Content-Transfer-Encoding: base64

AAECAwQ=
--out
Content-Type: message/rfc822

From: Cy <cy@x.org>
Subject: Inner
Date: Thu, 2 May 2024 10:00:00 +0200

Inner text
--out--
Epilogue.
)";
    const Document document = test::read(mail, "x.eml");
    ASSERT_EQ(document.pages.size(), 3u);
    EXPECT_NE(document.pages[0].text.find("\nAttachments: nötes.md, blob.bin, Inner\n\nAs text"), std::string::npos)
        << document.pages[0].text;
    EXPECT_EQ(document.pages[0].text.find("As HTML"), std::string::npos);
    EXPECT_EQ(document.pages[1].text, "Heading\n\nBody");
    ASSERT_EQ(document.pages[1].headings.size(), 2u);
    EXPECT_EQ(document.pages[1].headings[0].title, "nötes.md");
    EXPECT_EQ(document.pages[1].headings[0].level, 1);
    EXPECT_EQ(document.pages[1].headings[1].level, 2);
    EXPECT_EQ(document.pages[2].text, "Inner\n\nFrom: Cy <cy@x.org>\nDate: Thu, 2 May 2024 10:00:00 +0200\n\nInner text");
    EXPECT_EQ(document.pages[2].number, 3);
}

TEST(Mail, TakesHtmlWhereThereIsNoPlainText) {
    const std::string mail =
        headers +
        "Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n \n--b\n"
        "Content-Type: text/html\n\n<meta charset=windows-1251><table><tr><td><h1>\xCF\xF0\xE8</h1><td>x</table>\n--b--\n";
    EXPECT_TRUE(test::read(mail, "x.eml").pages.at(0).text.ends_with("\n\nПри\n\nx"));
}

TEST(Mail, JoinsFlowedLines) {
    EXPECT_TRUE(test::read(headers + "Content-Type: text/plain; format=flowed\n\nOne \ntwo.\n from\n-- \nAnn\n", "x")
                    .pages.at(0)
                    .text.ends_with("One two.\nfrom\n-- \nAnn"))
        << test::read(headers + "Content-Type: text/plain; format=flowed\n\nOne \ntwo.\n from\n-- \nAnn\n", "x").pages.at(0).text;
}

TEST(Mail, ReadsWhatIsBrokenAsFarAsItGoes) {
    const auto text = [](const std::string& rest) { return test::read(headers + rest, "x.eml").pages.at(0).text; };
    EXPECT_TRUE(text("Content-Type: multipart/mixed; boundary=b\n\n--b\n\nNot closed").ends_with("\n\nNot closed"));
    EXPECT_TRUE(text("Content-Type: multipart/mixed\n\nNo boundary").ends_with("\n\nNo boundary"));
    EXPECT_TRUE(text("Content-Type: multipart/mixed; boundary=b\n\nIt never comes").ends_with("\n\nIt never comes"));
    EXPECT_TRUE(text("no header and no empty line\nText").ends_with("no header and no empty line\nText"));
    EXPECT_TRUE(text("Content-Type: text/plain; charset=no-such\n\nText \xE9").ends_with("\n\nText é"));
    EXPECT_TRUE(text("Content-Type: multipart/mixed; boundary=b\n\n--b\n--b\n--bb\n--b--\n").starts_with("The plan"));
    EXPECT_TRUE(text("").ends_with("+0200"));
}

TEST(Mail, StopsAtItsLimits) {
    const auto failure_of = [](const std::string& mail, const ReadOptions& options) -> std::string {
        try {
            test::read(mail, "x.eml", "", options);
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::too_large);
            return error.what();
        }
        return "";
    };
    const std::string begin = headers + "Content-Type: multipart/mixed; boundary=b\n\n";
    const std::string part = "--b\nContent-Disposition: attachment; filename=a.txt\n\nText\n";
    EXPECT_NE(failure_of(begin + repeated(part, 5), {.max_archive_entries = 4}).find("4 attachments (ingestion.max_archive_entries)"),
              std::string::npos);
    EXPECT_NE(failure_of(begin + repeated(part, 50'000), {}).find("10000 attachments"), std::string::npos);
    EXPECT_NE(failure_of(begin + repeated(part, 3), {.max_expanded_bytes = 9}).find("9 bytes (ingestion.max_expanded_bytes)"),
              std::string::npos);
    EXPECT_NE(failure_of(begin + repeated(part, 3), {.max_pages = 3}).find("3 pages (ingestion.max_pages)"), std::string::npos);
    EXPECT_NE(failure_of(begin + part, {.max_archive_depth = 0}).find("0 deep (ingestion.max_archive_depth)"), std::string::npos);
    std::string nested = headers + "\nText\n";
    for (int i = 0; i < 3; ++i) nested = headers + "Content-Type: message/rfc822\n\n" + nested;
    EXPECT_NE(failure_of(nested, {}).find("2 deep (ingestion.max_archive_depth)"), std::string::npos);
    EXPECT_EQ(failure_of(nested, {.max_archive_depth = 3}), "");
}

TEST(Mail, SurvivesNestingWithoutEnd) {
    std::string nested = headers;
    for (int i = 0; i < 20'000; ++i) {
        const std::string name = "b" + std::to_string(i);
        nested += "Content-Type: multipart/mixed; boundary=" + name + "\n\n--" + name + "\n";
    }
    EXPECT_FALSE(test::read(nested + "\nneedle", "x.eml").pages.empty());
}

TEST(Mbox, HasAPageForEachMessage) {
    const Document document = test::read(
        "From ann@x.org Wed May  1 10:00:00 2024\nFrom: Ann\nSubject: One\n\nFirst.\n>From here on\n\nFrom what I see, this: no\n\n"
        "From bob@x.org Wed May  1 11:00:00 2024\nFrom: Bob\n\nSecond.\n",
        "mail");
    EXPECT_EQ(document.media_type, "application/mbox");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(document.pages[0].text, "One\n\nFrom: Ann\n\nFirst.\nFrom here on\n\nFrom what I see, this: no");
    EXPECT_EQ(document.pages[1].text, "(no subject)\n\nFrom: Bob\n\nSecond.");
    EXPECT_EQ(document.pages[1].headings.at(0).title, "(no subject)");
}

TEST(Mbox, StopsAtTooManyMessages) {
    const std::string message = "From a Wed May  1 10:00:00 2024\nFrom: Ann\nSubject: One\n\nText\n\n";
    try {
        test::read(repeated(message, 5), "x", "", {.max_archive_entries = 4});
        FAIL() << "five messages were read";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::too_large);
        EXPECT_NE(std::string(error.what()).find("4 messages and attachments (ingestion.max_archive_entries)"), std::string::npos);
    }
}

TEST(Mail, IsKnownByItsHeaders) {
    const auto type = [](const std::string& text, const std::string& name) { return test::read(text, name).media_type; };
    EXPECT_EQ(type("From: a\nTo: b\nSubject: c\n\nText", "x.txt"), "message/rfc822");
    EXPECT_EQ(type("Subject: c\n\nText", "x.eml"), "message/rfc822");
    EXPECT_EQ(type("From: here\nto there is a way.\n", "x.txt"), "text/plain");
    EXPECT_EQ(type("Not mail at all", "x.eml"), "text/plain");
    EXPECT_EQ(type("From there: to here\nwas the way", "x.txt"), "text/plain");
}

}  // namespace
}  // namespace docmind
