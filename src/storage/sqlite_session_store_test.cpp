#include "async/test_support.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using test::run_task;

class SqliteSessionStoreTest : public testing::Test {
  protected:
    StoredMessage say(const std::string& session, MessageRole role, const std::string& content) {
        return run_task(store.aappend_message(session, {.role = role, .content = content}));
    }
    template <class T>
    static errc code_of(Task<T> task) {
        try {
            run_task(std::move(task));
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "nothing was thrown";
        return errc::internal;
    }

    test::TemporaryDirectory directory;
    std::unique_ptr<Storage> storage = std::make_unique<Storage>(Storage::Params{.data_dir = directory.data()});
    SessionStore& store = storage->session_store();
};

TEST_F(SqliteSessionStoreTest, a_conversation_comes_back_in_order_with_its_citations_after_a_restart) {
    const SessionRecord session = run_task(store.acreate_session("R \xc3\xbc"));
    EXPECT_TRUE(is_made_id(session.id));
    say(session.id, MessageRole::user, "How?");
    const StoredMessage answer = run_task(store.aappend_message(
        session.id, {.role = MessageRole::assistant,
                     .content = "So [1].",
                     .citations = {{.n = 1,
                                    .document_id = "d",
                                    .name = "R.pdf",
                                    .page = 12,
                                    .node_id = "n",
                                    .quote = "read.csv",
                                    .begin = 70'000,
                                    .end = 70'008},
                                   {.n = 2, .document_id = "e", .name = "S.pdf", .page = 1, .node_id = "m", .quote = "q"}},
                     .stopped = true,
                     .sentences = {{.begin = 0,
                                    .end = 7,
                                    .problem = SupportProblem::names,
                                    .support = 0.75,
                                    .n = 2,
                                    .page = 3,
                                    .page_begin = 4,
                                    .page_end = 90'000}},
                     .confidence = 0.5}));
    storage.reset();
    Storage next({.data_dir = directory.data()});
    const auto messages = run_task(next.session_store().aget_messages(session.id));
    ASSERT_EQ(messages.size(), 2u);
    EXPECT_EQ(messages[0].role, MessageRole::user);
    EXPECT_EQ(messages[0].content, "How?");
    EXPECT_FALSE(messages[0].stopped);
    EXPECT_EQ(messages[1].id, answer.id);
    EXPECT_EQ(messages[1].role, MessageRole::assistant);
    EXPECT_TRUE(messages[1].stopped);
    EXPECT_EQ(messages[1].created_at, answer.created_at);
    ASSERT_EQ(messages[1].citations.size(), 2u);
    const Citation& citation = messages[1].citations[0];
    EXPECT_EQ(std::tuple(citation.n, citation.document_id, citation.name, citation.page, citation.node_id, citation.quote),
              std::tuple(1, "d", "R.pdf", 12, "n", "read.csv"));
    EXPECT_EQ(std::pair(citation.begin, citation.end), std::pair(70'000u, 70'008u));
    ASSERT_EQ(messages[1].sentences.size(), 1u);
    const SentenceSupport& sentence = messages[1].sentences[0];
    EXPECT_EQ(std::tuple(sentence.begin, sentence.end, sentence.problem, sentence.support, sentence.n, sentence.page, sentence.page_begin,
                         sentence.page_end),
              std::tuple(0u, 7u, SupportProblem::names, 0.75, 2, 3, 4u, 90'000u));
    EXPECT_EQ(messages[0].confidence, std::nullopt);
    EXPECT_EQ(messages[1].confidence, 0.5);
    const SessionRecord again = run_task(next.session_store().aget_session(session.id));
    EXPECT_EQ(again.title, "R \xc3\xbc");
    EXPECT_EQ(again.messages, 2);
    EXPECT_EQ(again.updated_at, answer.created_at);
}

TEST_F(SqliteSessionStoreTest, a_session_that_begins_with_a_message_has_it_after_a_restart) {
    const SessionRecord begun = run_task(store.abegin_session("How?", {.role = MessageRole::user, .content = "How, exactly?"}));
    EXPECT_TRUE(is_made_id(begun.id));
    storage.reset();
    Storage next({.data_dir = directory.data()});
    const SessionRecord again = run_task(next.session_store().aget_session(begun.id));
    EXPECT_EQ(std::tuple(again.title, again.messages, again.updated_at), std::tuple("How?", 1, begun.updated_at));
    const auto messages = run_task(next.session_store().aget_messages(begun.id));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].role, MessageRole::user);
    EXPECT_EQ(messages[0].content, "How, exactly?");
    EXPECT_TRUE(is_made_id(messages[0].id));
}

TEST_F(SqliteSessionStoreTest, a_session_that_begins_with_a_message_is_there_with_it_or_not_at_all) {
    test::cancel_at_every_await([&] { return store.abegin_session("b", {.role = MessageRole::user, .content = "x"}); });
    for (const SessionRecord& session : run_task(store.alist_sessions())) EXPECT_EQ(session.messages, 1);
    EXPECT_TRUE(run_task(storage->acheck()).empty());
}

TEST_F(SqliteSessionStoreTest, the_session_that_was_written_to_last_is_listed_first) {
    const SessionRecord a = run_task(store.acreate_session("a"));
    const SessionRecord b = run_task(store.acreate_session("b"));
    while (say(a.id, MessageRole::user, "x").created_at <= b.updated_at) {
    }
    const auto sessions = run_task(store.alist_sessions());
    ASSERT_EQ(sessions.size(), 2u);
    EXPECT_EQ(sessions[0].id, a.id);
    EXPECT_EQ(sessions[1].id, b.id);
}

TEST_F(SqliteSessionStoreTest, a_session_is_renamed_and_removed_with_its_messages) {
    const SessionRecord session = run_task(store.acreate_session("old"));
    say(session.id, MessageRole::user, "x");
    run_task(store.arename_session(session.id, "new"));
    EXPECT_EQ(run_task(store.aget_session(session.id)).title, "new");
    run_task(store.aremove_session(session.id));
    EXPECT_EQ(code_of(store.aget_session(session.id)), errc::not_found);
    EXPECT_EQ(code_of(store.aget_messages(session.id)), errc::not_found);
    EXPECT_TRUE(run_task(store.alist_sessions()).empty());
}

TEST_F(SqliteSessionStoreTest, truncating_removes_the_message_and_all_after_it_in_this_session_only) {
    const SessionRecord a = run_task(store.acreate_session("a"));
    const SessionRecord b = run_task(store.acreate_session("b"));
    say(a.id, MessageRole::user, "1");
    const StoredMessage second = say(a.id, MessageRole::assistant, "2");
    say(b.id, MessageRole::user, "other");
    say(a.id, MessageRole::user, "3");
    EXPECT_EQ(code_of(store.atruncate_from(b.id, second.id)), errc::not_found);
    run_task(store.atruncate_from(a.id, second.id));
    const auto messages = run_task(store.aget_messages(a.id));
    ASSERT_EQ(messages.size(), 1u);
    EXPECT_EQ(messages[0].content, "1");
    EXPECT_EQ(run_task(store.aget_messages(b.id)).size(), 1u);
}

TEST_F(SqliteSessionStoreTest, unknown_sessions_are_not_found) {
    EXPECT_EQ(code_of(store.aget_session("x")), errc::not_found);
    EXPECT_EQ(code_of(store.arename_session("x", "y")), errc::not_found);
    EXPECT_EQ(code_of(store.aremove_session("x")), errc::not_found);
    EXPECT_EQ(code_of(store.aappend_message("x", {.content = "y"})), errc::not_found);
    EXPECT_EQ(code_of(store.atruncate_from("x", "y")), errc::not_found);
}

TEST_F(SqliteSessionStoreTest, every_call_can_be_cancelled_at_every_await) {
    const SessionRecord session = run_task(store.acreate_session("a"));
    test::cancel_at_every_await([&] { return store.acreate_session("b"); });
    test::cancel_at_every_await([&] { return store.aget_session(session.id); });
    test::cancel_at_every_await([&] { return store.alist_sessions(); });
    test::cancel_at_every_await([&] { return store.arename_session(session.id, "c"); });
    test::cancel_at_every_await([&] { return store.aappend_message(session.id, {.content = "x"}); });
    test::cancel_at_every_await([&] { return store.aget_messages(session.id); });
    EXPECT_TRUE(run_task(storage->acheck()).empty());
}

}  // namespace
}  // namespace docmind
