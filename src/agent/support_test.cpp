#include "agent/answer_sentences.hpp"
#include "agent/citation_aligner.hpp"
#include "agent/test_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <ostream>

namespace docmind {
namespace {

using testing::ElementsAre;

std::vector<Source> sources_of(std::vector<NodeWithScore> passages) {
    std::vector<Source> all;
    for (auto& passage : passages) all.push_back({static_cast<int>(all.size()) + 1, std::move(passage)});
    return all;
}

std::vector<Source> people() {
    return sources_of(
        {test::passage("p1", "Alice Weber hired Bruno Keller in 1901. Bruno Keller paid Clara Vogt 300 marks for the drawings."),
         test::passage("p2",
                       "The Maximilian bridge was opened in 1885. The Ludwig bridge was opened in 1872. The committee did not accept "
                       "the plans of the engineer. Salaries increased after the strike."),
         test::passage("p3", "To read a table use read.csv(), which sets header = TRUE. Not only arches but also pillars were repaired.")});
}

SentenceSupport judge(const std::string& sentence, const std::vector<Source>& sources) {
    const auto result = CitationAligner().align(sentence, sources);
    EXPECT_EQ(result.sentences.size(), 1U) << sentence;
    return result.sentences.empty() ? SentenceSupport{} : result.sentences.front();
}

struct Case {
    const char* sentence;
    SupportProblem problem;
};

void PrintTo(const Case& c, std::ostream* out) {
    *out << c.sentence;
}

class Support : public testing::TestWithParam<Case> {};

TEST_P(Support, is_judged_by_what_the_passages_say) {
    auto all = test::bridge();
    for (Source& source : people()) all.push_back(std::move(source.passage));
    const auto sentence = judge(GetParam().sentence, sources_of(std::move(all)));
    EXPECT_EQ(to_string(sentence.problem), to_string(GetParam().problem));
}

using enum SupportProblem;
INSTANTIATE_TEST_SUITE_P(SaidInTheSameWords, Support,
                         testing::Values(Case{"The Ludwig bridge was opened in 1872.", none},
                                         Case{"The bridge has 7 arches of red sandstone.", none},
                                         Case{"The toll was two kreuzer for a person and six for a cart.", none}));
INSTANTIATE_TEST_SUITE_P(Paraphrased, Support,
                         testing::Values(Case{"In 1872 the Ludwig bridge, which has seven red sandstone arches, was opened.", none},
                                         Case{"A cart paid a toll of six kreuzer, a person two.", none},
                                         Case{"It was in 1891 that the toll was abolished.", none},
                                         Case{"A wider pillar replaced the third one, damaged in the flood of 1882.", none},
                                         Case{"Bruno Keller was hired by Alice Weber in 1901.", none},
                                         Case{"Pillars were repaired, and arches too.", none},
                                         Case{"The plans of the engineer were not accepted by the committee.", none}));
INSTANTIATE_TEST_SUITE_P(NumbersSwapped, Support,
                         testing::Values(Case{"The Ludwig bridge was opened in 1882.", numbers},
                                         Case{"The toll was six kreuzer for a person and two for a cart.", numbers},
                                         Case{"The bridge was opened in 1872 and has nine arches of red sandstone.", numbers},
                                         Case{"Bruno Keller paid Clara Vogt 1901 marks for the drawings.", numbers},
                                         Case{"The bridge has seven towers of red sandstone.", numbers},
                                         Case{"Bruno Keller paid Clara Vogt 3000 marks for the drawings.", numbers}));
INSTANTIATE_TEST_SUITE_P(Negated, Support,
                         testing::Values(Case{"The third pillar was not damaged in the flood of 1882.", opposite},
                                         Case{"The toll on the bridge was never abolished.", opposite},
                                         Case{"The third pillar wasn't replaced by a wider one.", opposite},
                                         Case{"The committee did accept the plans of the engineer.", opposite},
                                         Case{"Salaries decreased after the strike.", opposite},
                                         Case{"Salaries increased before the strike.", opposite}));
INSTANTIATE_TEST_SUITE_P(NamesSwapped, Support,
                         testing::Values(Case{"Bruno Keller hired Alice Weber in 1901.", names},
                                         Case{"Clara Vogt paid Bruno Keller 300 marks for the drawings.", names},
                                         Case{"The Maximilian bridge was opened in 1872.", numbers},
                                         Case{"The Rudolf bridge has seven arches of red sandstone.", names},
                                         Case{"Napoleon hired Bruno Keller in 1901.", names},
                                         Case{"To read a table use read.csv2(), which sets header = TRUE.", names}));
INSTANTIATE_TEST_SUITE_P(SaidNowhere, Support,
                         testing::Values(Case{"Penguins like swimming in cold oceans.", words},
                                         Case{"The engineers of the bridge were paid handsomely for years.", words}));

std::vector<Source> of_many_languages() {
    return sources_of(
        {test::passage("ru",
                       "Мост Людвига был открыт в 1872 году. У него семь арок из красного песчаника. Сбор за проезд отменили в 1891 году."),
         test::passage("de",
                       "Die „Ludwigsbrücke“ wurde 1872 eröffnet und hat sieben Bögen aus rotem Sandstein. Über die Höhe des Zolls "
                       "entschied der Rat."),
         test::passage("fr", "Le péage du pont fut supprimé en 1891. Les ingénieurs ont réparé l’arche du côté de l’église."),
         test::passage("zh", "路德维希桥于1872年开放，有七个红砂岩拱。过桥费在1891年取消。"),
         test::passage("ja", "ルートヴィヒ橋は1872年に開通し、赤い砂岩の七つのアーチがある。"),
         test::passage("en", "The keeper of the bridge isn\u2019t paid by the \u201cRoad Society\u201d of the town.")});
}

TEST(Support, is_found_in_other_languages_and_scripts_too) {
    const auto all = of_many_languages();
    const auto problem = [&](const char* sentence) { return std::string(to_string(judge(sentence, all).problem)); };
    for (const char* same :
         {"В 1872 году был открыт мост Людвига.", "Сбор за проезд был отменён в 1891 году, его отменили.",
          "Die Ludwigsbrücke wurde im Jahr 1872 eröffnet.", "In 1891 fut supprimé le péage du pont.",
          "Les ingénieurs ont réparé l'arche du côté de l'église.", "路德维希桥于1872年开放。", "过桥费在1891年取消。",
          "ルートヴィヒ橋は1872年に開通した。", "The Road Society of the town doesn't pay: the keeper isn't paid by it."}) {
        EXPECT_EQ(problem(same), to_string(none)) << same;
    }
    for (const char* number :
         {"Мост Людвига был открыт в 1882 году.", "Die Ludwigsbrücke wurde 1891 eröffnet.", "Le péage du pont fut supprimé en 1872.",
          "路德维希桥于1891年开放。", "ルートヴィヒ橋は1891年に開通した。"}) {
        EXPECT_EQ(problem(number), "numbers") << number;
    }
    EXPECT_EQ(problem("Мост Рудольфа был открыт в 1872 году."), "names");
    for (const char* opposite : {"Мост Людвига не был открыт в 1872 году.", "Die Ludwigsbrücke wurde 1872 nicht eröffnet.",
                                 "Le péage du pont ne fut pas supprimé en 1891.", "过桥费在1891年没有取消。",
                                 "The keeper of the bridge is paid by the Road Society of the town."}) {
        EXPECT_EQ(problem(opposite), "opposite") << opposite;
    }
}

TEST(SupportFinder, the_words_a_sentence_rests_on_are_the_bytes_of_the_page_they_say_they_are) {
    auto passages = test::bridge();
    const std::string before = "Überschrift der Seite\n\n";
    const std::string page = before + passages[1].node.text;
    passages[1].node.begin = static_cast<std::uint32_t>(before.size());
    passages[1].node.end = static_cast<std::uint32_t>(page.size());
    const auto result = CitationAligner().align("The toll was abolished in 1891 [1].", sources_of(std::move(passages)));
    EXPECT_EQ(result.answer, "The toll was abolished in 1891 [2].") << "whatever number the model wrote";
    ASSERT_EQ(result.sentences.size(), 1U);
    const SentenceSupport& sentence = result.sentences[0];
    EXPECT_EQ(sentence.n, 2);
    EXPECT_EQ(sentence.page, 4);
    ASSERT_EQ(result.citations.size(), 1U);
    const Citation& citation = result.citations[0];
    EXPECT_EQ(page.substr(citation.begin, citation.end - citation.begin), citation.quote);
    EXPECT_EQ(page.substr(sentence.page_begin, sentence.page_end - sentence.page_begin), citation.quote);
}

TEST(CitationAligner, an_unsupported_sentence_is_marked_where_it_stands_and_gets_no_number) {
    const std::string said = "The Ludwig bridge was opened in 1872. The toll was six kreuzer for a person and two for a cart.";
    const auto result = CitationAligner().align(said, sources_of(test::bridge()));
    EXPECT_EQ(result.answer, "The Ludwig bridge was opened in 1872 [1]. The toll was six kreuzer for a person and two for a cart.");
    ASSERT_EQ(result.sentences.size(), 2U);
    EXPECT_TRUE(result.sentences[0].supported());
    const SentenceSupport& wrong = result.sentences[1];
    EXPECT_FALSE(wrong.supported());
    EXPECT_EQ(result.answer.substr(wrong.begin, wrong.end - wrong.begin), "The toll was six kreuzer for a person and two for a cart.");
    EXPECT_EQ(wrong.n, 2) << "what comes closest can still be opened";
}

TEST(CitationAligner, quotations_headings_questions_code_and_table_heads_claim_nothing_and_each_cell_claims_for_itself) {
    const auto result = CitationAligner().align(
        "## The old bridges\n\n> Penguins like cold oceans. They swim.\n\nWhat about the tolls?\n\nThese are the dates:\n\n"
        "| bridge of stone | day of opening |\n|---|---|\n| the Ludwig bridge | opened in 1872 |\n| the toll of a cart | was nine kreuzer "
        "|\n",
        sources_of(test::bridge()));
    std::vector<std::string> claims;
    std::vector<bool> supported;
    for (const SentenceSupport& s : result.sentences) {
        claims.push_back(result.answer.substr(s.begin, s.end - s.begin));
        supported.push_back(s.supported());
    }
    EXPECT_THAT(claims, ElementsAre("the Ludwig bridge", "opened in 1872", "the toll of a cart", "was nine kreuzer"));
    EXPECT_THAT(supported, ElementsAre(true, true, true, false));
}

TEST(Confidence, is_the_root_of_relevance_times_the_mean_support_of_all_sentences) {
    SentenceSupport good{.problem = SupportProblem::none, .support = 0.8};
    SentenceSupport bad{.problem = SupportProblem::numbers, .support = 0.9};
    EXPECT_DOUBLE_EQ(answer_confidence(0.5F, {good, bad}), std::sqrt(0.5 * 0.4));
    EXPECT_DOUBLE_EQ(answer_confidence({}, {good}), std::sqrt(0.8));
    EXPECT_DOUBLE_EQ(answer_confidence(0.64F, {}), std::sqrt(double{0.64F})) << "quotations alone";
    EXPECT_EQ(answer_confidence(0.9F, {bad}), 0);
}

}  // namespace
}  // namespace docmind
