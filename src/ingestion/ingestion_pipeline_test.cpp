#include <docmind/ingestion_pipeline.hpp>

#include <gtest/gtest.h>

#include "async/pool.hpp"
#include "async/test_support.hpp"
#include "ingestion/test_fakes.hpp"

namespace docmind {
namespace {

struct Pipeline : testing::Test {
    Pool pool{{.name = "cpu", .threads = 2}};
    test::LineParser parser;
    test::LengthEmbedding embedding;
    test::FakeVectorStore store{nullptr};
    IngestionPipeline pipeline{{.documents_in_flight = 3, .nodes_per_batch = 4, .batches_in_flight = 2}, parser, embedding, store, pool};

    static Document document(const std::string& id, int lines) {
        Document result{.id = id, .name = id + ".txt"};
        Page page{.number = 1};
        for (int i = 0; i < lines; ++i) page.text += id + " line " + std::to_string(i) + "\n";
        result.pages.push_back(page);
        return result;
    }
    static std::vector<Document> documents(int count, int lines) {
        std::vector<Document> result;
        for (int i = 0; i < count; ++i) result.push_back(document("d" + std::to_string(i), lines));
        return result;
    }
};

TEST_F(Pipeline, EveryDocumentIsStoredWithAVectorPerNodeInOrder) {
    const IngestResult result = test::run_task(pipeline.arun(documents(5, 10)));
    ASSERT_EQ(result.documents.size(), 5u);
    for (int i = 0; i < 5; ++i) {
        const std::string id = "d" + std::to_string(i);
        EXPECT_EQ(result.documents[static_cast<std::size_t>(i)].id, id);
        const EmbeddedDocument& stored = store.added.at(id);
        ASSERT_EQ(stored.nodes.size(), 10u);
        for (const EmbeddedNode& node : stored.nodes) EXPECT_EQ(node.embedding[0], static_cast<float>(node.node.text.size()));
    }
}

TEST_F(Pipeline, ADocumentWithoutAnIdGetsOne) {
    std::vector<Document> one;
    one.push_back(document("", 1));
    const IngestResult result = test::run_task(pipeline.arun(std::move(one)));
    EXPECT_TRUE(is_made_id(result.documents[0].id));
}

TEST_F(Pipeline, BatchesAndConcurrencyStayWithinTheirLimits) {
    test::run_task(pipeline.arun(documents(6, 50)));
    EXPECT_EQ(embedding.largest_batch, 4u);
    EXPECT_LE(embedding.most_running, 3 * 2);
    EXPECT_GT(embedding.most_running, 2);
}

TEST_F(Pipeline, ADocumentWithoutTextFailsAndSaysItsName) {
    try {
        test::run_task(pipeline.arun(documents(1, 0)));
        FAIL() << "it was stored";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::empty_document);
        EXPECT_NE(std::string(error.what()).find("d0.txt"), std::string::npos);
    }
    EXPECT_TRUE(store.added.empty());
}

TEST_F(Pipeline, ProgressRisesThroughTheStages) {
    std::vector<std::pair<std::string, double>> seen;
    test::run_task(
        pipeline.arun(documents(1, 40), [&](const Document&, std::string_view stage, double done) { seen.emplace_back(stage, done); }));
    ASSERT_GE(seen.size(), 4u);
    EXPECT_EQ(seen.front().first, "splitting");
    EXPECT_EQ(seen.back(), (std::pair<std::string, double>("indexing", 1.0)));
    EXPECT_TRUE(std::ranges::any_of(seen, [](const auto& s) { return s.first == "embedding" && s.second > 0; }));
}

TEST_F(Pipeline, CancelledAnywhereItLeavesNothingRunningAndNoHalfDocument) {
    const auto sweep =
        test::cancel_at_every_await([&] { return [](Pipeline* self) -> Task<> { co_await self->pipeline.arun(documents(2, 6)); }(this); },
                                    [&] {
                                        for (const auto& [id, stored] : store.added) EXPECT_EQ(stored.nodes.size(), 6u);
                                        embedding.running = 0;
                                    });
    EXPECT_GT(sweep.cancelled, 5u);
}

}  // namespace
}  // namespace docmind
