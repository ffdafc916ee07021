// What the retriever makes of a reranker: a good one, a slow one, a broken one, none.

#include "retrieval/retriever_fixture.hpp"

#include <gmock/gmock.h>

#include <limits>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::QueryFusionRetrieverTest;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

TEST_F(QueryFusionRetrieverTest, the_reranker_reads_the_title_above_the_text_of_the_first_passages) {
    ask(csv, {.rerank_top_n = 2});
    ASSERT_EQ(reranker.read.size(), 2u);
    EXPECT_EQ(reranker.read.front(), "R Data\nread a csv file into a data frame with read.csv");
}

TEST_F(QueryFusionRetrieverTest, passages_that_were_not_reranked_stay_behind_in_their_order) {
    const auto before = ask(csv, {}, false);
    const auto after = ask(csv, {.rerank_top_n = 2, .rerank_weight = 1});
    ASSERT_EQ(before.nodes.size(), after.nodes.size());
    for (std::size_t i = 2; i < after.nodes.size(); ++i) {
        EXPECT_EQ(after.nodes[i].node.id, before.nodes[i].node.id);
        EXPECT_FALSE(after.nodes[i].scores.rerank);
    }
}

TEST_F(QueryFusionRetrieverTest, the_reranker_can_turn_the_order) {
    reranker.spoil = [](std::vector<float>& logits) {
        for (std::size_t i = 0; i < logits.size(); ++i) logits[i] = static_cast<float>(i);
    };
    const auto fused = ask(csv, {}, false);
    const auto turned = ask(csv, {.rerank_weight = 1});
    EXPECT_EQ(turned.nodes.front().node.id, fused.nodes.back().node.id);
    EXPECT_EQ(turned.nodes.back().node.id, fused.nodes.front().node.id);
}

TEST_F(QueryFusionRetrieverTest, a_query_may_do_without_the_reranker) {
    auto query = csv;
    query.rerank = false;
    const auto result = ask(query);
    EXPECT_EQ(reranker.behaviour.calls, 0);
    EXPECT_THAT(result.timings_ms, Not(Contains(Key("rerank"))));
    EXPECT_THAT(result.notes, IsEmpty());
}

TEST_F(QueryFusionRetrieverTest, a_reranker_over_its_budget_counts_for_the_passages_it_read) {
    reranker.has_time_for = 2;
    const auto result = ask(csv);
    int reranked = 0;
    for (const auto& node : result.nodes) reranked += node.scores.rerank.has_value();
    EXPECT_EQ(reranked, 2);
    EXPECT_TRUE(result.nodes[0].scores.rerank && result.nodes[1].scores.rerank);
    EXPECT_TRUE(result.notes.empty()) << "the order is a little less good, which is nothing to tell a reader";
}

TEST_F(QueryFusionRetrieverTest, a_reranker_that_never_ends_is_cancelled_and_noted) {
    reranker.behaviour.delay = 10s;
    const auto result = ask(csv, {.rerank_budget = 20ms});
    EXPECT_EQ(ids(result), ids(ask(csv, {}, false)));
    EXPECT_EQ(reranker.behaviour.finished, 0);
    EXPECT_THAT(result.notes, ElementsAre(HasSubstr("The reranker took too long")));
}

TEST_F(QueryFusionRetrieverTest, a_query_may_bring_its_own_budget) {
    reranker.behaviour.delay = 100ms;
    QueryBundle patient = csv;
    patient.rerank_budget = 10s;
    EXPECT_TRUE(ask(patient, {.rerank_budget = 20ms}).notes.empty());
    EXPECT_EQ(reranker.behaviour.finished, 1);
}

TEST_F(QueryFusionRetrieverTest, a_reranker_that_fails_leaves_the_fused_order_and_a_note) {
    const auto fused = ids(ask(csv, {}, false));
    for (const auto code : {errc::unavailable, errc::overloaded, errc::backend, errc::timeout}) {
        reranker.behaviour.fail = fails_with(code);
        const auto result = ask(csv);
        EXPECT_EQ(ids(result), fused);
        EXPECT_THAT(result.notes, ElementsAre(HasSubstr("The reranker"))) << to_string(code);
    }
}

TEST_F(QueryFusionRetrieverTest, nonsense_from_the_reranker_is_not_used) {
    const auto fused = ids(ask(csv, {}, false));
    const std::vector<std::function<void(std::vector<float>&)>> nonsense{
        [](std::vector<float>& logits) { logits[1] = std::numeric_limits<float>::quiet_NaN(); },
        [](std::vector<float>& logits) { logits.resize(50, 1); },
        [](std::vector<float>& logits) { logits.clear(); },
    };
    for (const auto& spoil : nonsense) {
        reranker.spoil = spoil;
        const auto result = ask(csv);
        EXPECT_EQ(ids(result), fused);
        EXPECT_THAT(result.notes, ElementsAre("The reranker failed: the order is that of the search alone."));
    }
}

}  // namespace
}  // namespace docmind
