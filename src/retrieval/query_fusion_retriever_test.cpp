#include "async/test_support.hpp"
#include "retrieval/retriever_fixture.hpp"

#include <gmock/gmock.h>

#include <optional>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::QueryFusionRetrieverTest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

TEST_F(QueryFusionRetrieverTest, finds_the_passage_and_says_what_each_step_thought_of_it) {
    const auto result = ask(csv);
    ASSERT_FALSE(result.nodes.empty());
    const auto& best = result.nodes.front();
    EXPECT_EQ(best.node.id, "r#0");
    EXPECT_EQ(best.document_name, "r");
    EXPECT_TRUE(best.scores.dense && best.scores.sparse && best.scores.fused && best.scores.rerank);
    EXPECT_FLOAT_EQ(*best.scores.rerank, 3);
    EXPECT_THAT(result.notes, IsEmpty());
    for (std::size_t i = 1; i < result.nodes.size(); ++i) EXPECT_GE(result.nodes[i - 1].score, result.nodes[i].score);
}

TEST_F(QueryFusionRetrieverTest, times_every_step_that_ran) {
    const auto result = ask(csv);
    EXPECT_THAT(result.timings_ms,
                UnorderedElementsAre(Key("embed"), Key("dense"), Key("sparse"), Key("fuse"), Key("rerank"), Key("total")));
    EXPECT_GE(result.timings_ms.at("total"), result.timings_ms.at("embed") + result.timings_ms.at("dense"));
}

TEST_F(QueryFusionRetrieverTest, searches_by_words_while_the_question_is_being_embedded) {
    embedding.behaviour.delay = 60ms;
    store.dense.delay = 60ms;
    store.sparse.delay = 120ms;
    const auto result = ask(csv, {}, false);
    EXPECT_LT(result.timings_ms.at("total"), 200);
    EXPECT_GE(result.timings_ms.at("total"), 120);
}

TEST_F(QueryFusionRetrieverTest, asks_only_the_side_that_the_mode_names) {
    auto query = csv;
    query.mode = RetrievalMode::dense;
    auto result = ask(query, {}, false);
    EXPECT_EQ(store.sparse.calls, 0);
    EXPECT_FALSE(result.nodes.front().scores.sparse);
    query.mode = RetrievalMode::sparse;
    result = ask(query, {}, false);
    EXPECT_EQ(store.dense.calls, 1);
    EXPECT_EQ(embedding.behaviour.calls, 1);
    EXPECT_FALSE(result.nodes.front().scores.dense);
}

TEST_F(QueryFusionRetrieverTest, a_hybrid_query_gets_the_mode_of_the_params) {
    ask(csv, {.mode = RetrievalMode::sparse});
    EXPECT_EQ(embedding.behaviour.calls, 0);
}

TEST_F(QueryFusionRetrieverTest, an_embedding_that_is_not_ready_leaves_keyword_search_and_a_note) {
    embedding.behaviour.fail = fails_with(errc::unavailable);
    const auto result = ask(csv);
    EXPECT_EQ(result.nodes.front().node.id, "r#0");
    EXPECT_FALSE(result.nodes.front().scores.dense);
    EXPECT_THAT(result.notes, ElementsAre("The embedding model is not ready: keyword search only."));
    EXPECT_THAT(result.timings_ms, Not(Contains(Key("dense"))));
}

TEST_F(QueryFusionRetrieverTest, vectors_that_cannot_be_searched_leave_keyword_search_and_a_note) {
    store.dense.fail = fails_with(errc::unavailable);
    const auto result = ask(csv);
    EXPECT_FALSE(result.nodes.empty());
    EXPECT_THAT(result.notes, ElementsAre("The search by meaning is not ready: keyword search only."));
}

TEST_F(QueryFusionRetrieverTest, a_dense_search_without_an_embedding_is_unavailable) {
    embedding.behaviour.fail = fails_with(errc::unavailable);
    auto query = csv;
    query.mode = RetrievalMode::dense;
    EXPECT_EQ(error_of(query), errc::unavailable);
}

TEST_F(QueryFusionRetrieverTest, overload_and_a_broken_store_are_the_callers_to_know) {
    embedding.behaviour.fail = fails_with(errc::overloaded);
    EXPECT_EQ(error_of(csv), errc::overloaded);
    embedding.behaviour.fail = nullptr;
    store.sparse.fail = fails_with(errc::storage);
    EXPECT_EQ(error_of(csv), errc::storage);
}

TEST_F(QueryFusionRetrieverTest, a_failed_side_cancels_the_other) {
    embedding.behaviour.delay = 10s;
    store.sparse.fail = fails_with(errc::storage);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of(csv), errc::storage);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_EQ(embedding.behaviour.finished, 0);
}

TEST_F(QueryFusionRetrieverTest, takes_as_many_candidates_as_passages_are_asked_for) {
    for (int i = 0; i < 120; ++i) store.add("long", "line " + std::to_string(i) + " of a csv file");
    auto query = csv;
    query.similarity_top_k = 100;
    const auto result = ask(query);
    EXPECT_EQ(result.nodes.size(), 100u);
    EXPECT_EQ(store.queries.front().similarity_top_k, 100u);
    EXPECT_EQ(reranker.read.size(), 20u);
    query.similarity_top_k = 3;
    EXPECT_EQ(ask(query).nodes.size(), 3u);
    EXPECT_EQ(store.queries.back().similarity_top_k, 50u);
}

TEST_F(QueryFusionRetrieverTest, looks_only_into_the_documents_that_were_named) {
    auto query = csv;
    query.document_ids = {"bread"};
    for (const auto& node : ask(query).nodes) EXPECT_EQ(node.node.document_id, "bread");
    ASSERT_EQ(store.queries.size(), 2u);
    for (const auto& asked : store.queries) EXPECT_THAT(asked.document_ids, ElementsAre("bread"));
}

TEST_F(QueryFusionRetrieverTest, documents_that_do_not_exist_hold_nothing) {
    auto query = csv;
    query.document_ids = {"nobody has this"};
    const auto result = ask(query);
    EXPECT_THAT(result.nodes, IsEmpty());
    EXPECT_FALSE(result.relevant);
    EXPECT_EQ(result.relevance, 0);
    EXPECT_EQ(reranker.behaviour.calls, 0);
}

TEST_F(QueryFusionRetrieverTest, the_same_text_of_a_document_is_shown_once) {
    store.add("r", "read a csv file into a data frame with read.csv", "R Data");
    store.add("other", "read a csv file into a data frame with read.csv", "R Data");
    QueryFusionRetriever::Params params;
    params.steps.duplicates.similarity = 0;
    const auto result = ask(csv, params);
    std::vector<std::string> with_text;
    for (const auto& node : result.nodes) {
        if (node.node.text.starts_with("read a csv")) with_text.push_back(node.node.document_id);
    }
    EXPECT_THAT(with_text, UnorderedElementsAre("r", "other"));
}

TEST_F(QueryFusionRetrieverTest, both_fusions_order_the_same_way_every_time) {
    for (const auto fusion : {FusionMode::relative_score, FusionMode::reciprocal_rank}) {
        const auto first = ask(csv, {.fusion = fusion});
        EXPECT_EQ(first.nodes.front().node.id, "r#0");
        EXPECT_EQ(ids(first), ids(ask(csv, {.fusion = fusion})));
    }
}

TEST_F(QueryFusionRetrieverTest, the_weight_decides_between_meaning_and_words) {
    store.add("list", "csv csv csv csv csv csv of this and that and more");
    const auto by_meaning = ask(csv, {.dense_weight = 1}, false);
    const auto by_words = ask(csv, {.dense_weight = 0}, false);
    auto query = csv;
    query.mode = RetrievalMode::dense;
    EXPECT_EQ(ids(by_meaning).front(), "r#0");
    EXPECT_EQ(ids(by_words).front(), "list#5");
}

TEST_F(QueryFusionRetrieverTest, raw_scores_say_whether_the_documents_speak_of_it) {
    const auto on_topic = ask(csv);
    EXPECT_TRUE(on_topic.relevant);
    const auto off_topic = ask({.query_str = "who won the election in 1912", .document_ids = {}});
    EXPECT_FALSE(off_topic.nodes.empty());
    EXPECT_FALSE(off_topic.relevant);
    EXPECT_LT(off_topic.relevance, on_topic.relevance);
    EXPECT_TRUE(ask({.query_str = "who won the election in 1912", .document_ids = {}}, {.relevance_threshold = 0}).relevant);
}

TEST_F(QueryFusionRetrieverTest, refuses_an_empty_question_and_counts_that_make_no_sense) {
    EXPECT_EQ(error_of({.query_str = "", .document_ids = {}}), errc::invalid_argument);
    EXPECT_EQ(error_of({.query_str = " \n\t ", .document_ids = {}}), errc::invalid_argument);
    EXPECT_EQ(error_of({.query_str = "x", .similarity_top_k = 0, .document_ids = {}}), errc::invalid_argument);
    EXPECT_EQ(error_of({.query_str = "x", .similarity_top_k = 1001, .document_ids = {}}), errc::invalid_argument);
    EXPECT_EQ(store.queries.size(), 0u);
}

TEST_F(QueryFusionRetrieverTest, counts_characters_and_not_bytes_of_a_question) {
    EXPECT_EQ(error_of({.query_str = "größe", .document_ids = {}}, {.max_query_chars = 5}), std::nullopt);
    EXPECT_EQ(error_of({.query_str = "größer", .document_ids = {}}, {.max_query_chars = 5}), errc::invalid_argument);
    EXPECT_EQ(error_of({.query_str = std::string(100'000, 'x'), .document_ids = {}}), errc::invalid_argument);
}

TEST_F(QueryFusionRetrieverTest, refuses_params_that_make_no_sense) {
    EXPECT_THROW(retriever({.candidates = 0}), Error);
    EXPECT_THROW(retriever({.rrf_k = -1}), Error);
    EXPECT_THROW(retriever({.dense_weight = 1.5}), Error);
    EXPECT_THROW(retriever({.rerank_top_n = 0}), Error);
    EXPECT_THROW(retriever({.rerank_budget = 0ms}), Error);
    EXPECT_THROW(retriever({.rerank_weight = -0.1}), Error);
}

TEST_F(QueryFusionRetrieverTest, can_be_cancelled_at_every_await) {
    auto asked = retriever();
    const auto sweep = test::cancel_at_every_await([&] { return asked.aretrieve(csv); });
    EXPECT_GE(sweep.cancelled, 5u);
    EXPECT_GE(sweep.completed, 1u);
    EXPECT_GT(test::destroy_at_every_await([&] { return asked.aretrieve(csv); }), 5u);
}

TEST_F(QueryFusionRetrieverTest, a_cancelled_question_is_a_cancellation_and_not_a_note) {
    auto asked = retriever();
    embedding.behaviour.delay = 10s;
    reranker.behaviour.delay = 10s;
    {
        test::Run<RetrievalResult> run(asked.aretrieve(csv));
        run.io().run_for(20ms);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
        EXPECT_EQ(embedding.behaviour.finished, 0);
    }
    embedding.behaviour.delay = 0ms;
    {
        test::Run<RetrievalResult> run(asked.aretrieve(csv));
        run.io().run_for(50ms);
        EXPECT_EQ(reranker.behaviour.calls, 1);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
}

/// A bag of words that can be given another name: another model.
class RenamedEmbedding final : public Embedding {
  public:
    Task<Vector> aget_query_embedding(std::string query) override {
        ++questions;
        co_return test::BagEmbedding::embed(query);
    }
    Task<Vector> aget_text_embedding(std::string text) override { co_return test::BagEmbedding::embed(text); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string>, Priority) override {
        throw Error(errc::internal, "not for this test");
    }
    [[nodiscard]] std::size_t dimension() const override { return 64; }
    [[nodiscard]] std::string model_id() const override { return name; }
    std::string name = "former";
    int questions = 0;
};

TEST_F(QueryFusionRetrieverTest, a_question_whose_model_was_exchanged_meanwhile_is_embedded_again_by_the_new_one) {
    RenamedEmbedding model;
    store.dense.fail = [&model] {
        if (model.name == "new") return;
        model.name = "new";
        throw Error(errc::unavailable, "searched with another model now");
    };
    QueryFusionRetriever asked({}, model, store, nullptr);
    const RetrievalResult result = test::run_task(asked.aretrieve({.query_str = csv.query_str, .mode = RetrievalMode::dense}));
    EXPECT_EQ(result.nodes.front().node.id, "r#0");
    EXPECT_EQ(model.questions, 2);
    ASSERT_EQ(store.queries.size(), 2u);
    EXPECT_EQ(store.queries[0].model_id, "former");
    EXPECT_EQ(store.queries[1].model_id, "new");
}

TEST_F(QueryFusionRetrieverTest, a_question_that_is_refused_by_the_same_model_is_searched_by_its_words) {
    RenamedEmbedding model;
    store.dense.fail = fails_with(errc::unavailable);
    QueryFusionRetriever asked({}, model, store, nullptr);
    const RetrievalResult result = test::run_task(asked.aretrieve(csv));
    EXPECT_FALSE(result.nodes.empty());
    EXPECT_THAT(result.notes, Contains(::testing::HasSubstr("keyword search only")));
}

}  // namespace
}  // namespace docmind
