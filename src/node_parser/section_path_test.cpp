#include "node_parser/section_path.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

TEST(SectionPath, IsThePathOfHeadingsOutermostFirst) {
    SectionPath path;
    EXPECT_EQ(path.at(0), "");
    path.begin_page({{10, 1, "A"}, {20, 2, "B"}, {30, 3, "C"}, {40, 2, "D"}, {50, 1, "E"}});
    EXPECT_EQ(path.at(9), "");
    EXPECT_EQ(path.at(10), "A");
    EXPECT_EQ(path.at(29), "A › B");
    EXPECT_EQ(path.at(30), "A › B › C");
    EXPECT_EQ(path.at(45), "A › D");
    EXPECT_EQ(path.at(1000), "E");
}

TEST(SectionPath, GoesOnOverPagesPastHeadingsNobodyAskedFor) {
    SectionPath path;
    path.begin_page({{0, 1, "A"}, {20, 2, "B"}});
    path.begin_page({});
    EXPECT_EQ(path.at(0), "A › B");
    path.begin_page({{5, 2, "C"}});
    EXPECT_EQ(path.at(0), "A › B");
    EXPECT_EQ(path.at(5), "A › C");
}

TEST(SectionPath, SkipsLevelsAndTitlesThatAreMissing) {
    SectionPath path;
    path.begin_page({{0, 2, "A"}, {10, 5, "B"}, {20, 4, ""}, {30, 1, "C"}});
    EXPECT_EQ(path.at(10), "A › B");
    EXPECT_EQ(path.at(20), "A") << "a heading without a title still ends the section before it";
    EXPECT_EQ(path.at(30), "C");
}

TEST(SectionStarts, AreWhereTheLinesOfTheHeadingsBegin) {
    const std::string text = "end.\n\n  - Title\nmore text in a long line of words Late";
    const std::vector<Heading> starts = section_starts(text, {{4, 1, "before"}, {10, 2, "Title"}, {50, 3, "Late"}, {9999, 4, "out"}});
    ASSERT_EQ(starts.size(), 4u);
    EXPECT_EQ(starts[0].begin, 6u) << "behind the white space, where the line begins";
    EXPECT_EQ(starts[1].begin, 6u) << "with the bullet";
    EXPECT_EQ(starts[2].begin, 50u) << "in the middle of a line";
    EXPECT_EQ(starts[3].begin, text.size());
}

TEST(SectionStarts, PutWhatIsWrongInOrder) {
    const std::vector<Heading> starts = section_starts("one\ntwo", {{4, -5, "b\nc"}, {0, 1 << 30, std::string(5000, 'x')}});
    ASSERT_EQ(starts.size(), 2u);
    EXPECT_EQ(starts[0].begin, 0u);
    EXPECT_EQ(starts[0].level, 9);
    EXPECT_EQ(starts[0].title.size(), 200u);
    EXPECT_EQ(starts[1].level, 1);
    EXPECT_EQ(starts[1].title, "b c");
}

TEST(SectionStarts, AreNeverInsideACharacter) {
    const std::vector<Heading> starts = section_starts("long enough to be no marker 日本", {{29, 1, "a"}, {33, 1, "b"}});
    EXPECT_EQ(starts[0].begin, 28u);
    EXPECT_EQ(starts[1].begin, 31u);
}

TEST(Sections, CoverThePageAndJoinAHeadingWithTheDeeperOneBelow) {
    const std::string text = "0123456789\n# 2 Engine #\n======\n\n- 2.1 Oil\ntext\n3 Wings\n3.1 Left\n\n3 Tail";
    const auto at = [&](std::string_view title) { return static_cast<std::uint32_t>(text.find(title)); };
    const std::vector<Heading> starts =
        section_starts(text, {{at("# 2"), 1, "2 Engine"}, {at("2.1"), 2, "2.1 Oil"}, {at("3 W"), 1, "3 Wings"}, {at("3 T"), 1, "3 Tail"}});
    const std::vector<Section> sections = sections_of(text, starts);
    ASSERT_EQ(sections.size(), 4u);
    EXPECT_EQ(sections[0].begin, 0u);
    EXPECT_EQ(sections[1].begin, at("# 2"));
    EXPECT_EQ(sections[1].heading, at("- 2.1"));
    EXPECT_EQ(sections[2].begin, at("3 W"));
    EXPECT_EQ(sections[3].begin, at("3 T"));
    EXPECT_EQ(sections[3].end, text.size());
    for (std::size_t i = 1; i < sections.size(); ++i) EXPECT_EQ(sections[i].begin, sections[i - 1].end);
}

TEST(SectionStarts, TakeLinearTime) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<Heading> headings;
    for (std::uint32_t i = 0; i < 200'000; ++i) headings.push_back({i, static_cast<int>(i), "title"});
    SectionPath path;
    path.begin_page(section_starts(std::string(5'000'000, ' '), headings));
    EXPECT_EQ(path.at(4'000'000), "");
    path.begin_page(section_starts(std::string(300'000, 'x') + std::string(5'000'000, ' '), headings));
    for (std::size_t at = 0; at < 200'000; ++at) ASSERT_LT(path.at(at).size(), 200u);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

}  // namespace
}  // namespace docmind
