// What the retriever's steps do with what was found; and the same steps as modules of a pipeline.

#include "retrieval/retriever_fixture.hpp"

#include <docmind/passage_components.hpp>

#include <gmock/gmock.h>

namespace docmind {
namespace {

using test::QueryFusionRetrieverTest;
using test::run_task;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;

TEST_F(QueryFusionRetrieverTest, copies_in_other_documents_are_named_and_read_once_by_the_reranker) {
    for (const std::string copy : {"copy1", "copy2"}) store.add(copy, "read a csv file into a data frame with read.csv", "R Data");
    const RetrievalResult result = ask(csv);
    std::vector<std::string> also;
    for (const PassagePlace& place : result.nodes.front().also_in) also.push_back(place.document_id);
    EXPECT_THAT(also, ElementsAre("copy1", "copy2"));
    std::size_t read = 0;
    for (const std::string& text : reranker.read) read += text.ends_with("with read.csv") ? 1 : 0;
    EXPECT_EQ(read, 1u);
    EXPECT_THAT(result.timings_ms, Not(Contains(Key("arrange")))) << "nothing else was asked for";
    QueryFusionRetriever::Params all;
    all.steps.duplicates.similarity = 0;
    EXPECT_EQ(ask(csv, all).nodes.size(), result.nodes.size() + 2);
}

TEST_F(QueryFusionRetrieverTest, a_flood_of_copies_takes_one_place) {
    for (int i = 0; i < 1000; ++i) store.add("flood" + std::to_string(i), "read a csv file read a csv file");
    QueryBundle query = csv;
    query.similarity_top_k = 4;
    const RetrievalResult result = ask(query);
    EXPECT_EQ(result.nodes.size(), 4u);
    std::size_t floods = 0;
    for (const NodeWithScore& node : result.nodes) floods += node.node.document_id.starts_with("flood") ? 1 : 0;
    EXPECT_EQ(floods, 1u);
    EXPECT_EQ(result.nodes.front().also_in.size() + result.nodes[1].also_in.size(), 999u);
}

TEST_F(QueryFusionRetrieverTest, a_flood_of_more_copies_than_are_looked_through_ends) {
    for (int i = 0; i < 600; ++i) store.add("flood" + std::to_string(i), "read a csv file");
    QueryFusionRetriever::Params params;
    params.max_candidates = 300;
    const RetrievalResult result = ask(csv, params, false);
    EXPECT_LT(result.nodes.size(), 10u);
    EXPECT_GE(result.nodes[0].also_in.size() + result.nodes[1].also_in.size(), 290u);
    EXPECT_LE(store.queries.size(), 8u);
}

TEST_F(QueryFusionRetrieverTest, one_document_leaves_places_to_others) {
    QueryFusionRetriever::Params params;
    params.steps.diversity.per_document = 1;
    const RetrievalResult result = ask(csv, params);
    EXPECT_NE(result.nodes[0].node.document_id, result.nodes[1].node.document_id);
    EXPECT_EQ(result.nodes.size(), ask(csv).nodes.size());
    EXPECT_THAT(result.timings_ms, Contains(Key("arrange")));
}

TEST_F(QueryFusionRetrieverTest, filters_reach_both_searches) {
    QueryBundle query = csv;
    query.filters = {parse_filter("type=pdf")};
    ask(query);
    ASSERT_EQ(store.queries.size(), 2u);
    for (const VectorStoreQuery& asked : store.queries) {
        ASSERT_EQ(asked.filters.size(), 1u);
        EXPECT_EQ(to_string(asked.filters[0]), "type=pdf");
    }
}

TEST_F(QueryFusionRetrieverTest, steps_that_cannot_work_are_refused) {
    QueryFusionRetriever::Params params;
    params.steps.boosts.freshness = 1;
    EXPECT_EQ(error_of(csv, params), errc::invalid_argument) << "there is no catalogue to ask for their age";
    params = {};
    params.steps.diversity.diversity = 2;
    EXPECT_EQ(error_of(csv, params), errc::invalid_argument);
}

TEST_F(QueryFusionRetrieverTest, the_steps_are_modules_of_a_pipeline_too) {
    store.add("copy", "read a csv file into a data frame with read.csv", "R Data");
    QueryFusionRetriever::Params all;
    all.steps.duplicates.similarity = 0;
    auto asked = retriever(all);
    QueryPipeline pipeline;
    pipeline.add_modules({{"retriever", std::make_shared<RetrieverComponent>(asked)},
                          {"duplicates", std::make_shared<DuplicatesComponent>()},
                          {"diversity", std::make_shared<DiversityComponent>(DiversityComponent::Params{.per_document = 1})},
                          {"context", std::make_shared<ContextComponent>(store, ContextComponent::Params{})}});
    pipeline.add_chain({"input", "retriever", "duplicates", "diversity", "context"});
    QueryResult result = run_task(pipeline.arun(std::string("read a csv file")));
    const auto& nodes = result.get<RetrievalResult>().nodes;
    EXPECT_EQ(nodes.front().also_in.size(), 1u);
    EXPECT_NE(nodes[0].node.document_id, nodes[1].node.document_id);
}

}  // namespace
}  // namespace docmind
