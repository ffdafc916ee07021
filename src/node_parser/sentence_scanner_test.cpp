#include "node_parser/sentence_scanner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

using testing::ElementsAre;

std::vector<std::string> sentences(const std::string& text) {
    std::vector<std::string> result;
    for (const unicode::Range& range : scan_sentences(text)) result.push_back(text.substr(range.begin, range.size()));
    return result;
}

TEST(SentenceScanner, EndsASentenceAtAFullStopBeforeACapital) {
    EXPECT_THAT(sentences("It rains. We stay!  Do you?\nYes… No."), ElementsAre("It rains.", "We stay!", "Do you?", "Yes…", "No."));
}

TEST(SentenceScanner, GoesOnOverAbbreviationsInitialsAndDecimals) {
    for (const std::string sentence :
         {"Dr. Smith and Prof. Jones met J. R. Tolkien.", "See Fig. 3 and Eq. 4 on pp. 5, i.e. Table 2.", "Pi is 3.14 or so.",
          "The U.S. Army has No. 5 there.", "Use data.frame and read.csv here.", "Smith et al. Found it.", "He said... nothing."}) {
        EXPECT_THAT(sentences(sentence), ElementsAre(sentence));
    }
}

TEST(SentenceScanner, TellsALetterAtTheEndFromAnInitial) {
    EXPECT_THAT(sentences("It is written in R. The rest is C. Both run."),
                ElementsAre("It is written in R.", "The rest is C.", "Both run."));
    EXPECT_THAT(sentences("The answer is no. The next one is yes."), ElementsAre("The answer is no.", "The next one is yes."));
}

TEST(SentenceScanner, KeepsClosingQuotesAndBracketsWithTheirSentence) {
    EXPECT_THAT(sentences("He said \"Stop!\" (It was late.) “So what?” She left."),
                ElementsAre("He said \"Stop!\"", "(It was late.)", "“So what?”", "She left."));
    EXPECT_THAT(sentences("“What?” he said. Then: 'No.'"), ElementsAre("“What?” he said.", "Then: 'No.'"));
}

TEST(SentenceScanner, EndsSentencesOfScriptsWithoutSpaces) {
    EXPECT_THAT(sentences("今日は雨です。明日は？「はい。」そうですか！"),
                ElementsAre("今日は雨です。", "明日は？", "「はい。」", "そうですか！"));
    EXPECT_THAT(sentences("यह पहला है। यह दूसरा है।"), ElementsAre("यह पहला है।", "यह दूसरा है।"));
    EXPECT_THAT(sentences("Это первое. Это второе."), ElementsAre("Это первое.", "Это второе."));
}

TEST(SentenceScanner, TakesTheRowOfATableAsOnePiece) {
    EXPECT_THAT(
        sentences("Prices follow. See:\n| Wing. Left one | Costs 5. All in |\n| --- | --- |\n  | Tail. Both | 7 |  \nThe end."),
        ElementsAre("Prices follow.", "See:", "| Wing. Left one | Costs 5. All in |", "| --- | --- |", "| Tail. Both | 7 |", "The end."));
    EXPECT_THAT(sentences("|x| is the size of x. It\nends with the value |y|"),
                ElementsAre("|x| is the size of x.", "It\nends with the value |y|"));
}

TEST(SentenceScanner, JoinsWrappedLinesAndEndsAtBlankOnes) {
    EXPECT_THAT(sentences("A sentence that\nwraps\r\nhere. Next\n \t\nOther"),
                ElementsAre("A sentence that\nwraps\r\nhere.", "Next", "Other"));
}

TEST(SentenceScanner, TakesListItemsAndHeadingsApart) {
    EXPECT_THAT(sentences("Choose:\n- one\n  thing\n- another\n1. first\n(b) second\n• third"),
                ElementsAre("Choose:", "- one\n  thing", "- another", "1. first", "(b) second", "• third"));
    EXPECT_THAT(sentences("2.1 Vectors and assignment\nR operates on structures."),
                ElementsAre("2.1 Vectors and assignment", "R operates on structures."));
}

TEST(SentenceScanner, TakesEveryLineOfCodeAsOnePiece) {
    EXPECT_THAT(sentences("To read it call\n> x <- read.csv(\"a. B.csv\")\n> summary(x)\nwhich prints\nit."),
                ElementsAre("To read it call", "> x <- read.csv(\"a. B.csv\")", "> summary(x)", "which prints\nit."));
    EXPECT_THAT(sentences("f <- function(x) {\n    x + 1\n}"), ElementsAre("f <- function(x) {", "x + 1", "}"));
}

TEST(SentenceScanner, FindsNothingInWhiteSpace) {
    EXPECT_TRUE(sentences("").empty());
    EXPECT_TRUE(sentences(" \n\t\f\u3000 ").empty());
    EXPECT_THAT(sentences("."), ElementsAre("."));
    EXPECT_THAT(sentences("\xFF\xFE"), ElementsAre("\xFF\xFE"));
}

TEST(SentenceScanner, TakesLinearTimeForHostileText) {
    const std::vector<std::string> patterns{".", ". ", "a.", "\" ", "(", ". (", "A. ", "\n", " ", "<-", "1.", "e.g. ", "。", "\xE3", ".)"};
    for (const std::string& pattern : patterns) {
        std::string text;
        while (text.size() < 4'000'000) text += pattern;
        const auto start = std::chrono::steady_clock::now();
        (void)scan_sentences(text);
        // About 0.1 s; anything quadratic needs hours.
        EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20)) << pattern;
    }
}

}  // namespace
}  // namespace docmind
