#include "storage/engine/session_search.hpp"

#include "async/test_support.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using test::run_task;
using testing::ElementsAre;
using testing::IsEmpty;

class SessionSearchTest : public testing::Test {
  protected:
    SessionRecord talk(const std::string& title, const std::vector<std::string>& said) {
        const SessionRecord session = run_task(store.acreate_session(title));
        for (const std::string& text : said) run_task(store.aappend_message(session.id, {.role = MessageRole::user, .content = text}));
        return session;
    }
    std::vector<SessionMatch> search(const std::string& words, std::size_t limit = 50) {
        return run_task(store.asearch_sessions(words, limit));
    }
    std::vector<std::string> titles(const std::string& words) {
        std::vector<std::string> all;
        for (const SessionMatch& match : search(words)) all.push_back(match.session.title);
        return all;
    }
    static std::vector<std::string> words_of(const SessionMatch& match) {
        std::vector<std::string> all;
        for (const auto& [begin, end] : match.matches) all.push_back(match.excerpt.substr(begin, end - begin));
        return all;
    }

    test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
    SessionStore& store = storage.session_store();
};

TEST_F(SessionSearchTest, all_words_must_stand_in_one_message_or_in_the_title_and_the_last_may_be_a_beginning) {
    talk("Crossings", {"When was the Ludwig bridge opened?", "What was the toll?"});
    talk("Food", {"How is a bridge roll made?"});
    EXPECT_THAT(titles("bridge ludwig"), ElementsAre("Crossings"));
    EXPECT_THAT(titles("ludwig bri"), ElementsAre("Crossings"));
    EXPECT_THAT(titles("lud bridge"), IsEmpty()) << "only the last word may be unfinished";
    EXPECT_THAT(titles("bridge toll"), IsEmpty()) << "in two messages";
    EXPECT_THAT(titles("BRIDGE"), testing::UnorderedElementsAre("Crossings", "Food"));
    EXPECT_THAT(titles("foo"), ElementsAre("Food"));
}

TEST_F(SessionSearchTest, the_excerpt_shows_the_words_where_they_stand) {
    std::string text;
    for (int i = 0; i < 200; ++i) text += "grey ";
    const SessionRecord session = talk("Zoo", {"nothing", text + "the \xc3\x9cml\xc3\xa4ut otter swims " + text});
    const auto found = search("umlaut otter");
    ASSERT_EQ(found.size(), 1U);
    EXPECT_THAT(words_of(found[0]), ElementsAre("\xc3\x9cml\xc3\xa4ut", "otter"));
    EXPECT_LT(found[0].excerpt.size(), 250U);
    EXPECT_EQ(found[0].message_id, run_task(store.aget_messages(session.id)).at(1).id);

    const auto titled = search("zo");
    ASSERT_EQ(titled.size(), 1U);
    EXPECT_EQ(titled[0].message_id, "");
    EXPECT_EQ(titled[0].excerpt, "Zoo");
    EXPECT_THAT(words_of(titled[0]), ElementsAre("Zoo"));
}

TEST_F(SessionSearchTest, a_conversation_is_found_once_with_its_title_first) {
    talk("Said often", {"otter", "otter otter", "an otter"});
    talk("The otter", {"What does an otter eat?"});
    EXPECT_THAT(titles("otter"), ElementsAre("The otter", "Said often"));
    EXPECT_NE(search("otter")[0].message_id, "") << "what was said tells more than the title";
    EXPECT_EQ(search("otter", 1).size(), 1U);
    EXPECT_EQ(search("otter", 0).size(), 0U);
}

TEST_F(SessionSearchTest, a_new_title_is_found_and_the_old_one_no_longer) {
    const SessionRecord session = talk("Old", {"x"});
    run_task(store.arename_session(session.id, "Fresh"));
    EXPECT_THAT(titles("old"), IsEmpty());
    EXPECT_THAT(titles("fresh"), ElementsAre("Fresh"));
}

TEST_F(SessionSearchTest, words_of_another_branch_are_found_too) {
    const SessionRecord session = talk("a", {"the first wording"});
    run_task(store.aappend_message(session.id, {.content = "the second one", .citations = {}, .created_at = {}, .parent_id = ""}));
    ASSERT_EQ(run_task(store.aget_messages(session.id)).at(0).content, "the second one");
    EXPECT_THAT(titles("wording"), ElementsAre("a"));
}

TEST_F(SessionSearchTest, no_text_is_a_syntax_error_and_no_operator_is_one) {
    talk("a", {"bread AND butter", "title: \"quoted\" NEAR(it, 3) -not ^here"});
    for (const std::string words : {"",
                                    " ",
                                    "\"",
                                    "\"\"",
                                    "\"\"\"",
                                    "*",
                                    "(",
                                    ")",
                                    "()",
                                    "AND",
                                    "OR",
                                    "NOT",
                                    "bread AND",
                                    "bread OR butter OR",
                                    "NEAR(",
                                    "NEAR(a b",
                                    "title:",
                                    "content:bread",
                                    "{content title}: x",
                                    "-",
                                    "-not",
                                    "^",
                                    "+",
                                    "a + b",
                                    "bread*butter",
                                    "'; DROP TABLE sessions; --",
                                    "\\",
                                    "\x01\x02\x03",
                                    "%_%",
                                    "\xff\xfe",
                                    "a\xc3",
                                    "????",
                                    ":-)",
                                    "\xe2\x80\xa6",
                                    "🦦"}) {
        EXPECT_NO_THROW(search(words)) << words;
    }
    EXPECT_NO_THROW(search(std::string("bread\0butter", 12)));
    EXPECT_NO_THROW(search(std::string(100'000, 'x')));
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "bread ";
    EXPECT_EQ(search(many).size(), 1U);
    EXPECT_THAT(titles("bread OR nothing"), IsEmpty()) << "OR is a word here";
    EXPECT_THAT(titles("bread and butter"), ElementsAre("a"));
    EXPECT_THAT(titles("content:bread"), IsEmpty()) << "a column of the index was searched";
    EXPECT_THAT(titles("NEAR(it, 3)"), ElementsAre("a"));
    EXPECT_THAT(titles("?? butter !"), ElementsAre("a")) << "marks are no words";
    EXPECT_THAT(search("..."), IsEmpty());
}

TEST(MatchExpression, quotes_every_word) {
    EXPECT_EQ(match_expression(""), "");
    EXPECT_EQ(match_expression(" - ( "), "");
    EXPECT_EQ(match_expression("read.csv said \"so\""), "\"read.csv\" \"said\" \"\"\"so\"\"\" *");
}

}  // namespace
}  // namespace docmind
