#include "readers/text/json_reader.hpp"

#include "readers/test_collect.hpp"
#include "readers/text/json_tokens.hpp"

#include <gtest/gtest.h>

#include <string>

namespace docmind {
namespace {

std::string repeated(const std::string& part, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += part;
    return all;
}

TEST(Json, IsReadAsNotes) {
    const Document document =
        test::read(R"({"title": "The \u00e9\ud83d\ude00 order", "tags": ["a", "b"], "empty": [], "paid": true, "n": -1.5e3,
"customer": {"name": "Ann\nLee", "address": {"city": "Linz"}}, "items": [{"id": 1, "x": [[1, 2], [3]]}, {"id": 2}, "loose"]})",
                   "a.json");
    EXPECT_EQ(document.media_type, "application/json");
    EXPECT_EQ(document.metadata.at("title"), "The é😀 order");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, R"(title: The é😀 order
tags: a, b
empty:
paid: true
n: -1.5e3

customer:
  name: Ann
    Lee
  address:
    city: Linz

items:
  - id: 1
    x:
      - 1, 2
      - 3
  - id: 2
  - loose
)");
    ASSERT_EQ(page.headings.size(), 3u);
    EXPECT_EQ(page.headings[0].title, "customer");
    EXPECT_EQ(page.headings[1].title, "address");
    EXPECT_EQ(page.headings[1].level, 2);
    EXPECT_EQ(page.text.substr(page.headings[2].begin, 6), "items:");
}

TEST(Json, PutsRecordsApart) {
    EXPECT_EQ(read_json(R"([{"a": 1, "b": "x"}, {"a": 2}])").page.text, "- a: 1\n  b: x\n\n- a: 2\n");
    EXPECT_EQ(read_json("[1, 2, [3]]").page.text, "- 1\n- 2\n- 3\n");
    EXPECT_EQ(read_json("\"just text\"").page.text, "just text");
}

TEST(Json, ThatIsNoneStaysAsItStands) {
    for (const std::string text :
         {"{\"a\": 1, // comment\n}", "{\"a\": 1} x", "{\"a\"", "[1,]", "{\"a\":\"\\q\"}", "[01]", "{\"a\" 1}", "[}", "nul"})
        EXPECT_EQ(read_json(text).page.text, text);
    const std::string deep = repeated("[", 100'000) + repeated("]", 100'000);
    EXPECT_EQ(read_json(deep).page.text, deep);
    EXPECT_EQ(read_json(repeated("{\"a\":", 100'000)).page.text.size(), 500'000u);
}

TEST(Json, GrowsInProportionHoweverItNests) {
    const std::string nested = repeated("[", 500) + repeated("[[1],[[2]]],", 20'000) + "3" + repeated("]", 500);
    EXPECT_LT(read_json(nested).page.text.size(), 10 * nested.size());
    const std::string keys = repeated("{\"a\":", 500) + "[" + repeated("{\"k\":1},", 20'000) + "0]" + repeated("}", 500);
    EXPECT_LT(read_json(keys).page.text.size(), 10 * keys.size());
}

TEST(JsonLines, AreBlocksAndTextsUnderTheirTitles) {
    const Document document = test::read(R"({"title": "One", "id": 7, "text": "First line.\nSecond."}
{"text": "Only text", "title": ""}

{"a": 1, "b": {"c": 2}}
not json
)",
                                         "a.jsonl");
    EXPECT_EQ(document.media_type, "application/jsonl");
    const Page& page = document.pages.at(0);
    EXPECT_EQ(page.text, "One\n\nid: 7\n\nFirst line.\nSecond.\n\ntitle:\n\nOnly text\n\na: 1\nb:\n  c: 2\n\nnot json\n");
    ASSERT_EQ(page.headings.size(), 1u);
    EXPECT_EQ(page.headings[0].title, "One");
    EXPECT_EQ(page.headings[0].begin, 0u);
}

TEST(JsonLines, AreFoundByTheirContent) {
    EXPECT_EQ(test::read("{\"a\": 1}\n{\"a\": 2}\n", "x.txt").media_type, "application/jsonl");
    EXPECT_EQ(test::read("{\"a\": 1}\n", "x.jsonl").media_type, "application/jsonl");
    EXPECT_EQ(test::read("{\"a\": 1}\n", "x.txt").media_type, "application/json");
    EXPECT_EQ(test::read("[1] Smith, Some reference", "x.txt").media_type, "text/plain");
    EXPECT_EQ(test::read("{curly} text", "x.txt").media_type, "text/plain");
}

}  // namespace
}  // namespace docmind
