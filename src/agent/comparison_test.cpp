// Several documents side by side: a cell each, all at once, none lost to another.

#include <docmind/comparison.hpp>

#include "agent/cited_text.hpp"
#include "agent/conversation_memory.hpp"
#include "agent/draft_agent.hpp"
#include "agent/test_fakes.hpp"
#include "agent/test_library.hpp"
#include "agent/whole_documents.hpp"

#include <boost/asio/this_coro.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "async/pool.hpp"
#include "async/test_gate.hpp"
#include "async/test_support.hpp"
#include "llms/scripted_llm.hpp"

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

using State = ComparisonCell::State;

/// Finds what a document says, by its id.
class Shelf final : public Retriever {
  public:
    std::map<std::string, RetrievalResult> found;
    std::map<std::string, Error> failures;
    std::vector<QueryBundle> queries;

    Task<RetrievalResult> aretrieve(QueryBundle query) override {
        queries.push_back(query);
        co_await yield_now();
        if (query.document_ids.size() != 1) throw Error(errc::internal, "a cell asks one document");
        if (const auto failure = failures.find(query.document_ids[0]); failure != failures.end()) throw failure->second;
        co_return found[query.document_ids[0]];
    }
};

std::string words_of(const std::string& id) {
    return "The contract " + id + " can be ended with thirty days notice. Its price is 40 euros.";
}

struct Office {
    Shelf shelf;
    test::FakeLibrary documents;
    ScriptedLLM llm;
    std::vector<std::string> ids;

    explicit Office(int count = 2) {
        for (int i = 0; i < count; ++i) {
            const std::string id(1, static_cast<char>('a' + i));
            ids.push_back(id);
            documents.records.push_back(test::document(id, id + ".pdf", 1, 1));
            shelf.found[id] = {{test::passage("n-" + id, words_of(id), 2, id)}, true, 0.8F, {}, {}};
        }
        // What a model does that keeps to its instructions: the first sentence of what it reads.
        llm.otherwise([](const ChatRequest& request) {
            const std::string& prompt = request.messages.back().content;
            const auto begin = prompt.find(">\n") + 2;
            return ScriptedLLM::Reply{.tokens = {prompt.substr(begin, prompt.find('.', begin) - begin), " [1]."}};
        });
    }
    DocumentComparison comparison(DocumentComparison::Params params = {}) { return {params, shelf, documents, &llm}; }
    Comparison compare(std::vector<std::string> aspects = {"notice"}, DocumentComparison::Params params = {}) {
        auto it = comparison(params);
        return run_task(it.arun(ids, std::move(aspects)));
    }
    errc refused(std::vector<std::string> aspects) {
        try {
            compare(std::move(aspects));
        } catch (const Error& error) {
            return error.code();
        }
        return errc::internal;
    }
};

/// The table's cells, row by row, without the ruling.
std::vector<std::vector<std::string>> cells_of(const std::string& table) {
    std::vector<std::vector<std::string>> rows(1);
    std::string cell;
    for (std::size_t i = 0; i < table.size(); ++i) {
        if (table[i] == '\\' && i + 1 < table.size()) {
            cell += table[++i];
        } else if (table[i] == '|') {
            rows.back().push_back(std::exchange(cell, {}));
        } else if (table[i] == '\n') {
            rows.emplace_back();
            cell.clear();
        } else {
            cell += table[i];
        }
    }
    rows.erase(rows.begin() + 1);
    for (auto& row : rows) row.erase(row.begin());
    return rows;
}

TEST(DocumentComparison, each_cell_asks_its_own_document_alone_and_cites_it) {
    Office office(3);
    const Comparison comparison = office.compare({"notice"});
    std::set<std::string> asked;
    for (const QueryBundle& query : office.shelf.queries) {
        EXPECT_EQ(query.query_str, "notice");
        asked.insert(query.document_ids.at(0));
    }
    EXPECT_EQ(asked, (std::set<std::string>{"a", "b", "c"}));
    for (std::size_t i = 0; i < 3; ++i) {
        const ComparisonCell& cell = comparison.cell(i, 0);
        ASSERT_EQ(cell.state, State::answered);
        EXPECT_FALSE(cell.quoted);
        ASSERT_THAT(cell.sentences, SizeIs(1));
        const Citation& citation = cell.sentences[0].citation;
        EXPECT_EQ(citation.document_id, office.ids[i]);
        EXPECT_EQ(citation.page, 2);
        EXPECT_THAT(words_of(office.ids[i]), HasSubstr(citation.quote));
        EXPECT_EQ(words_of(office.ids[i]).substr(citation.begin, citation.end - citation.begin), citation.quote);
    }
    // What one document says never reaches the question about another.
    for (const ChatRequest& request : office.llm.requests()) {
        int others = 0;
        for (const std::string& id : office.ids) others += request.messages.back().content.contains("contract " + id) ? 1 : 0;
        EXPECT_EQ(others, 1);
    }
}

TEST(DocumentComparison, the_table_has_a_citation_in_each_cell_and_its_sentences_where_they_stand) {
    Office office(2);
    const AgentResponse response = as_response(office.compare({"notice", "price", "term"}));
    const auto rows = cells_of(response.answer);
    ASSERT_THAT(rows, SizeIs(4));
    EXPECT_THAT(rows, Each(SizeIs(3)));
    EXPECT_THAT(rows[0], ElementsAre(" ", " a.pdf ", " b.pdf "));
    for (std::size_t row = 1; row < rows.size(); ++row) {
        for (std::size_t column = 1; column < rows[row].size(); ++column) {
            EXPECT_THAT(rows[row][column], AllOf(HasSubstr("thirty days notice"), testing::ContainsRegex("\\[[0-9]+\\]")));
        }
    }
    EXPECT_THAT(response.citations, SizeIs(2)) << "the same words have one number";
    ASSERT_THAT(response.sentences, SizeIs(6));
    for (const SentenceSupport& sentence : response.sentences) {
        EXPECT_TRUE(sentence.supported());
        EXPECT_THAT(response.answer.substr(sentence.begin, sentence.end - sentence.begin),
                    AllOf(HasSubstr("The contract"), HasSubstr("[" + std::to_string(sentence.n) + "]")));
    }
    EXPECT_TRUE(response.found);
    EXPECT_FALSE(response.degraded);
    EXPECT_GT(response.confidence.value_or(0), 0.8);
    Office many(3);
    EXPECT_THAT(cells_of(as_response(many.compare({"notice"})).answer)[0], ElementsAre(" Document ", " notice "));
}

TEST(DocumentComparison, cells_are_with_the_model_at_the_same_time_up_to_the_limit) {
    for (const std::size_t limit : {1U, 3U, 64U}) {
        Office office(8);
        office.llm.otherwise(
            [](const ChatRequest&) { return ScriptedLLM::Reply{.tokens = {"Thirty", " days", " [1]."}, .between = 10ms}; });
        auto comparison = office.comparison({.cells_at_once = limit});
        test::Run<Comparison> run(comparison.arun(office.ids, {"notice", "price"}));
        std::size_t most = 0;
        test::run_until(run, [&] {
            most = std::max(most, office.llm.open_streams());
            return run.ended();
        });
        EXPECT_EQ(run.take().done(), 16U);
        EXPECT_EQ(most, std::min<std::size_t>(limit, 16));
    }
}

TEST(DocumentComparison, a_cell_that_fails_says_why_and_the_others_stand) {
    Office office(3);
    office.shelf.failures.emplace("b", Error(errc::storage, "The index | is damaged."));
    const Comparison comparison = office.compare();
    EXPECT_EQ(comparison.cell(0, 0).state, State::answered);
    EXPECT_EQ(comparison.cell(1, 0).state, State::failed);
    EXPECT_EQ(comparison.cell(2, 0).state, State::answered);
    const auto rows = cells_of(as_response(comparison).answer);
    EXPECT_THAT(rows[2][1], AllOf(HasSubstr("failed"), HasSubstr("The index | is damaged.")));
    EXPECT_THAT(rows[3][1], HasSubstr("thirty days"));
}

TEST(DocumentComparison, where_nothing_is_found_the_document_does_not_say_and_no_model_is_asked) {
    Office office(2);
    office.shelf.found["b"].relevant = false;
    const Comparison comparison = office.compare();
    EXPECT_EQ(comparison.cell(1, 0).state, State::not_said);
    EXPECT_THAT(office.llm.requests(), SizeIs(1));
    EXPECT_THAT(as_response(comparison).answer, HasSubstr("| the document does not say |"));
    office.shelf.found["a"].nodes.clear();
    const AgentResponse nothing = as_response(office.compare());
    EXPECT_FALSE(nothing.found);
    EXPECT_THAT(nothing.citations, IsEmpty());
    EXPECT_FALSE(nothing.confidence);
}

TEST(DocumentComparison, a_passage_that_has_half_the_words_of_the_aspect_speaks_of_it_however_low_it_scores) {
    Office office(3);
    for (const char* id : {"a", "b", "c"}) {
        office.shelf.found[id].relevant = false;
        office.shelf.found[id].nodes[0].matched_terms = {"notic"};
    }
    office.shelf.found["b"].nodes[0].missing_terms = {"period"};
    office.shelf.found["c"].nodes[0].missing_terms = {"tenant", "period"};
    const Comparison comparison = office.compare();
    EXPECT_EQ(comparison.cell(0, 0).state, State::answered);
    EXPECT_EQ(comparison.cell(1, 0).state, State::answered);
    EXPECT_EQ(comparison.cell(2, 0).state, State::not_said);
}

TEST(DocumentComparison, a_small_model_is_not_asked_and_every_cell_is_a_quotation) {
    Office office(2);
    office.llm.model = "SmolLM2-135M-Instruct";
    const Comparison comparison = office.compare();
    for (const ComparisonCell& cell : comparison.cells) {
        EXPECT_EQ(cell.state, State::answered);
        EXPECT_TRUE(cell.quoted);
    }
    EXPECT_THAT(office.llm.requests(), IsEmpty());
    EXPECT_THAT(comparison.notes, ElementsAre(HasSubstr("is small")));
}

TEST(DocumentComparison, what_the_model_says_and_no_passage_bears_out_gives_way_to_the_documents_own_words) {
    for (const char* said :
         {"The notice period is ninety weeks [1].", "I'd love to help! [1]", "The price is 70 euros [1].", "| x | y |\n| - | - |\n"}) {
        Office office(2);
        office.llm.otherwise([said](const ChatRequest&) { return ScriptedLLM::Reply{.tokens = {said}}; });
        const Comparison comparison = office.compare({"thirty days notice"});
        for (const ComparisonCell& cell : comparison.cells) {
            ASSERT_EQ(cell.state, State::answered) << said;
            EXPECT_TRUE(cell.quoted) << said;
            EXPECT_THAT(cell.sentences[0].words, HasSubstr("thirty days notice")) << said;
        }
        const AgentResponse response = as_response(comparison);
        EXPECT_THAT(response.answer, AllOf(Not(HasSubstr("ninety")), Not(HasSubstr("70")), Not(HasSubstr("love"))));
        EXPECT_THAT(response.sentences, IsEmpty()) << "quotations claim nothing";
    }
}

TEST(DocumentComparison, without_a_model_and_with_one_that_is_away_the_cells_are_quotations) {
    Office office(2);
    office.llm.otherwise([](const ChatRequest&) {
        return ScriptedLLM::Reply{.tokens = {}, .refuses = Error(errc::unavailable, "The model server is away.")};
    });
    const AgentResponse away = as_response(office.compare());
    EXPECT_TRUE(away.degraded);
    EXPECT_THAT(away.notes, SizeIs(1)) << "said once, not in each cell";
    EXPECT_THAT(away.notes[0], HasSubstr("away"));
    DocumentComparison without({}, office.shelf, office.documents, nullptr);
    const AgentResponse quoted = as_response(run_task(without.arun(office.ids, {"notice"})));
    EXPECT_TRUE(quoted.degraded);
    EXPECT_THAT(quoted.answer, HasSubstr("“The contract a can be ended with thirty days notice.” [1]"));
}

TEST(DocumentComparison, words_that_look_like_a_table_or_a_mark_stay_words) {
    Office office(2);
    const std::string hostile =
        "The notice | is thirty days [7] long | or [x](http://evil.example) so \\| it says.\nIts price is 40 euros.";
    office.shelf.found["a"].nodes = {test::passage("n-a", hostile, 1, "a")};
    office.documents.records[0].name = "a | b\n| c [3].pdf";
    DocumentComparison without({}, office.shelf, office.documents, nullptr);
    const AgentResponse response = as_response(run_task(without.arun(office.ids, {"thirty days notice"})));
    // Two documents and one aspect: the documents are the rows.
    const auto rows = cells_of(response.answer);
    ASSERT_THAT(rows, SizeIs(3));
    EXPECT_THAT(rows, Each(SizeIs(2)));
    EXPECT_THAT(response.answer, AllOf(HasSubstr("\\[7]"), HasSubstr("\\[3]")));
    EXPECT_THAT(hostile, HasSubstr(response.citations[0].quote)) << "the quotation is the document's, byte for byte";
}

TEST(DocumentComparison, a_model_that_repeats_or_breaks_off_costs_its_cell_alone) {
    Office office(3);
    int call = 0;
    office.llm.otherwise([&](const ChatRequest&) {
        ++call;
        if (call == 1) return ScriptedLLM::Reply{.tokens = std::vector<std::string>(400, "again and again it says so ")};
        if (call == 2) return ScriptedLLM::Reply{.tokens = {"The con"}, .fails_after = Error(errc::backend, "The connection broke.")};
        return ScriptedLLM::Reply{.tokens = {"It can be ended with thirty days notice [1]."}};
    });
    const Comparison comparison = office.compare();
    for (const ComparisonCell& cell : comparison.cells) EXPECT_EQ(cell.state, State::answered);
    EXPECT_EQ(std::ranges::count_if(comparison.cells, &ComparisonCell::quoted), 2);
    EXPECT_EQ(office.llm.open_streams(), 0U);
}

TEST(DocumentComparison, refuses_what_is_no_comparison) {
    Office office(2);
    EXPECT_EQ(office.refused({}), errc::invalid_argument);
    EXPECT_EQ(office.refused({" ", "\n"}), errc::invalid_argument);
    EXPECT_EQ(office.refused(std::vector<std::string>(9, "x")), errc::internal) << "the same aspect counts once";
    EXPECT_EQ(office.refused({"1", "2", "3", "4", "5", "6", "7", "8", "9"}), errc::invalid_argument);
    office.ids = {"a", "a"};
    EXPECT_EQ(office.refused({"x"}), errc::invalid_argument);
    office.ids = {"a", "gone"};
    EXPECT_EQ(office.refused({"x"}), errc::not_found);
    office.documents.records[1].nodes = 0;
    office.ids = {"a", "b"};
    EXPECT_EQ(office.refused({"x"}), errc::conflict);
    EXPECT_THROW(office.comparison({.cells_at_once = 0}), Error);
    EXPECT_THROW(office.comparison({.context_passages = 0}), Error);
}

TEST(DocumentComparison, cancelled_at_every_point_leaves_no_stream_open) {
    Office office(3);
    office.llm.otherwise([](const ChatRequest&) {
        return ScriptedLLM::Reply{.tokens = {"It can be ended", " with thirty days notice [1]."}, .before_first = 1ms, .between = 1ms};
    });
    auto comparison = office.comparison();
    const auto run = [&] { return comparison.arun(office.ids, {"notice"}); };
    const auto sweep = test::cancel_at_every_await(run, [&] { EXPECT_EQ(office.llm.open_streams(), 0U); });
    EXPECT_GT(sweep.cancelled, 10U);
}

// --- as an answer in a conversation ---

struct Conversation {
    test::FakeSessionStore sessions;
    Pool cpu_pool{{.name = "cpu"}};
    test::Told told;
};

/// Pulls so many events, then leaves.
Task<> converse(Office* office, Conversation* conversation, std::size_t events) {
    const auto executor = co_await boost::asio::this_coro::executor;
    ConversationMemory memory({}, nullptr, conversation->sessions, executor);
    Scope background(executor);
    const ConversationParts parts{conversation->sessions, memory, background, conversation->cpu_pool};
    {
        DraftAgent agent({}, comparing(office->comparison(), office->ids, {"notice"}), parts);
        const auto stream = co_await agent.astream_chat("Compare them on notice");
        for (std::size_t i = 0; i < events; ++i) {
            const auto event = co_await stream->next();
            if (!event) break;
            test::hear(*event, conversation->told);
        }
    }
    co_await background.close(1s);
    co_await memory.close();
}

TEST(ComparisonInAConversation, tells_how_far_it_is_then_the_table_and_keeps_both_messages) {
    Office office(3);
    Conversation conversation;
    run_task(converse(&office, &conversation, 1000));
    ASSERT_THAT(conversation.told.progress, SizeIs(3));
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(conversation.told.progress[i].done, i + 1);
        EXPECT_EQ(conversation.told.progress[i].of, 3U);
    }
    EXPECT_EQ(conversation.told.tokens, conversation.told.response.answer);
    EXPECT_THAT(conversation.told.sentences, SizeIs(3));
    EXPECT_THAT(conversation.told.response.sentences, SizeIs(3));
    EXPECT_TRUE(conversation.told.response.confidence);
    const auto& messages = conversation.sessions.sessions.begin()->second.messages;
    ASSERT_THAT(messages, SizeIs(2));
    EXPECT_EQ(messages[0].content, "Compare them on notice");
    EXPECT_EQ(messages[1].content, conversation.told.response.answer);
    EXPECT_THAT(messages[1].citations, SizeIs(3));
    EXPECT_FALSE(messages[1].stopped);
}

TEST(ComparisonInAConversation, stopped_in_the_middle_it_ends_the_calls_and_keeps_the_cells_it_had_marked) {
    Office office(4);
    int calls = 0;
    office.llm.otherwise([&](const ChatRequest&) {
        if (++calls <= 2) return ScriptedLLM::Reply{.tokens = {"It can be ended with thirty days notice [1]."}};
        return ScriptedLLM::Reply{.tokens = {"It"}, .hangs = true};
    });
    Conversation conversation;
    run_task(converse(&office, &conversation, 2));
    EXPECT_EQ(office.llm.open_streams(), 0U);
    EXPECT_EQ(office.llm.dropped_streams(), 2U);
    const auto& messages = conversation.sessions.sessions.begin()->second.messages;
    ASSERT_THAT(messages, SizeIs(2));
    EXPECT_TRUE(messages[1].stopped);
    EXPECT_THAT(messages[1].citations, SizeIs(2));
    const auto rows = cells_of(messages[1].content);
    EXPECT_EQ(std::ranges::count_if(rows, [](const auto& row) { return row[1] == " … "; }), 2);
}

TEST(ComparisonInAConversation, its_reader_may_leave_at_every_point) {
    Office office(2);
    office.llm.otherwise(
        [](const ChatRequest&) { return ScriptedLLM::Reply{.tokens = {"It can be ended with thirty days notice [1]."}, .between = 1ms}; });
    for (std::size_t events = 0; events < 8; ++events) {
        Conversation conversation;
        run_task(converse(&office, &conversation, events));
        EXPECT_EQ(office.llm.open_streams(), 0U);
        const auto& messages = conversation.sessions.sessions.begin()->second.messages;
        EXPECT_LE(messages.size(), 2U);
    }
}

}  // namespace
}  // namespace docmind
