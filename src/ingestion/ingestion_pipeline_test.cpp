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
    EXPECT_EQ(embedding.most_running, 2) << "batches are shared by the documents";
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

/// Drops the passages that speak of nothing new, and says more of the others.
class Shouting final : public Transformation {
  public:
    Task<std::vector<Node>> acall(std::vector<Node> nodes) override {
        co_await sleep_for(std::chrono::milliseconds(1));
        std::erase_if(nodes, [](const Node& node) { return node.ordinal % 2 == 1; });
        for (Node& node : nodes) node.text += "!";
        co_return nodes;
    }
};

TEST_F(Pipeline, TransformationsWrittenByUsersChangeWhatIsEmbeddedAndStored) {
    pipeline.add_transformation(std::make_shared<Shouting>());
    test::run_task(pipeline.arun(documents(1, 10)));
    const EmbeddedDocument& stored = store.added.at("d0");
    ASSERT_EQ(stored.nodes.size(), 5u);
    for (int i = 0; i < 5; ++i) {
        const EmbeddedNode& node = stored.nodes[static_cast<std::size_t>(i)];
        EXPECT_TRUE(node.node.text.ends_with("!"));
        EXPECT_EQ(node.node.ordinal, i);
        EXPECT_EQ(node.embedding[0], static_cast<float>(node.node.text.size()));
    }
}

TEST_F(Pipeline, FilesGoThroughAnyReader) {
    class Upper final : public Reader {
      public:
        Task<Document> aload(SourceFile file) override {
            co_await yield_now();
            Document result{.media_type = "text/x-upper"};
            result.pages.push_back({.number = 1, .text = file.path.string() + " in capitals\n"});
            co_return result;
        }
        std::string fingerprint() const override { return ""; }
    };
    Upper reader;
    std::vector<std::string> stages;
    std::vector<SourceFile> files;
    for (const char* name : {"/a/one.up", "/a/two.up"}) files.push_back({.path = name, .name = "", .media_type = "", .progress = {}});
    const IngestResult result =
        test::run_task(pipeline.arun(std::move(files), reader, [&](const Document& document, std::string_view stage, double) {
            if (document.name == "one.up") stages.emplace_back(stage);
        }));
    ASSERT_EQ(result.documents.size(), 2u);
    EXPECT_EQ(result.documents[0].name, "one.up");
    EXPECT_EQ(store.added.at(result.documents[1].id).nodes[0].node.text, "/a/two.up in capitals");
    EXPECT_EQ(stages.front(), "parsing");
}

}  // namespace
}  // namespace docmind
