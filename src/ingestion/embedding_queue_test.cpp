#include "ingestion/embedding_queue.hpp"

#include <gtest/gtest.h>
#include <docmind/error.hpp>

#include <map>
#include <set>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

/// The vector of a text is its length; remembers every batch. A text with "poison" in it fails its batch.
class RecordingEmbedding final : public Embedding {
  public:
    Task<Vector> aget_query_embedding(std::string) override { throw Error(errc::internal, "nobody asks here"); }
    Task<Vector> aget_text_embedding(std::string) override { throw Error(errc::internal, "nobody asks here"); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) override {
        EXPECT_EQ(priority, Priority::background);
        batches.push_back(texts);
        ++running;
        most_running = std::max(most_running, running);
        co_await sleep_for(std::chrono::milliseconds(2));
        --running;
        std::vector<Vector> vectors;
        for (const std::string& text : texts) {
            if (text.contains("poison")) throw Error(errc::backend, "This text cannot be embedded.");
            vectors.push_back({static_cast<float>(text.size())});
        }
        co_return vectors;
    }
    std::size_t dimension() const override { return 1; }
    std::string model_id() const override { return name; }

    std::string name = "lengths";
    std::vector<std::vector<std::string>> batches;
    int running = 0, most_running = 0;
};

class MapCache final : public IngestionCache {
  public:
    Task<std::vector<std::optional<Vector>>> aget_embeddings(std::string model,
                                                             std::shared_ptr<const std::vector<std::string>> texts) override {
        co_await yield_now();
        std::vector<std::optional<Vector>> found;
        for (const std::string& text : *texts) {
            const auto at = vectors.find(model + text);
            found.push_back(at == vectors.end() ? std::nullopt : std::optional(at->second));
        }
        co_return found;
    }
    Task<> aput_embeddings(std::string model, std::vector<std::string> texts, std::vector<Vector> given) override {
        co_await yield_now();
        for (std::size_t i = 0; i < texts.size(); ++i) vectors[model + texts[i]] = given[i];
    }
    Task<std::optional<Document>> aget_document(std::string, std::string) override { throw Error(errc::internal, "nobody reads here"); }
    Task<> aput_document(std::string, std::string, std::shared_ptr<const Document>) override {
        throw Error(errc::internal, "nobody reads here");
    }
    std::map<std::string, Vector> vectors;
};

std::vector<std::string> numbered(const std::string& name, int count) {
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) texts.push_back(name + std::string(static_cast<std::size_t>(i % 17), '.') + std::to_string(i));
    return texts;
}

Task<> embed_and_check(EmbeddingQueue* queue, std::vector<std::string> texts) {
    const std::vector<std::string> given = texts;
    std::size_t heard = 0;
    const EmbeddingQueue::Embedded embedded = co_await queue->aembed(std::move(texts), [&](std::size_t done) { heard = done; });
    const std::vector<Vector>& vectors = embedded.vectors;
    EXPECT_EQ(vectors.size(), given.size());
    for (std::size_t i = 0; i < given.size(); ++i) EXPECT_EQ(vectors[i], Vector{static_cast<float>(given[i].size())});
    EXPECT_EQ(heard, given.size());
}

TEST(EmbeddingQueue, EveryTextGetsItsVectorAndBatchesAreFullAndSortedByLength) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 10, .batches_in_flight = 2}, model, nullptr);
    test::run_task(embed_and_check(&queue, numbered("x", 95)));
    EXPECT_EQ(model.batches.size(), 10u);
    EXPECT_EQ(model.most_running, 2);
    std::size_t shortest = 1000;
    for (const auto& batch : model.batches) {
        for (const std::string& text : batch) {
            EXPECT_LE(text.size(), shortest);
            shortest = text.size();
        }
    }
    EXPECT_EQ(queue.work().texts, 95u);
    EXPECT_GT(queue.work().busy.count(), 0);
}

TEST(EmbeddingQueue, BatchesAreFilledAcrossDocuments) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 16, .batches_in_flight = 2}, model, nullptr);
    std::vector<Task<>> documents;
    for (int i = 0; i < 40; ++i) documents.push_back(embed_and_check(&queue, numbered("d" + std::to_string(i) + "-", 2)));
    test::run_task(when_all(std::move(documents)));
    // 80 texts; the first document found nobody beside it.
    EXPECT_LE(model.batches.size(), 7u);
    EXPECT_LE(model.most_running, 2);
}

TEST(EmbeddingQueue, ASmallDocumentIsNotHeldUpByALargeOne) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 8, .batches_in_flight = 1}, model, nullptr);
    std::size_t batches_before_small = 0;
    const auto small = [](EmbeddingQueue* q, RecordingEmbedding* m, std::size_t* before) -> Task<> {
        co_await sleep_for(std::chrono::milliseconds(5));
        const std::size_t begun = m->batches.size();
        co_await embed_and_check(q, numbered("small", 3));
        *before = m->batches.size() - begun;
    };
    std::vector<Task<>> both;
    both.push_back(embed_and_check(&queue, numbered("large", 400)));
    both.push_back(small(&queue, &model, &batches_before_small));
    test::run_task(when_all(std::move(both)));
    EXPECT_LE(batches_before_small, 3u);
}

TEST(EmbeddingQueue, WhatTheCacheKnowsIsNotEmbeddedAgain) {
    RecordingEmbedding model;
    MapCache cache;
    {
        EmbeddingQueue queue({.texts_per_batch = 10}, model, &cache);
        test::run_task(embed_and_check(&queue, numbered("x", 30)));
    }
    model.batches.clear();
    EmbeddingQueue queue({.texts_per_batch = 10}, model, &cache);
    std::vector<std::string> texts = numbered("x", 30);
    texts[7] = "changed";
    test::run_task(embed_and_check(&queue, texts));
    ASSERT_EQ(model.batches.size(), 1u);
    EXPECT_EQ(model.batches[0], std::vector<std::string>{"changed"});
    EXPECT_EQ(queue.work().texts, 1u);
}

TEST(EmbeddingQueue, ATextThatCannotBeEmbeddedFailsItsDocumentOnly) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 8, .batches_in_flight = 2}, model, nullptr);
    bool failed = false;
    const auto poisoned = [](EmbeddingQueue* q, bool* out) -> Task<> {
        std::vector<std::string> texts = numbered("bad", 6);
        texts[3] = "poison";
        try {
            co_await q->aembed(std::move(texts), [](std::size_t) {});
        } catch (const Error& error) {
            *out = error.code() == errc::backend;
        }
    };
    std::vector<Task<>> all;
    all.push_back(poisoned(&queue, &failed));
    for (int i = 0; i < 5; ++i) all.push_back(embed_and_check(&queue, numbered("good" + std::to_string(i), 9)));
    test::run_task(when_all(std::move(all)));
    EXPECT_TRUE(failed);
}

/// Stands for one model first and for the other from the second request on.
class ExchangedEmbedding final : public Embedding {
  public:
    ExchangedEmbedding(std::shared_ptr<RecordingEmbedding> first, std::shared_ptr<RecordingEmbedding> second)
        : first_(std::move(first)), second_(std::move(second)) {}
    Task<Vector> aget_query_embedding(std::string) override { throw Error(errc::internal, "nobody asks here"); }
    Task<Vector> aget_text_embedding(std::string) override { throw Error(errc::internal, "nobody asks here"); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string>, Priority) override {
        throw Error(errc::internal, "the vectors of one document are to come from one model");
    }
    std::size_t dimension() const override { return 1; }
    std::string model_id() const override { return "either"; }
    Task<std::shared_ptr<Embedding>> acurrent_model() override { co_return asked_++ == 0 ? first_ : second_; }

  private:
    std::shared_ptr<RecordingEmbedding> first_, second_;
    int asked_ = 0;
};

TEST(EmbeddingQueue, TheVectorsOfADocumentComeFromOneModelAlsoWhenItIsExchangedMeanwhile) {
    const auto first = std::make_shared<RecordingEmbedding>(), second = std::make_shared<RecordingEmbedding>();
    second->name = "second";
    ExchangedEmbedding either(first, second);
    MapCache cache;
    EmbeddingQueue queue({.texts_per_batch = 8, .batches_in_flight = 2}, either, &cache);
    const auto embed_as = [](EmbeddingQueue* q, std::string name, std::string model) -> Task<> {
        const EmbeddingQueue::Embedded embedded = co_await q->aembed(numbered(name, 30), [](std::size_t) {});
        EXPECT_EQ(embedded.model_id, model);
        EXPECT_EQ(embedded.vectors.size(), 30u);
    };
    test::run_task(when_all(embed_as(&queue, "before", "lengths"), embed_as(&queue, "after", "second")));
    for (const auto& [model, name] : {std::pair(first, "before"), std::pair(second, "after")}) {
        EXPECT_GT(model->batches.size(), 1u);
        for (const auto& batch : model->batches) {
            for (const std::string& text : batch) EXPECT_TRUE(text.starts_with(name)) << text;
        }
    }
    EXPECT_EQ(cache.vectors.size(), 60u);
    for (const auto& [key, vector] : cache.vectors) EXPECT_TRUE(key.starts_with("lengthsbefore") || key.starts_with("secondafter")) << key;
}

TEST(EmbeddingQueue, WhoIsCancelledHoldsUpNobody) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 8, .batches_in_flight = 2}, model, nullptr);
    const auto both = [&] {
        std::vector<Task<>> tasks;
        tasks.push_back(embed_and_check(&queue, numbered("a", 20)));
        tasks.push_back(embed_and_check(&queue, numbered("b", 20)));
        return when_all(std::move(tasks));
    };
    const auto sweep = test::cancel_at_every_await(both, [&] {
        model.running = 0;
        // Whatever was left behind, the next one is served.
        test::run_task(embed_and_check(&queue, numbered("next", 5)));
    });
    EXPECT_GT(sweep.cancelled, 3u);
}

TEST(EmbeddingQueue, ACallerThatLeavesInTheMiddleLeavesTheOthersTheirVectors) {
    RecordingEmbedding model;
    EmbeddingQueue queue({.texts_per_batch = 8, .batches_in_flight = 2}, model, nullptr);
    const auto leaving = [](EmbeddingQueue* q) -> Task<> {
        try {
            co_await with_deadline(embed_and_check(q, numbered("leaving", 300)), std::chrono::milliseconds(7));
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::timeout);
        }
    };
    std::vector<Task<>> both;
    both.push_back(leaving(&queue));
    both.push_back(embed_and_check(&queue, numbered("staying", 120)));
    test::run_task(when_all(std::move(both)));
}

}  // namespace
}  // namespace docmind
