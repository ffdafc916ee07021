#include <docmind/query_components.hpp>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"
#include "retrieval/combined_answer.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

AgentResponse answer_to(const std::string& question) {
    AgentResponse response;
    response.answer = "Of " + question + " [1] and [3], not [2].";
    response.citations = {{.n = 1, .document_id = question, .quote = "one"}, {.n = 3, .document_id = question, .quote = "three"}};
    response.usage = ChatUsage{10, 5};
    return response;
}

struct Answering {
    int inside = 0;
    int most = 0;
    std::vector<std::string> asked;
};

Task<AgentResponse> answer(Answering* answering, std::string question) {
    answering->asked.push_back(question);
    answering->most = std::max(answering->most, ++answering->inside);
    co_await sleep_for(10ms);
    --answering->inside;
    co_return answer_to(question);
}

class Decomposition : public ::testing::Test {
  protected:
    QueryPipeline answering_pipeline(std::size_t inputs_at_once = 8) {
        QueryPipeline pipeline({.inputs_at_once = inputs_at_once});
        pipeline.add_modules({{"answer", make_component({"input"}, [this](std::string q) { return answer(&answering, std::move(q)); })}});
        pipeline.add_link("input", "answer");
        return pipeline;
    }
    AgentResponse ask(std::shared_ptr<DecompositionComponent> component) {
        QueryPipeline pipeline;
        pipeline.add_modules({{"decomposition", std::move(component)}});
        pipeline.add_link("input", "decomposition");
        return run_task(pipeline.arun("A and B?")).take<AgentResponse>();
    }

    Answering answering;
    ScriptedLLM llm;
};

TEST_F(Decomposition, TheAnswersStandUnderTheirQuestionsWithCitationsNumberedThrough) {
    llm.reply("1. What of A?\n2. What of B?");
    const AgentResponse response = ask(std::make_shared<DecompositionComponent>(llm, answering_pipeline()));
    EXPECT_EQ(response.answer,
              "**What of A?**\n\nOf What of A? [1] and [2], not [2].\n\n**What of B?**\n\nOf What of B? [3] and [4], not [2].");
    ASSERT_EQ(response.citations.size(), 4U);
    for (int i = 0; i < 4; ++i) {
        EXPECT_EQ(response.citations[i].n, i + 1);
        EXPECT_EQ(response.citations[i].document_id, i < 2 ? "What of A?" : "What of B?");
        EXPECT_EQ(response.citations[i].quote, i % 2 == 0 ? "one" : "three");
    }
    EXPECT_EQ(response.usage->prompt_tokens, 20);
    EXPECT_EQ(response.usage->completion_tokens, 10);
    EXPECT_TRUE(response.found);
    EXPECT_THAT(response.notes, IsEmpty());
}

TEST_F(Decomposition, EightPartsAreAnsweredAtTheSameTime) {
    std::string parts;
    for (int i = 1; i <= 8; ++i) parts += "What of document " + std::to_string(i) + "?\n";
    llm.reply(parts);
    const DecompositionComponent::Params params{.max_questions = 8};
    ask(std::make_shared<DecompositionComponent>(llm, answering_pipeline(8), params));
    EXPECT_EQ(answering.asked.size(), 8U);
    EXPECT_EQ(answering.most, 8);
}

TEST_F(Decomposition, NoMorePartsAreAnsweredAtOnceThanThePipelineAllowsAndNoMoreAskedThanTheLimit) {
    llm.reply("a?\nb?\nc?\nd?\ne?\nf?");
    ask(std::make_shared<DecompositionComponent>(llm, answering_pipeline(2)));
    EXPECT_THAT(answering.asked, ElementsAre("a?", "b?", "c?", "d?"));
    EXPECT_EQ(answering.most, 2);
}

TEST_F(Decomposition, AQuestionWithoutPartsIsAskedAsItIs) {
    llm.reply("What is A and B, said differently?");
    const AgentResponse response = ask(std::make_shared<DecompositionComponent>(llm, answering_pipeline()));
    EXPECT_THAT(answering.asked, ElementsAre("A and B?"));
    EXPECT_EQ(response.answer, answer_to("A and B?").answer);
}

TEST_F(Decomposition, WithoutAModelTheQuestionIsAskedAsItIsAndANoteSaysSo) {
    llm.reply({.tokens = {}, .refuses = Error(errc::unavailable, "There is no model.")});
    const AgentResponse response = ask(std::make_shared<DecompositionComponent>(llm, answering_pipeline()));
    EXPECT_THAT(answering.asked, ElementsAre("A and B?"));
    EXPECT_THAT(response.notes, ElementsAre("The question was not taken apart. There is no model."));
}

TEST_F(Decomposition, RefusesAPipelineThatIsNotWhole) {
    QueryPipeline pipeline;
    EXPECT_THROW(DecompositionComponent(llm, pipeline), Error);
    pipeline.add_modules({{"a", make_component({"input"}, [](std::string text) { return text; })}});
    EXPECT_THROW(DecompositionComponent(llm, pipeline), Error);
    EXPECT_THROW(DecompositionComponent(llm, answering_pipeline(), {.max_questions = 0}), Error);
}

TEST_F(Decomposition, APipelineThatGivesNoAnswerIsNamed) {
    llm.reply("a?\nb?");
    QueryPipeline pipeline;
    pipeline.add_modules({{"echo", make_component({"input"}, [](std::string text) { return text; })}});
    pipeline.add_link("input", "echo");
    try {
        ask(std::make_shared<DecompositionComponent>(llm, pipeline));
        FAIL() << "text is no answer";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::invalid_argument);
        EXPECT_STREQ(error.what(), "This is text where an answer is expected. (module \"decomposition\")");
    }
}

TEST(CombinedAnswer, APartThatFoundNothingDoesNotMakeTheWholeNotFoundAndNotesStandOnce) {
    PartAnswer found{"a", answer_to("a")};
    PartAnswer not_found{"b", {}};
    found.response.notes = {"Slow today."};
    not_found.response.notes = {"Slow today."};
    not_found.response.found = false;
    not_found.response.degraded = true;
    not_found.response.answer = "The documents do not say [1] [x] [";
    const AgentResponse all = combine_answers({found, not_found});
    EXPECT_TRUE(all.found);
    EXPECT_TRUE(all.degraded);
    EXPECT_THAT(all.notes, ElementsAre("Slow today."));
    EXPECT_THAT(all.answer, HasSubstr("do not say [1] [x] [")) << "marks that name nothing stay";
    EXPECT_FALSE(combine_answers({not_found, not_found}).found);
}

TEST(CombinedAnswer, SentencesStandWhereTheyNowAreUnderTheirNewNumbers) {
    std::vector<PartAnswer> parts(2);
    for (std::size_t i = 0; i < 2; ++i) {
        parts[i].question = "Question " + std::to_string(i) + "?";
        AgentResponse& one = parts[i].response;
        one.answer = "Before it. Said here [7]. After [12] it.";
        one.citations = {{.n = 7}, {.n = 12}};
        SentenceSupport sentence{.begin = 11, .end = 25, .problem = SupportProblem::none, .support = 1, .n = 7};
        one.sentences = {sentence, {.begin = 26, .end = 40, .n = 12}, {.begin = 30, .end = 4000, .n = 12}};
        one.confidence = i == 0 ? 0.4 : 0.8;
    }
    const AgentResponse all = combine_answers(std::move(parts));
    ASSERT_EQ(all.sentences.size(), 4U) << "one that stands nowhere is left out";
    const std::vector<std::string> expected{"Said here [1].", "After [2] it.", "Said here [3].", "After [4] it."};
    for (std::size_t i = 0; i < 4; ++i) {
        const SentenceSupport& sentence = all.sentences[i];
        EXPECT_EQ(all.answer.substr(sentence.begin, sentence.end - sentence.begin), expected[i]);
        EXPECT_EQ(sentence.n, static_cast<int>(i) + 1);
    }
    EXPECT_DOUBLE_EQ(all.confidence.value_or(0), 0.6);
}

}  // namespace
}  // namespace docmind
