#include "embeddings/openvino_embedding.hpp"

#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "embeddings/model_test_support.hpp"

#include <docmind/error.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <chrono>
#include <vector>

namespace docmind {
namespace {

using test::cosine;
using test::run_task;
using Clock = std::chrono::steady_clock;

class OpenVinoEmbeddingTest : public test::ModelTest {
  protected:
    void SetUp() override { need("embedding"); }
    std::vector<Vector> batch(std::vector<std::string> texts, Priority priority = Priority::background) {
        return run_task(embedding().aget_text_embedding_batch(std::move(texts), priority), std::chrono::minutes(4));
    }
};

const std::vector<std::string> passages{
    "The function read.csv reads a file in table format with comma separated values and creates a data frame from it.",
    "The mitochondrion is the powerhouse of the cell.",
    "In 1889 the Eiffel Tower was opened to the public in Paris.",
    "To install a package from source use R CMD INSTALL on the command line.",
};

std::string long_text(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += "word" + std::to_string(i % 97) + (i % 11 == 10 ? ". " : " ");
    return text;
}

TEST_F(OpenVinoEmbeddingTest, PutsAQuestionNextToThePassageThatAnswersIt) {
    const std::vector<Vector> vectors = batch(passages);
    const std::vector<std::string> questions{"How do I read a CSV file into a data frame?", "What produces energy in cells?",
                                             "When was the Eiffel Tower opened?", "How can I install an R package?"};
    for (std::size_t q = 0; q < questions.size(); ++q) {
        const Vector question = run_task(embedding().aget_query_embedding(questions[q]));
        for (std::size_t p = 0; p < passages.size(); ++p) {
            if (p != q)
                EXPECT_GT(cosine(question, vectors[q]), cosine(question, vectors[p]) + 0.1F) << questions[q] << " against " << passages[p];
        }
    }
}

TEST_F(OpenVinoEmbeddingTest, GivesUnitVectorsOfItsDimension) {
    EXPECT_EQ(embedding().dimension(), 384u);
    EXPECT_TRUE(embedding().model_id().starts_with("bge-small-en-v1.5-"));
    EXPECT_EQ(embedding().query_instruction(), "Represent this sentence for searching relevant passages: ");
    for (const std::string text : {"", " ", "hello world", "日本語のテキスト。", "\xFF\xFE\x01", "🙂🙂"}) {
        const Vector vector = run_task(embedding().aget_text_embedding(text));
        ASSERT_EQ(vector.size(), 384u);
        EXPECT_NEAR(cosine(vector, vector), 1, 1e-4);
    }
}

TEST_F(OpenVinoEmbeddingTest, GivesTheSameVectorAloneAndInABatchInAnyOrder) {
    std::vector<std::string> texts = passages;
    texts.push_back("");
    for (std::size_t words = 1; words < 400; words += 57) texts.push_back(long_text(words));
    const std::vector<Vector> together = batch(texts);
    ASSERT_EQ(together.size(), texts.size());
    std::vector<std::string> reversed(texts.rbegin(), texts.rend());
    const std::vector<Vector> backwards = batch(reversed, Priority::interactive);
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const Vector alone = run_task(embedding().aget_text_embedding(texts[i]));
        EXPECT_GT(cosine(alone, together[i]), 0.999F) << i;
        EXPECT_GT(cosine(alone, backwards[texts.size() - 1 - i]), 0.999F) << i;
    }
}

TEST_F(OpenVinoEmbeddingTest, CutsWhatIsBehindTheModelsWindow) {
    const std::string window = long_text(600);
    const Vector cut = run_task(embedding().aget_text_embedding(window + long_text(20'000)));
    const Vector whole = run_task(embedding().aget_text_embedding(window));
    EXPECT_GT(cosine(cut, whole), 0.999F);
    const Vector huge = run_task(embedding().aget_text_embedding(std::string(10'000'000, 'x')));
    EXPECT_EQ(huge.size(), 384u);
}

TEST_F(OpenVinoEmbeddingTest, TakesAnEmptyBatch) {
    EXPECT_TRUE(batch({}).empty());
}

Task<> time_questions(OpenVinoEmbedding* embedding, const bool* done, std::vector<double>* times) {
    while (!*done) {
        const auto start = Clock::now();
        const Vector vector = co_await embedding->aget_query_embedding("How do I read a CSV file?");
        times->push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
}

Task<> embed_passages(OpenVinoEmbedding* embedding, bool* done) {
    const std::vector<std::string> texts(12, long_text(200));
    const std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(texts, Priority::background);
    *done = true;
}

TEST_F(OpenVinoEmbeddingTest, AnswersQuestionsWhilePassagesAreEmbedded) {
    bool done = false;
    std::vector<double> times;
    run_task(when_all(embed_passages(&embedding(), &done), time_questions(&embedding(), &done, &times)), std::chrono::minutes(4));
    // One question takes about 10 ms; queued behind the 12 passages there would be one or two answers.
    EXPECT_GE(times.size(), 5u);
}

TEST_F(OpenVinoEmbeddingTest, EndsAfterTheBatchInFlightWhenCancelled) {
    test::Run<std::vector<Vector>> run(embedding().aget_text_embedding_batch(std::vector<std::string>(512, long_text(300))));
    const auto begin = Clock::now();
    run.io().run_for(std::chrono::milliseconds(300));
    ASSERT_FALSE(run.ended()) << "512 passages in " << std::chrono::duration<double>(Clock::now() - begin).count() << " s";
    const auto start = Clock::now();
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
    EXPECT_EQ(run_task(embedding().aget_text_embedding("still works")).size(), 384u);
}

TEST_F(OpenVinoEmbeddingTest, EndsAtEveryAwaitWhenCancelled) {
    const auto sweep = test::cancel_at_every_await([&] { return embedding().aget_query_embedding("question"); });
    EXPECT_GT(sweep.cancelled, 2u);
    const auto batches = test::cancel_at_every_await(
        [&] { return embedding().aget_text_embedding_batch({"one", long_text(300), long_text(300), long_text(300)}); });
    EXPECT_GT(batches.cancelled, 2u);
    EXPECT_EQ(batch(passages).size(), passages.size());
}

TEST_F(OpenVinoEmbeddingTest, SurvivesTheDeathOfItsLoopAtEveryAwait) {
    test::destroy_at_every_await(
        [&] { return embedding().aget_text_embedding_batch({"one", long_text(300), long_text(300), long_text(300)}); });
    test::destroy_at_every_await([&] { return embedding().aget_query_embedding("question"); });
    EXPECT_EQ(batch(passages).size(), passages.size());
}

TEST_F(OpenVinoEmbeddingTest, DiesRightAfterItsLastAwaiter) {
    Pool pool({.name = "short", .threads = 1});
    for (const int handlers : {1, 3, 5}) {
        OpenVinoEmbedding short_lived({.model_dir = dir_}, pool);
        test::Run<std::vector<Vector>> run(short_lived.aget_text_embedding_batch(std::vector<std::string>(32, long_text(200))));
        run.step(static_cast<std::size_t>(handlers));
    }
}

TEST(OpenVinoEmbedding, SaysWhatIsMissing) {
    Pool pool({.name = "test"});
    try {
        OpenVinoEmbedding embedding({.model_dir = "/no/such/model"}, pool);
        FAIL() << "there is no such model";
    } catch (const Error& e) {
        EXPECT_EQ(e.code(), errc::unavailable);
        EXPECT_NE(std::string(e.what()).find("/no/such/model"), std::string::npos);
    }
}

}  // namespace
}  // namespace docmind
