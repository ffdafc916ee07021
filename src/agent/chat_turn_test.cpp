#include "agent/context_agent.hpp"
#include "agent/conversation_memory.hpp"
#include "agent/test_fakes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/this_coro.hpp>

#include "async/pool.hpp"
#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

struct Talk {
    test::FakeRetriever retriever;
    test::FakeSessionStore sessions;
    ScriptedLLM llm;
    std::string session;
    Pool cpu_pool{{.name = "cpu"}};
};

struct Heard {
    AgentResponse response;
    std::optional<errc> error;
};

Task<Heard> converse(Talk* talk, ChatTurn turn) {
    const auto executor = co_await boost::asio::this_coro::executor;
    ConversationMemory memory({}, nullptr, talk->sessions, executor);
    Scope background(executor);
    Heard heard;
    try {
        ContextAgent agent({}, talk->retriever, &talk->llm, {talk->sessions, memory, background, talk->cpu_pool}, talk->session);
        heard.response = co_await agent.achat(std::move(turn));
        talk->session = agent.session_id();
    } catch (const Error& error) {
        heard.error = error.code();
    }
    co_await background.close(5s);
    co_return heard;
}

AgentResponse say(Talk& talk, ChatTurn turn, const std::string& reply) {
    talk.llm.reply(reply);
    const Heard heard = test::run_task(converse(&talk, std::move(turn)));
    EXPECT_EQ(heard.error, std::nullopt);
    return heard.response;
}

std::string path(Talk& talk) {
    std::string all;
    for (const StoredMessage& message : test::run_task(talk.sessions.aget_messages(talk.session))) all += message.content + "|";
    return all;
}

/// Everything the model read the last time.
std::string read_by_the_model(const Talk& talk) {
    std::string all;
    for (const ChatMessage& message : talk.llm.requests().back().messages) all += message.content + "\n";
    return all;
}

constexpr const char* opened = "When was the Ludwig bridge with the seven arches opened?";
constexpr const char* toll = "What was the toll on the Ludwig bridge for one person?";
constexpr const char* flood = "Which pillar of the Ludwig bridge did the flood damage?";

ChatTurn after(const char* text, std::string parent) {
    ChatTurn turn(text);
    turn.parent_id = std::move(parent);
    return turn;
}

TEST(ChatTurn, a_question_asked_in_another_ones_place_knows_what_stood_before_it_and_nothing_of_the_other_branch) {
    Talk talk;
    const auto first = say(talk, opened, "It was opened in 1872 [1].");
    say(talk, toll, "The toll was two kreuzer for a person [2].");
    const auto edited = say(talk, after(flood, first.message_id), "The third pillar was damaged [3].");
    EXPECT_EQ(path(talk), std::string(opened) + "|It was opened in 1872 [1].|" + flood + "|The third pillar was damaged [3].|");
    EXPECT_THAT(read_by_the_model(talk), HasSubstr("opened in 1872 [1]"));
    EXPECT_THAT(read_by_the_model(talk), Not(HasSubstr("two kreuzer for a person [2]")));
    EXPECT_EQ(talk.sessions.sessions.at(talk.session).messages.size(), 6U) << "something was lost";

    say(talk, after(toll, ""), "Two kreuzer for a person [2].");
    EXPECT_EQ(path(talk), std::string(toll) + "|Two kreuzer for a person [2].|");
    EXPECT_THAT(read_by_the_model(talk), Not(HasSubstr("opened in 1872 [1]")));
    EXPECT_EQ(talk.sessions.sessions.at(talk.session).record.title, opened) << "the title is the conversation's";
    EXPECT_NE(edited.question_id, "");
}

TEST(ChatTurn, a_question_that_is_answered_again_keeps_its_former_answer_beside_the_new_one) {
    Talk talk;
    const auto first = say(talk, opened, "It was opened in 1872 [1].");
    const auto second = say(talk, toll, "The toll was two kreuzer for a person [2].");
    const auto again = say(talk, ChatTurn::again(second.question_id), "Two kreuzer for a person [2].");
    EXPECT_EQ(again.question_id, second.question_id);
    EXPECT_NE(again.message_id, second.message_id);
    EXPECT_THAT(path(talk), HasSubstr(std::string(toll) + "|Two kreuzer for a person [2].|"));
    EXPECT_THAT(read_by_the_model(talk), Not(HasSubstr("The toll was two kreuzer for a person [2].\n")));

    // From a branch that is not the active one: it becomes that.
    say(talk, after(flood, ""), "The third pillar was damaged [3].");
    say(talk, ChatTurn::again(first.question_id), "In 1872 it was opened [1].");
    EXPECT_EQ(path(talk), std::string(opened) + "|In 1872 it was opened [1].|");
}

TEST(ChatTurn, what_cannot_be_is_refused_before_anything_is_stored) {
    Talk talk;
    const auto first = say(talk, opened, "It was opened in 1872 [1].");
    const auto refused = [&](ChatTurn turn) { return test::run_task(converse(&talk, std::move(turn))).error; };
    EXPECT_EQ(refused(after(toll, "nobody")), errc::invalid_argument);
    EXPECT_EQ(refused(ChatTurn::again("nobody")), errc::not_found);
    EXPECT_EQ(refused(ChatTurn::again(first.message_id)), errc::invalid_argument) << "an answer is no question";
    EXPECT_EQ(talk.sessions.sessions.at(talk.session).messages.size(), 2U);
    talk.session = "unknown";
    EXPECT_EQ(refused(after(toll, "")), errc::not_found);
    EXPECT_EQ(refused(ChatTurn::again(first.question_id)), errc::not_found);
}

}  // namespace
}  // namespace docmind
