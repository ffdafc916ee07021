// The steps of a query pipeline that this folder gives: the question of a follow-up, and the answer from passages.

#include <docmind/query_components.hpp>

#include "agent/test_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Key;
using testing::Not;
using testing::SizeIs;

std::vector<StoredMessage> conversation() {
    std::vector<StoredMessage> history(2);
    history[0].content = "When was the Ludwig bridge opened?";
    history[1].role = MessageRole::assistant;
    history[1].content = "The Ludwig bridge was opened in 1872.";
    return history;
}

std::string rewritten(QueryRewriteComponent& component, const QueryValues& inputs) {
    return run_task(component.arun(inputs)).at("output").get<std::string>();
}

TEST(QueryRewriteComponent, AFollowUpBecomesAQuestionThatStandsAlone) {
    ScriptedLLM llm;
    llm.reply("What was the toll on the Ludwig bridge?");
    QueryRewriteComponent component(&llm);
    EXPECT_EQ(rewritten(component, {{"message", "And the toll?"}, {"history", conversation()}}), "What was the toll on the Ludwig bridge?");
}

TEST(QueryRewriteComponent, AMessageThatStandsAloneAsksNoModel) {
    ScriptedLLM llm;
    QueryRewriteComponent component(&llm);
    const std::string question = "Which pillar of the bridge did the flood of 1882 damage?";
    EXPECT_EQ(rewritten(component, {{"message", question}, {"history", conversation()}}), question);
    EXPECT_EQ(rewritten(component, {{"message", "And the toll?"}}), "And the toll?") << "nothing was said before";
    EXPECT_THAT(llm.requests(), IsEmpty());
}

TEST(QueryRewriteComponent, WithoutAModelAndWithOneThatWandersOffTheLastQuestionGoesBeforeTheMessage) {
    const QueryValues inputs{{"message", "And the toll?"}, {"history", conversation()}};
    const std::string joined = "When was the Ludwig bridge opened? And the toll?";
    QueryRewriteComponent without(nullptr);
    EXPECT_EQ(rewritten(without, inputs), joined);
    ScriptedLLM llm;
    llm.reply("What did the emperors of Atlantis pay?");
    llm.reply({.tokens = {}, .refuses = Error(errc::unavailable, "There is no model.")});
    llm.reply({.tokens = {"What"}, .hangs = true});
    QueryRewriteComponent component(&llm, {.limit = 20ms});
    for (int i = 0; i < 3; ++i) EXPECT_EQ(rewritten(component, inputs), joined);
    EXPECT_THAT(llm.requests(), SizeIs(3));
}

class Synthesizer : public testing::Test {
  protected:
    AgentResponse answer(LLM* model, SynthesizerComponent::Params params = {}) {
        SynthesizerComponent component(model, params);
        const QueryValues inputs{{"query_str", "When was the Ludwig bridge opened?"}, {"nodes", found}};
        return run_task(component.arun(inputs)).at("output").take<AgentResponse>();
    }

    RetrievalResult found{test::bridge(), true, 0.9F, {{"embed", 1.0}, {"total", 6.6}}, {"A note of the search."}};
    ScriptedLLM llm;
};

TEST_F(Synthesizer, AnswersFromThePassagesWithCitationsThatHold) {
    llm.reply("The bridge was opened in 1872 [1]. It was green [9].");
    const AgentResponse response = answer(&llm);
    EXPECT_THAT(response.answer, AllOf(HasSubstr("opened in 1872 [1]"), Not(HasSubstr("[9]"))));
    ASSERT_THAT(response.citations, Not(IsEmpty()));
    EXPECT_EQ(response.citations[0].node_id, "n1");
    EXPECT_THAT(found.nodes[0].node.text, HasSubstr(response.citations[0].quote));
    EXPECT_THAT(llm.requests().front().messages.back().content, HasSubstr("seven arches"));
    EXPECT_THAT(response.notes, testing::ElementsAre("A note of the search."));
    EXPECT_THAT(response.timings_ms, AllOf(Contains(Key("embed")), Contains(Key("first_token")), Contains(Key("total"))));
    EXPECT_EQ(llm.open_streams(), 0U);
}

TEST_F(Synthesizer, SaysSoWhereThePassagesAreNotRelevantAndAsksNoModel) {
    found.relevant = false;
    const AgentResponse response = answer(&llm);
    EXPECT_FALSE(response.found);
    EXPECT_THAT(response.answer, HasSubstr("The documents do not say"));
    EXPECT_THAT(llm.requests(), IsEmpty());
}

TEST_F(Synthesizer, QuotesThePassagesWithoutAModel) {
    const AgentResponse response = answer(nullptr);
    EXPECT_TRUE(response.degraded);
    EXPECT_THAT(response.answer, HasSubstr("> The Ludwig bridge was opened in 1872"));
    EXPECT_THAT(response.citations, Not(IsEmpty()));
}

TEST_F(Synthesizer, HandsTheModelNoMorePassagesThanItsLimit) {
    llm.reply("In 1872 [1].");
    answer(&llm, {.context_passages = 1});
    EXPECT_THAT(llm.requests().front().messages.back().content, AllOf(HasSubstr("seven arches"), Not(HasSubstr("two kreuzer"))));
    EXPECT_THROW(SynthesizerComponent(&llm, {.context_passages = 0}), Error);
    EXPECT_THROW(SynthesizerComponent(&llm, {.max_tokens = 0}), Error);
}

TEST_F(Synthesizer, IsCancelledAtEveryPointWithoutLeavingAStreamOpen) {
    llm.otherwise(
        [](const ChatRequest&) { return ScriptedLLM::Reply{.tokens = {"In 1872", " [1]."}, .before_first = 1ms, .between = 1ms}; });
    SynthesizerComponent component(&llm);
    const auto run = [&] {
        QueryValues inputs{{"query_str", "When was the Ludwig bridge opened?"}, {"nodes", found}};
        return component.arun(std::move(inputs));
    };
    const auto sweep = test::cancel_at_every_await(run, [&] { EXPECT_EQ(llm.open_streams(), 0U); });
    EXPECT_GT(sweep.cancelled, 3U);
}

}  // namespace
}  // namespace docmind
