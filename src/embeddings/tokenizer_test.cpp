#include "embeddings/tokenizer.hpp"

#include "async/test_support.hpp"
#include "embeddings/model_test_support.hpp"
#include "embeddings/well_formed.hpp"

#include <gmock/gmock.h>

#include <random>
#include <string>
#include <thread>
#include <vector>

namespace docmind {
namespace {

using testing::ElementsAre;
using testing::SizeIs;

class TokenizerTest : public test::ModelTest {
  protected:
    void SetUp() override { need("embedding"); }
    Tokenizer& tokenizer() {
        static ov::Core core = make_core({});
        static Tokenizer tokenizer(core, dir_, 512, 0);
        return tokenizer;
    }
};

TEST_F(TokenizerTest, GivesTheIdsOfTheHuggingFaceTokenizer) {
    const std::vector<TokenIds> ids = tokenizer().tokenize({"hello world", "", "Hello, WORLD!", "a"});
    EXPECT_THAT(ids[0], ElementsAre(101, 7592, 2088, 102));
    EXPECT_THAT(ids[1], ElementsAre(101, 102));
    EXPECT_THAT(ids[2], ElementsAre(101, 7592, 1010, 2088, 999, 102));
    EXPECT_THAT(ids[3], ElementsAre(101, 1037, 102));
}

TEST_F(TokenizerTest, AnswersTheSameOnItsOwnThread) {
    EXPECT_THAT(test::run_task(tokenizer().atokenize("hello world")), ElementsAre(101, 7592, 2088, 102));
}

TEST_F(TokenizerTest, CutsToTheWindowAndKeepsTheLastSpecialToken) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "hello ";
    const TokenIds ids = tokenizer().tokenize({text}).front();
    ASSERT_THAT(ids, SizeIs(512));
    EXPECT_EQ(ids.front(), 101);
    EXPECT_EQ(ids[510], 7592);
    EXPECT_EQ(ids.back(), 102);
}

TEST_F(TokenizerTest, CountsWholeTextsWithoutSpecialTokens) {
    std::string text;
    for (int i = 0; i < 3000; ++i) text += "hello ";
    EXPECT_THAT(tokenizer().count({"hello world", "", text, "日本語"}), ElementsAre(2, 0, 3000, 3));
    EXPECT_TRUE(tokenizer().count({}).empty());
}

TEST_F(TokenizerTest, CountsTheSameAloneAndTogetherForAnyBytes) {
    std::mt19937 random(5);
    std::vector<std::string> texts;
    for (int i = 0; i < 300; ++i) {
        std::string text(random() % 200, ' ');
        for (char& c : text) c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 96) + (i % 2 == 0 ? 0 : 32));
        texts.push_back(std::move(text));
    }
    texts.push_back(std::string("a\0b", 3));
    const std::vector<std::uint32_t> together = tokenizer().count(texts);
    ASSERT_EQ(together.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(tokenizer().count({texts[i]}).front(), together[i]);
}

TEST(WellFormed, ReplacesOnlyWhatIsNoUtf8) {
    EXPECT_EQ(well_formed("aé日🙂"), "aé日🙂");
    EXPECT_EQ(well_formed("a\xFFz\xE3\x81"), "a\uFFFDz\uFFFD\uFFFD");
    EXPECT_EQ(well_formed("\xED\xA0\x80"), "\uFFFD\uFFFD\uFFFD");
    EXPECT_EQ(well_formed(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST_F(TokenizerTest, CountsOnSeveralThreadsAtOnce) {
    std::vector<std::thread> threads;
    std::vector<std::uint32_t> counts(4);
    for (std::size_t t = 0; t < counts.size(); ++t) {
        threads.emplace_back([this, t, &counts] {
            for (int i = 0; i < 50; ++i) counts[t] += tokenizer().count(std::vector<std::string>(20, "hello world")).back();
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_THAT(counts, testing::Each(100u));
}

}  // namespace
}  // namespace docmind
