#include "async/test_support.hpp"
#include "storage/engine/database.hpp"
#include "storage/engine/schema.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>

namespace docmind {
namespace {

using test::run_task;

class SqliteSessionStoreTest : public testing::Test {
  protected:
    StoredMessage say(const std::string& session, MessageRole role, const std::string& content,
                      std::optional<std::string> parent = std::nullopt) {
        return run_task(store.aappend_message(
            session, {.role = role, .content = content, .citations = {}, .created_at = {}, .parent_id = std::move(parent)}));
    }
    static std::string text(const std::vector<StoredMessage>& messages) {
        std::string all;
        for (const StoredMessage& message : messages) all += (all.empty() ? "" : " ") + message.content;
        return all;
    }
    std::string path(const std::string& session) { return text(run_task(store.aget_messages(session))); }
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
    const auto [begun, first] = run_task(store.abegin_session("How?", {.role = MessageRole::user, .content = "How, exactly?"}));
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
    EXPECT_EQ(messages[0].id, first.id);
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

TEST_F(SqliteSessionStoreTest, a_question_asked_in_another_ones_place_stands_beside_it_and_nothing_is_lost) {
    const SessionRecord a = run_task(store.acreate_session("a"));
    const SessionRecord b = run_task(store.acreate_session("b"));
    say(b.id, MessageRole::user, "other");
    const auto q1 = say(a.id, MessageRole::user, "q1");
    const auto a1 = say(a.id, MessageRole::assistant, "a1");
    const auto q2 = say(a.id, MessageRole::user, "q2");
    say(a.id, MessageRole::assistant, "a2");

    const auto edited = say(a.id, MessageRole::user, "q2, better", a1.id);
    EXPECT_EQ(edited.siblings, (std::vector{q2.id, edited.id}));
    EXPECT_EQ(path(a.id), "q1 a1 q2, better");
    say(a.id, MessageRole::assistant, "a2, better", edited.id);
    EXPECT_EQ(path(a.id), "q1 a1 q2, better a2, better");
    const auto first = say(a.id, MessageRole::user, "q0", "");
    EXPECT_EQ(path(a.id), "q0");

    const auto messages = run_task(store.aget_messages(a.id));
    EXPECT_EQ(messages.at(0).siblings, (std::vector{q1.id, first.id}));
    EXPECT_EQ(messages.at(0).parent_id, "");
    EXPECT_EQ(run_task(store.aget_all_messages(a.id)).size(), 7u);
    EXPECT_EQ(run_task(store.aget_session(a.id)).messages, 7);

    // Back where it was: the branch goes on as it last did.
    run_task(store.achoose_branch(a.id, q1.id));
    EXPECT_EQ(path(a.id), "q1 a1 q2, better a2, better");
    run_task(store.achoose_branch(a.id, q2.id));
    EXPECT_EQ(path(a.id), "q1 a1 q2 a2");
    // From anywhere to anywhere, the way there included.
    run_task(store.achoose_branch(a.id, first.id));
    run_task(store.achoose_branch(a.id, edited.id));
    EXPECT_EQ(path(a.id), "q1 a1 q2, better a2, better");
    EXPECT_EQ(path(b.id), "other");
    storage.reset();
    storage = std::make_unique<Storage>(Storage::Params{.data_dir = directory.data()});
    EXPECT_EQ(text(run_task(storage->session_store().aget_messages(a.id))), "q1 a1 q2, better a2, better");
}

TEST_F(SqliteSessionStoreTest, an_answer_goes_to_its_question_whichever_branch_is_read_meanwhile) {
    const SessionRecord session = run_task(store.acreate_session("a"));
    const auto q1 = say(session.id, MessageRole::user, "q1");
    const auto other = say(session.id, MessageRole::user, "q1, better", "");
    const auto late = say(session.id, MessageRole::assistant, "late", q1.id);
    EXPECT_EQ(path(session.id), "q1, better");
    EXPECT_EQ(text(run_task(store.aget_path(session.id, late.id))), "q1 late");
    // Another answer to it is shown in its place.
    const auto later = say(session.id, MessageRole::assistant, "later", q1.id);
    run_task(store.achoose_branch(session.id, q1.id));
    EXPECT_EQ(path(session.id), "q1 later");
    EXPECT_EQ(later.siblings, (std::vector{late.id, later.id}));
}

TEST_F(SqliteSessionStoreTest, a_message_of_another_conversation_is_no_parent_and_no_branch) {
    const SessionRecord a = run_task(store.acreate_session("a"));
    const SessionRecord b = run_task(store.acreate_session("b"));
    const auto foreign = say(b.id, MessageRole::user, "x");
    EXPECT_EQ(code_of(store.aappend_message(a.id, {.content = "y", .citations = {}, .created_at = {}, .parent_id = foreign.id})),
              errc::invalid_argument);
    EXPECT_EQ(code_of(store.achoose_branch(a.id, foreign.id)), errc::not_found);
    EXPECT_EQ(code_of(store.aget_path(a.id, foreign.id)), errc::not_found);
    EXPECT_EQ(run_task(store.aget_all_messages(a.id)).size(), 0u);
}

TEST_F(SqliteSessionStoreTest, every_number_of_branches_has_exactly_one_path) {
    const SessionRecord session = run_task(store.acreate_session("a"));
    std::vector<StoredMessage> said;
    unsigned dice = 7;
    for (int i = 0; i < 120; ++i) {
        dice = dice * 1'103'515'245 + 12'345;
        const unsigned at = (dice >> 16) % 128;
        const std::string parent = at < said.size() ? said[at].id : "";
        const auto role = i % 2 == 0 ? MessageRole::user : MessageRole::assistant;
        said.push_back(say(session.id, role, std::to_string(i), parent));
        if (i % 7 == 0) run_task(store.achoose_branch(session.id, said[at % said.size()].id));
        const auto path = run_task(store.aget_messages(session.id));
        ASSERT_FALSE(path.empty());
        EXPECT_EQ(path.front().parent_id, "");
        for (std::size_t n = 1; n < path.size(); ++n) ASSERT_EQ(path[n].parent_id, path[n - 1].id);
        // It goes on to the end of its branch.
        for (const StoredMessage& message : said) ASSERT_NE(message.parent_id, path.back().id);
        if (role == MessageRole::user && i % 7 != 0) ASSERT_EQ(path.back().id, said.back().id);
    }
}

TEST_F(SqliteSessionStoreTest, a_library_from_before_there_were_branches_is_read_as_it_was_and_its_words_are_found) {
    storage.reset();
    const test::TemporaryDirectory old;
    std::filesystem::create_directories(old.data());
    {
        Database database(old.data() / "docmind.sqlite3", Database::Role::writer);
        migrate(database, 5);
        database.execute(
            "INSERT INTO sessions(id, title, created_at, updated_at) VALUES('s1', 'The bridge', 't', 't'), ('s2', 'Ferries', 't', 't');"
            "INSERT INTO messages(id, session_key, role, content, stopped, created_at) VALUES"
            "('m1', 1, 'user', 'q1', 0, 't'), ('n1', 2, 'user', 'When does the ferry leave?', 0, 't'), ('m2', 1, 'assistant', 'a1', 0, "
            "'t'),"
            "('m3', 1, 'user', 'q2', 0, 't'), ('m4', 1, 'assistant', 'a2', 1, 't')");
    }
    Storage opened({.data_dir = old.data()});
    SessionStore& sessions = opened.session_store();
    EXPECT_EQ(text(run_task(sessions.aget_messages("s1"))), "q1 a1 q2 a2");
    EXPECT_EQ(text(run_task(sessions.aget_messages("s2"))), "When does the ferry leave?");
    EXPECT_EQ(run_task(sessions.asearch_sessions("bridge", 10)).at(0).session.id, "s1");
    EXPECT_EQ(run_task(sessions.asearch_sessions("ferry", 10)).at(0).message_id, "n1");
    const auto edited =
        run_task(sessions.aappend_message("s1", {.content = "q2, better", .citations = {}, .created_at = {}, .parent_id = "m2"}));
    EXPECT_EQ(edited.siblings, (std::vector<std::string>{"m3", edited.id}));
    EXPECT_EQ(text(run_task(sessions.aget_messages("s1"))), "q1 a1 q2, better");
    EXPECT_TRUE(run_task(opened.acheck()).empty());
}

TEST_F(SqliteSessionStoreTest, what_was_removed_is_nowhere_until_it_is_restored_whole) {
    const SessionRecord kept = run_task(store.acreate_session("otters"));
    const SessionRecord session = run_task(store.acreate_session("bridges"));
    const auto question = say(session.id, MessageRole::user, "How high are bridges?");
    run_task(store.aremove_session(session.id));
    EXPECT_EQ(run_task(store.alist_sessions()).size(), 1u);
    EXPECT_TRUE(run_task(store.asearch_sessions("bridges", 10)).empty());
    EXPECT_EQ(code_of(store.aget_messages(session.id)), errc::not_found);
    EXPECT_EQ(code_of(store.arename_session(session.id, "x")), errc::not_found);
    EXPECT_EQ(code_of(store.achoose_branch(session.id, question.id)), errc::not_found);
    EXPECT_EQ(code_of(store.aremove_session(session.id)), errc::not_found);
    EXPECT_EQ(code_of(store.arestore_session(kept.id)), errc::not_found);
    // An answer that was being written is not lost with it.
    say(session.id, MessageRole::assistant, "High.", question.id);

    EXPECT_EQ(run_task(store.arestore_session(session.id)).title, "bridges");
    EXPECT_EQ(path(session.id), "How high are bridges? High.");
    EXPECT_EQ(run_task(store.asearch_sessions("bridges", 10)).size(), 1u);
    EXPECT_EQ(code_of(store.arestore_session(session.id)), errc::not_found);
}

TEST_F(SqliteSessionStoreTest, what_was_removed_is_deleted_when_its_time_is_over_with_every_word_of_it) {
    const SessionRecord session = run_task(store.acreate_session("secret plans"));
    std::string parent;
    for (int i = 0; i < 1200; ++i) parent = say(session.id, MessageRole::user, "a hidden word", parent).id;
    run_task(store.aremove_session(session.id));
    storage.reset();
    Storage later({.data_dir = directory.data(), .keep_removed_sessions = std::chrono::seconds(0)});
    EXPECT_EQ(code_of(later.session_store().arestore_session(session.id)), errc::not_found);
    EXPECT_TRUE(run_task(later.acheck()).empty());
    const SessionRecord other = run_task(later.session_store().acreate_session("plans"));
    EXPECT_EQ(run_task(later.session_store().asearch_sessions("plans", 10)).size(), 1u);
    run_task(later.session_store().aremove_session(other.id));
    EXPECT_EQ(code_of(later.session_store().arestore_session(other.id)), errc::not_found) << "the time was 0";
}

TEST_F(SqliteSessionStoreTest, a_summary_stays_with_its_message) {
    const SessionRecord session = run_task(store.acreate_session("a"));
    const auto question = say(session.id, MessageRole::user, "q1");
    run_task(store.aset_summary(question.id, "Somebody asked q1."));
    EXPECT_EQ(run_task(store.aget_messages(session.id)).at(0).summary, "Somebody asked q1.");
    run_task(store.aset_summary("nobody", "x"));
}

TEST_F(SqliteSessionStoreTest, unknown_sessions_are_not_found) {
    EXPECT_EQ(code_of(store.aget_session("x")), errc::not_found);
    EXPECT_EQ(code_of(store.arename_session("x", "y")), errc::not_found);
    EXPECT_EQ(code_of(store.aremove_session("x")), errc::not_found);
    EXPECT_EQ(code_of(store.aappend_message("x", {.content = "y"})), errc::not_found);
    EXPECT_EQ(code_of(store.achoose_branch("x", "y")), errc::not_found);
    EXPECT_EQ(code_of(store.aget_path("x", "y")), errc::not_found);
    EXPECT_EQ(code_of(store.aget_all_messages("x")), errc::not_found);
    EXPECT_EQ(code_of(store.arestore_session("x")), errc::not_found);
}

TEST_F(SqliteSessionStoreTest, every_call_can_be_cancelled_at_every_await) {
    const SessionRecord session = run_task(store.acreate_session("a"));
    test::cancel_at_every_await([&] { return store.acreate_session("b"); });
    test::cancel_at_every_await([&] { return store.aget_session(session.id); });
    test::cancel_at_every_await([&] { return store.alist_sessions(); });
    test::cancel_at_every_await([&] { return store.arename_session(session.id, "c"); });
    test::cancel_at_every_await([&] { return store.aappend_message(session.id, {.content = "x"}); });
    test::cancel_at_every_await([&] { return store.aget_messages(session.id); });
    const auto first = say(session.id, MessageRole::user, "first");
    test::cancel_at_every_await([&] { return store.aget_path(session.id, first.id); });
    test::cancel_at_every_await([&] { return store.aget_all_messages(session.id); });
    test::cancel_at_every_await([&] { return store.achoose_branch(session.id, first.id); });
    test::cancel_at_every_await([&] { return store.asearch_sessions("first", 5); });
    test::cancel_at_every_await([&] { return store.aset_summary(first.id, "x"); });
    EXPECT_TRUE(run_task(storage->acheck()).empty());
}

}  // namespace
}  // namespace docmind
