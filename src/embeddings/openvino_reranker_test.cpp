#include "embeddings/openvino_reranker.hpp"

#include "async/test_support.hpp"
#include "embeddings/model_test_support.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

namespace docmind {
namespace {

using test::run_task;
using Clock = std::chrono::steady_clock;

const std::string question = "How do I read a CSV file into a data frame?";
const std::string answer =
    "The function read.csv reads a file in table format with comma separated values and creates a data frame from it.";
const std::string other = "The mitochondrion is the powerhouse of the cell.";

class OpenVinoRerankerTest : public test::ModelTest {
  protected:
    void SetUp() override { need("reranker"); }
    std::vector<float> score(std::string query, std::vector<std::string> texts, Clock::duration budget = std::chrono::minutes(3)) {
        return run_task(reranker().ascore(std::move(query), std::move(texts), Clock::now() + budget), std::chrono::minutes(4));
    }
};

std::string filler(std::size_t words) {
    std::string text;
    for (std::size_t i = 0; i < words; ++i) text += "filler" + std::to_string(i % 89) + " ";
    return text;
}

TEST_F(OpenVinoRerankerTest, ScoresTheAnswerFarAboveAnotherPassage) {
    const std::vector<float> scores = score(question, {other, answer});
    ASSERT_EQ(scores.size(), 2u);
    EXPECT_GT(scores[1], scores[0] + 5);
    EXPECT_GT(scores[1], 0);
    EXPECT_LT(scores[0], 0);
}

TEST_F(OpenVinoRerankerTest, ScoresInTheGivenOrderWhateverTheLengths) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 9; ++i) texts.push_back((i % 3 == 0 ? answer : other) + " " + filler((i * 37) % 200));
    const std::vector<float> together = score(question, texts);
    ASSERT_EQ(together.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        const std::vector<float> alone = score(question, {texts[i]});
        EXPECT_NEAR(together[i], alone.front(), 0.3) << i;
    }
}

TEST_F(OpenVinoRerankerTest, TakesTextsThatAreEmptyOrTooLong) {
    const std::vector<float> scores = score(question, {"", answer + filler(5000), answer, "\xFF\xFE"});
    ASSERT_EQ(scores.size(), 4u);
    EXPECT_GT(scores[1], scores[0]);
    EXPECT_EQ(score(filler(5000), {answer, filler(5000)}).size(), 2u);
    EXPECT_EQ(score("", {answer}).size(), 1u);
    EXPECT_TRUE(score(question, {}).empty());
}

TEST_F(OpenVinoRerankerTest, ReturnsAPrefixWhenTheDeadlinePasses) {
    std::vector<std::string> texts;
    for (int i = 0; i < 32; ++i) texts.push_back(answer + " " + filler(100));
    const std::vector<float> all = score(question, texts);
    ASSERT_EQ(all.size(), texts.size());
    const std::vector<float> late = score(question, texts, std::chrono::seconds(-1));
    ASSERT_GE(late.size(), 1u);
    ASSERT_LE(late.size(), 8u);
    const std::vector<float> some = score(question, texts, std::chrono::milliseconds(100));
    EXPECT_GE(some.size(), 1u);
    EXPECT_LT(some.size(), all.size());
    for (std::size_t i = 0; i < some.size(); ++i) EXPECT_NEAR(some[i], all[i], 0.3);
}

TEST_F(OpenVinoRerankerTest, EndsBetweenBatchesWhenCancelled) {
    test::Run<std::vector<float>> run(
        reranker().ascore(question, std::vector<std::string>(400, answer + filler(100)), Clock::now() + std::chrono::hours(1)));
    run.io().run_for(std::chrono::milliseconds(200));
    ASSERT_FALSE(run.ended());
    const auto start = Clock::now();
    run.cancel();
    run.finish();
    EXPECT_TRUE(is_cancelled(run.error()));
    EXPECT_LT(Clock::now() - start, std::chrono::seconds(5));
}

TEST_F(OpenVinoRerankerTest, SurvivesCancellationAndDeathAtEveryAwait) {
    const auto task = [&] {
        return reranker().ascore(question, {answer, other, filler(300), filler(300), filler(300)}, Clock::now() + std::chrono::hours(1));
    };
    EXPECT_GT(test::cancel_at_every_await(task).cancelled, 2u);
    test::destroy_at_every_await(task);
    EXPECT_EQ(score(question, {answer}).size(), 1u);
}

}  // namespace
}  // namespace docmind
