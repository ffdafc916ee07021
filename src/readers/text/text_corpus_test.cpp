// Files that real tools wrote from one known text (tests/data/make_text.sh): what comes back must be that text.

#include "readers/test_collect.hpp"
#include "readers/utf8.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

namespace docmind {
namespace {

using testing::ElementsAre;

const std::filesystem::path folder = "tests/data/corpus/text";

std::string file(const std::string& name) {
    std::ifstream in(folder / name, std::ios::binary);
    EXPECT_TRUE(in) << name;
    return {std::istreambuf_iterator<char>(in), {}};
}

Document read(const std::string& name) {
    return test::read(file(name), name);
}

std::u32string characters(std::string_view text) {
    std::u32string out;
    for (std::size_t i = 0; i < text.size();) {
        const auto [c, length] = utf8::decode(text.substr(i));
        out.push_back(c);
        i += length;
    }
    return out;
}

/// Characters to change for each of the truth's (Levenshtein).
double error_rate(const std::string& text, const std::string& truth) {
    const std::u32string a = characters(text), b = characters(truth);
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t corner = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t changed = corner + (a[i] == b[j] ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = std::min({changed, row[j] + 1, corner + 1});
        }
    }
    return static_cast<double>(row.back()) / static_cast<double>(b.size());
}

std::vector<std::string> headings(const Document& document) {
    std::vector<std::string> found;
    for (const Page& page : document.pages) {
        for (const Heading& heading : page.headings) {
            found.push_back(std::to_string(heading.level) + " " + heading.title);
            EXPECT_EQ(page.text.substr(heading.begin, heading.title.size()), heading.title);
        }
    }
    return found;
}

class Markup : public testing::TestWithParam<const char*> {};

TEST_P(Markup, IsTheTextWithItsHeadingsTableAndMetadata) {
    const Document document = read(GetParam());
    ASSERT_EQ(document.pages.size(), 1u);
    // Before it stand title, author and date, in some formats.
    const std::string& whole = document.pages[0].text;
    const auto begin = whole.find("Introduction");
    ASSERT_NE(begin, std::string::npos);
    const std::string text = whole.substr(begin), truth = file("truth.txt");
    EXPECT_LE(error_rate(text, truth), 0.01) << text;
    EXPECT_NE(text.find("| Year | Ships | Cargo |\n| --- | --- | --- |\n| 1871 | 4112 | coal, timber |\n| 1872 | 3987 | grain |\n"),
              std::string::npos);
    EXPECT_NE(text.find("- patience:\n  - with the weather,\n"), std::string::npos);
    EXPECT_NE(text.find("\n    for hour in range(0, hours, 4):\n        print("), std::string::npos);
    std::vector<std::string> found = headings(document);
    if (found.front() == "1 The keeper’s handbook") found.erase(found.begin());
    // A title above the chapters takes the first level.
    const bool is_below = found.front().starts_with('2');
    for (auto& heading : found) heading[0] = static_cast<char>(heading[0] - (is_below ? 1 : 0));
    EXPECT_THAT(found,
                ElementsAre("1 Introduction", "2 What a keeper needs", "2 The ships", "1 The lamp", "2 Winding it up", "1 Closing words"));
    EXPECT_EQ(document.metadata.at("title"), "The keeper’s handbook");
}

INSTANTIATE_TEST_SUITE_P(TextCorpus, Markup,
                         testing::Values("keeper.md", "keeper.html", "site.html", "keeper.rst", "keeper.tex", "keeper.xml"),
                         [](const auto& of) {
                             std::string name = of.param;
                             std::ranges::replace(name, '.', '_');
                             return name;
                         });

TEST(TextCorpus, MarkupSaysWhoWroteItAndWhen) {
    for (const char* name : {"keeper.md", "keeper.html", "site.html", "keeper.rst", "keeper.tex"})
        EXPECT_EQ(read(name).metadata.at("author"), "Zoë Brontë") << name;
    for (const char* name : {"keeper.md", "keeper.html", "keeper.rst", "keeper.tex"})
        EXPECT_EQ(read(name).metadata["created"], "2024-05-01T00:00:00Z") << name;
    for (const char* name : {"keeper.md", "keeper.html", "keeper.xml"}) EXPECT_EQ(read(name).metadata["language"], "en") << name;
}

TEST(TextCorpus, PlainTextHasItsPagesInEveryEncoding) {
    for (const char* name :
         {"keeper.txt", "keeper.windows-1252.txt", "keeper.utf-16le.txt", "keeper.utf-16be.txt", "keeper.utf-32le.txt"}) {
        const Document document = read(name);
        ASSERT_EQ(document.pages.size(), 3u) << name;
        EXPECT_TRUE(document.pages[1].text.starts_with("The lamp\n")) << name;
        EXPECT_TRUE(document.pages[2].text.starts_with("Closing words\n")) << name;
        std::string text;
        for (const Page& page : document.pages) text += (text.empty() ? "" : "\n") + page.text;
        EXPECT_LE(error_rate(text, file("truth.txt")), 0.01) << name;
    }
}

TEST(TextCorpus, TextComesBackFromEachEncodingAsItWas) {
    const auto same = [](const std::string& language, const std::vector<std::string>& encodings) {
        for (const auto& encoding : encodings)
            EXPECT_EQ(read(language + "." + encoding + ".txt").pages.at(0).text, file(language + ".txt")) << encoding;
    };
    same("russian", {"windows-1251", "koi8-r", "iso-8859-5"});
    same("japanese", {"shift_jis", "euc-jp", "iso-2022-jp"});
    same("chinese", {"gb18030"});
    same("taiwanese", {"big5"});
    same("greek", {"iso-8859-7"});
}

TEST(TextCorpus, TablesComeBackWithTheirCells) {
    const std::string table =
        "| Year | Ships | Cargo |\n| --- | --- | --- |\n| 1871 | 4112 | coal, timber |\n| 1872 | 3987 | grain |\n"
        "| 1873 | 4320 | coal, naïve \"art\" |";
    for (const char* name : {"ships.csv", "ships-semicolon.csv", "ships.tsv"}) EXPECT_EQ(read(name).pages.at(0).text, table) << name;
    const Document json = read("ships.json");
    EXPECT_EQ(json.metadata.at("title"), "Ships");
    EXPECT_NE(json.pages.at(0).text.find("keeper:\n  name: Jürgen Großmann\n  years: 32\n\nships:\n  - Year: 1871\n    Ships: 4112\n"),
              std::string::npos)
        << json.pages.at(0).text;
}

TEST(TextCorpus, JsonLinesAreChapters) {
    const Document document = read("chapters.jsonl");
    EXPECT_LE(error_rate(document.pages.at(0).text, file("truth.txt")), 0.01);
    EXPECT_THAT(headings(document), ElementsAre("1 Introduction", "1 The lamp", "1 Closing words"));
}

TEST(TextCorpus, MailIsItsTextAndWhatIsAttached) {
    const Document document = read("handbook.eml");
    ASSERT_EQ(document.pages.size(), 2u);
    const std::string& text = document.pages[0].text;
    EXPECT_EQ(document.metadata.at("title"), "The keeper’s handbook – a draft that is long enough to be folded over more than one line");
    EXPECT_EQ(document.metadata.at("from"), "Zoë Brontë <zoe@example.org>");
    EXPECT_EQ(document.metadata.at("date"), "2024-05-01T08:00:00Z");
    EXPECT_NE(text.find("\nTo: Jürgen Großmann <juergen@example.org>\n"), std::string::npos);
    const std::string body = text.substr(text.find("Introduction"));
    EXPECT_LE(error_rate(body, file("truth.txt")), 0.01) << body;
    EXPECT_EQ(document.pages[1].headings.at(0).title, "Schiffe für Zoë.csv");
    EXPECT_TRUE(document.pages[1].text.starts_with("| Year | Ships | Cargo |\n"));
}

TEST(TextCorpus, AMailboxHasAPageForEachMessage) {
    const Document document = read("keeper.mbox");
    ASSERT_EQ(document.pages.size(), 3u);
    EXPECT_THAT(headings(document), ElementsAre("1 Introduction", "1 The lamp", "1 Closing words"));
    EXPECT_TRUE(document.pages[1].text.ends_with("\n\nChapter 2\n\nFrom here on it is The lamp.")) << document.pages[1].text;
}

}  // namespace
}  // namespace docmind
