// The steps that search and order: each alone, and several in one pipeline.

#include <docmind/query_components.hpp>

#include "llms/scripted_llm.hpp"
#include "retrieval/model_lines.hpp"
#include "retrieval/retriever_fixture.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using test::run_task;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;
using ::testing::StartsWith;
using ::testing::UnorderedElementsAre;

/// Answers at once or waits, and remembers what it was asked.
class KeepingRetriever final : public Retriever {
  public:
    std::vector<QueryBundle> queries;
    std::chrono::milliseconds delay{0};
    int inside = 0;
    int most = 0;
    std::map<std::string, RetrievalResult> answers;  ///< by the question; else one passage called like it

    Task<RetrievalResult> aretrieve(QueryBundle query) override {
        queries.push_back(query);
        most = std::max(most, ++inside);
        co_await sleep_for(delay);
        --inside;
        if (const auto known = answers.find(query.query_str); known != answers.end()) co_return known->second;
        RetrievalResult found;
        found.nodes.push_back(passage(query.query_str, 1));
        co_return found;
    }

    static NodeWithScore passage(std::string id, float score) {
        NodeWithScore node;
        node.node.text = "text of " + id;
        node.node.id = std::move(id);
        node.node.document_id = "d";
        node.score = score;
        return node;
    }
    static RetrievalResult passages(const std::vector<std::string>& ids) {
        RetrievalResult result;
        float score = 1;
        for (const std::string& id : ids) result.nodes.push_back(passage(id, score /= 2));
        return result;
    }
};

class QueryComponents : public ::testing::Test {
  protected:
    RetrievalResult ask(std::shared_ptr<QueryComponent> component, const std::string& question = "the question") {
        QueryPipeline pipeline;
        pipeline.add_modules({{"it", std::move(component)}});
        pipeline.add_link("input", "it");
        return run_task(pipeline.arun(question)).take<RetrievalResult>();
    }
    static std::vector<std::string> ids(const RetrievalResult& result) {
        std::vector<std::string> ids;
        for (const auto& node : result.nodes) ids.push_back(node.node.id);
        return ids;
    }
    std::vector<std::string> asked() const {
        std::vector<std::string> questions;
        for (const auto& query : retriever.queries) questions.push_back(query.query_str);
        return questions;
    }
    static ScriptedLLM::Reply away() { return {.tokens = {}, .refuses = Error(errc::unavailable, "There is no model.")}; }

    KeepingRetriever retriever;
    ScriptedLLM llm;
};

TEST(ListLines, KeepsQuestionsAndDropsWhatModelsPutAroundThem) {
    const auto said = "1. First one?\n\n - Second one?\r\n\"Third one?\"\n2) first ONE?\n  \n* Fourth one?\n";
    EXPECT_THAT(list_lines(said, 9), ElementsAre("First one?", "Second one?", "Third one?", "Fourth one?"));
    EXPECT_THAT(list_lines(said, 2), ElementsAre("First one?", "Second one?"));
    EXPECT_THAT(list_lines("2024 was what?\n" + std::string(500, 'x'), 9), ElementsAre("2024 was what?"));
    EXPECT_THAT(list_lines("", 9), IsEmpty());
}

TEST_F(QueryComponents, TheRetrieverAsksWithItsOwnSettingsAndTheQuestion) {
    const QueryBundle settings{.similarity_top_k = 7, .rerank = false, .document_ids = {"d"}};
    EXPECT_THAT(ids(ask(std::make_shared<RetrieverComponent>(retriever, settings))), ElementsAre("the question"));
    ASSERT_THAT(retriever.queries, SizeIs(1));
    EXPECT_EQ(retriever.queries[0].similarity_top_k, 7U);
    EXPECT_FALSE(retriever.queries[0].rerank);
    EXPECT_THAT(retriever.queries[0].document_ids, ElementsAre("d"));
}

TEST_F(QueryComponents, MultiQuerySearchesForEveryWordingAtOnceAndFusesWhatTheyFind) {
    llm.reply("1. wording one\n2. wording two\n3. the question\n");
    retriever.delay = 10ms;
    retriever.answers = {{"the question", retriever.passages({"a", "b"})},
                         {"wording one", retriever.passages({"b", "c"})},
                         {"wording two", retriever.passages({"b", "d"})}};
    retriever.answers["the question"].relevant = true;
    const auto found = ask(std::make_shared<MultiQueryComponent>(llm, retriever));
    EXPECT_THAT(asked(), UnorderedElementsAre("the question", "wording one", "wording two"));
    EXPECT_EQ(retriever.most, 3);
    EXPECT_EQ(ids(found).front(), "b") << "found by all three";
    EXPECT_THAT(ids(found), UnorderedElementsAre("a", "b", "c", "d"));
    EXPECT_TRUE(found.relevant);
    EXPECT_THAT(found.notes, IsEmpty());
    EXPECT_THAT(llm.requests().front().messages.back().content, AllOf(HasSubstr("the question"), HasSubstr("3 other")));
}

TEST_F(QueryComponents, MultiQueryJudgesRelevanceByTheQuestionAsItWasAsked) {
    llm.reply("something else entirely");
    retriever.answers["something else entirely"] = retriever.passages({"x"});
    retriever.answers["something else entirely"].relevant = true;
    EXPECT_FALSE(ask(std::make_shared<MultiQueryComponent>(llm, retriever)).relevant);
}

TEST_F(QueryComponents, MultiQueryKeepsItsLimits) {
    llm.reply("1. a\n2. b\n3. c\n4. d\n5. e\n6. f");
    retriever.delay = 1ms;
    const MultiQueryComponent::Params params{.num_queries = 4, .retrievals_at_once = 2, .query = {.similarity_top_k = 3}};
    EXPECT_THAT(ask(std::make_shared<MultiQueryComponent>(llm, retriever, params)).nodes, SizeIs(3));
    EXPECT_THAT(asked(), ElementsAre("the question", "a", "b", "c", "d"));
    EXPECT_EQ(retriever.most, 2);
    EXPECT_THROW(MultiQueryComponent(llm, retriever, {.num_queries = 0}), Error);
    EXPECT_THROW(MultiQueryComponent(llm, retriever, {.rrf_k = std::nan("")}), Error);
}

TEST_F(QueryComponents, MultiQueryAndHydeGoOnWithoutAModelAndSaySo) {
    llm.reply(away());
    llm.reply(away());
    auto found = ask(std::make_shared<MultiQueryComponent>(llm, retriever));
    EXPECT_THAT(ids(found), ElementsAre("the question"));
    EXPECT_THAT(found.notes, ElementsAre("Only the question itself was searched for. There is no model."));
    found = ask(std::make_shared<HydeComponent>(llm, retriever));
    EXPECT_THAT(ids(found), ElementsAre("the question"));
    EXPECT_THAT(found.notes, ElementsAre("Only the question itself was searched for. There is no model."));
}

TEST_F(QueryComponents, AModelThatHangsCostsItsLimitAndNoMore) {
    llm.reply({.tokens = {"one"}, .hangs = true});
    const auto found = ask(std::make_shared<MultiQueryComponent>(llm, retriever, MultiQueryComponent::Params{.limit = 20ms}));
    EXPECT_THAT(ids(found), ElementsAre("the question"));
    EXPECT_THAT(found.notes, SizeIs(1));
    EXPECT_EQ(llm.open_streams(), 0U);
}

TEST_F(QueryComponents, HydeSearchesByMeaningForTheQuestionAndAMadeUpPassage) {
    llm.reply("The bridge was opened in 1872.");
    EXPECT_THAT(ask(std::make_shared<HydeComponent>(llm, retriever)).nodes, SizeIs(1));
    ASSERT_THAT(retriever.queries, SizeIs(1));
    EXPECT_EQ(retriever.queries[0].query_str, "the question\nThe bridge was opened in 1872.");
    EXPECT_EQ(retriever.queries[0].mode, RetrievalMode::dense);
}

TEST_F(QueryComponents, FusionOrdersByAllListsAndDoesNotMindOneThatIsMissing) {
    const auto fusion = std::make_shared<FusionComponent>(std::vector<FusionComponent::Input>{{"dense", 1}, {"sparse", 1}});
    auto dense = retriever.passages({"a", "b"});
    dense.notes = {"The embedding model is tired."};
    auto sparse = retriever.passages({"b", "c"});
    sparse.relevant = true;
    QueryPipeline pipeline;
    pipeline.add_modules({{"fusion", fusion}});
    pipeline.add_link("input", "fusion", {.src_key = "dense", .dest_key = "dense"});
    pipeline.add_link("input", "fusion", {.src_key = "sparse", .dest_key = "sparse"});
    const auto both = run_task(pipeline.arun_with({{"dense", dense}, {"sparse", sparse}})).take<RetrievalResult>();
    EXPECT_EQ(ids(both), (std::vector<std::string>{"a", "b", "c"}));
    EXPECT_TRUE(both.relevant);
    EXPECT_THAT(both.notes, ElementsAre("The embedding model is tired."));
    pipeline.remove_link("input", "fusion");
    pipeline.add_link("input", "fusion", {.dest_key = "sparse"});
    EXPECT_THAT(ids(run_task(pipeline.arun(sparse)).take<RetrievalResult>()), ElementsAre("b", "c"));
}

TEST_F(QueryComponents, FusionRefusesWhatItCannotCountWith) {
    EXPECT_THROW(FusionComponent({}), Error);
    EXPECT_THROW(FusionComponent({{"a", -1}}), Error);
    EXPECT_THROW(FusionComponent({{"a", 1}}, {.similarity_top_k = 0}), Error);
    EXPECT_THROW(FusionComponent({{"a", 1}}, {.rrf_k = -1}), Error);
}

TEST_F(QueryComponents, RerankMixesTheRerankersOpinionIntoTheOrder) {
    test::OverlapReranker reranker;
    QueryPipeline pipeline;
    pipeline.add_modules({{"rerank", std::make_shared<RerankComponent>(reranker, RerankComponent::Params{.weight = 1})}});
    pipeline.add_link("input", "rerank", {.src_key = "question", .dest_key = "query_str"});
    pipeline.add_link("input", "rerank", {.src_key = "found", .dest_key = "nodes"});
    const QueryValues inputs{{"question", "text of c"}, {"found", retriever.passages({"a", "b", "c"})}};
    const auto reranked = run_task(pipeline.arun_with(inputs)).take<RetrievalResult>();
    EXPECT_EQ(ids(reranked).front(), "c");
    reranker.behaviour.fail = [] { throw Error(errc::unavailable, "on purpose"); };
    const auto as_they_were = run_task(pipeline.arun_with(inputs)).take<RetrievalResult>();
    EXPECT_THAT(ids(as_they_were), ElementsAre("a", "b", "c"));
    EXPECT_THAT(as_they_were.notes, ElementsAre(StartsWith("The reranker is not ready")));
    EXPECT_THROW(RerankComponent(reranker, {.weight = 2}), Error);
    EXPECT_THROW(RerankComponent(reranker, {.top_n = 0}), Error);
}

TEST_F(QueryComponents, HydeAndWordsGoSideBySideAreFusedAndReranked) {
    llm.reply({.tokens = {"the passage"}, .before_first = 10ms});
    retriever.delay = 20ms;
    retriever.answers["the question\nthe passage"] = retriever.passages({"a", "b"});
    retriever.answers["the question"] = retriever.passages({"b", "c"});
    test::OverlapReranker reranker;
    QueryPipeline pipeline;
    pipeline.add_modules({{"hyde", std::make_shared<HydeComponent>(llm, retriever)},
                          {"words", std::make_shared<RetrieverComponent>(retriever, QueryBundle{.mode = RetrievalMode::sparse})},
                          {"fusion", std::make_shared<FusionComponent>(std::vector<FusionComponent::Input>{{"dense"}, {"sparse"}})},
                          {"rerank", std::make_shared<RerankComponent>(reranker)}});
    pipeline.add_link("input", "hyde");
    pipeline.add_link("input", "words");
    pipeline.add_link("hyde", "fusion", {.dest_key = "dense"});
    pipeline.add_link("words", "fusion", {.dest_key = "sparse"});
    pipeline.add_link("input", "rerank", {.dest_key = "query_str"});
    pipeline.add_link("fusion", "rerank");
    QueryResult result = run_task(pipeline.arun("the question"));
    EXPECT_THAT(ids(result.get<RetrievalResult>()), UnorderedElementsAre("a", "b", "c"));
    EXPECT_THAT(result.timings_ms, UnorderedElementsAre(Key("hyde"), Key("words"), Key("fusion"), Key("rerank")));
    EXPECT_EQ(retriever.most, 2) << "the words are searched for while the model writes and while the vectors are searched";
}

}  // namespace
}  // namespace docmind
