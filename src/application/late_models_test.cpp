#include "application/late_models.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

class OneVector final : public Embedding {
  public:
    Task<Vector> aget_query_embedding(std::string) override { co_return Vector{1.0f}; }
    Task<Vector> aget_text_embedding(std::string) override { co_return Vector{1.0f}; }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority) override {
        co_return std::vector<Vector>(texts.size(), Vector{1.0f});
    }
    std::size_t dimension() const override { return 1; }
    std::string model_id() const override { return "one"; }
};

Task<> load_soon(LateEmbedding* embedding) {
    co_await sleep_for(std::chrono::milliseconds(10));
    embedding->late.set(std::make_unique<OneVector>());
}

TEST(LateModels, AQuestionThatComesBeforeTheModelWaitsForIt) {
    LateEmbedding embedding;
    EXPECT_EQ(embedding.dimension(), 0u);
    const auto [vector, loaded] = test::run_task(when_all(embedding.aget_query_embedding("early"), load_soon(&embedding)));
    EXPECT_EQ(vector.size(), 1u);
    EXPECT_EQ(embedding.dimension(), 1u);
    EXPECT_EQ(embedding.model_id(), "one");
}

TEST(LateModels, AModelThatCannotBeLoadedTellsEveryoneWhy) {
    LateEmbedding embedding;
    embedding.late.fail("No model is there: run `make models`.");
    try {
        test::run_task(embedding.aget_query_embedding("late"));
        FAIL() << "there is no model";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::unavailable);
        EXPECT_NE(std::string(error.what()).find("make models"), std::string::npos);
    }
}

TEST(LateModels, CancellingWhileWaitingLeavesTheModelToOthers) {
    LateEmbedding embedding;
    {
        test::Run<Vector> waiting(embedding.aget_query_embedding("early"));
        waiting.step(1);
        waiting.cancel();
        waiting.finish();
        EXPECT_TRUE(is_cancelled(waiting.error()));
    }
    embedding.late.set(std::make_unique<OneVector>());
    EXPECT_EQ(test::run_task(embedding.aget_query_embedding("again")).size(), 1u);
}

TEST(LateModels, NobodyWaitsForTheRerankerToLoad) {
    LateReranker reranker;
    EXPECT_THROW(test::run_task(reranker.ascore("q", {"a"}, {})), Error);
}

class Lengths final : public TokenCounter {
  public:
    std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override {
        std::vector<std::uint32_t> counts;
        for (const std::string& text : texts) counts.push_back(static_cast<std::uint32_t>(text.size()));
        return counts;
    }
};

TEST(LateModels, TheTokenCounterBlocksItsThreadUntilTheModelIsThere) {
    LateTokenCounter late;
    std::vector<std::uint32_t> counts;
    std::thread worker([&] { counts = late.count_tokens({"four"}); });
    late.set(std::make_shared<const Lengths>());
    worker.join();
    EXPECT_EQ(counts, std::vector<std::uint32_t>{4});
    LateTokenCounter never;
    never.fail("There is no model.");
    EXPECT_THROW(static_cast<void>(never.count_tokens({"x"})), Error);
    never.set(std::make_shared<const Lengths>());
    EXPECT_EQ(never.count_tokens({"x"}), std::vector<std::uint32_t>{1}) << "another model was named after all";
}

TEST(LateModels, another_token_counter_may_come_while_the_former_is_counting) {
    LateTokenCounter late;
    late.set(std::make_shared<const Lengths>());
    std::vector<std::uint32_t> last;
    std::thread worker([&] {
        for (int i = 0; i < 1000; ++i) last = late.count_tokens({"four"});
    });
    for (int i = 0; i < 1000; ++i) late.set(std::make_shared<const Lengths>());
    worker.join();
    EXPECT_EQ(last, std::vector<std::uint32_t>{4});
}

}  // namespace
}  // namespace docmind
