#include "storage/sqlite_ingestion_cache.hpp"

#include "async/test_support.hpp"
#include "storage/test_documents.hpp"

#include <gtest/gtest.h>

#include <fstream>

namespace docmind {
namespace {

using test::run_task;

struct Cache : testing::Test {
    test::TemporaryDirectory directory;
    std::filesystem::path file = directory.data() / "cache.db";
    std::unique_ptr<SqliteIngestionCache> open(std::uint64_t max_bytes = 1 << 30) {
        std::filesystem::create_directories(file.parent_path());
        return std::make_unique<SqliteIngestionCache>(SqliteIngestionCache::Params{.file = file, .max_bytes = max_bytes});
    }
    static std::shared_ptr<const std::vector<std::string>> texts(std::vector<std::string> list) {
        return std::make_shared<const std::vector<std::string>>(std::move(list));
    }
};

TEST_F(Cache, AVectorIsFoundUnderItsModelAndTextAlsoAfterARestart) {
    run_task(open()->aput_embeddings("m", {"a", "b"}, {{1, 2}, {3, 4}}));
    const auto cache = open();
    const auto found = run_task(cache->aget_embeddings("m", texts({"b", "c", "a"})));
    ASSERT_EQ(found.size(), 3u);
    EXPECT_EQ(found[0], (Vector{3, 4}));
    EXPECT_FALSE(found[1]);
    EXPECT_EQ(found[2], (Vector{1, 2}));
    EXPECT_FALSE(run_task(cache->aget_embeddings("other", texts({"a"})))[0]) << "spaces are never mixed";
}

TEST_F(Cache, AReadDocumentComesBackAsItWas) {
    Document document{.media_type = "application/pdf", .metadata = {{"title", "T"}}};
    document.pages.push_back({.number = 1,
                              .text = "One two",
                              .width = 100,
                              .height = 200,
                              .words = {{0, 3, 1, 2, 3, 4}, {4, 7, 5, 2, 8, 4}},
                              .headings = {{0, 1, "One"}}});
    document.pages.push_back({.number = 2, .text = ""});
    run_task(open()->aput_document("sha", "reader/1", std::make_shared<const Document>(document)));
    const auto cache = open();
    const auto found = run_task(cache->aget_document("sha", "reader/1"));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->media_type, "application/pdf");
    EXPECT_EQ(found->metadata, document.metadata);
    ASSERT_EQ(found->pages.size(), 2u);
    EXPECT_EQ(found->pages[0].text, "One two");
    EXPECT_EQ(found->pages[0].words.size(), 2u);
    EXPECT_EQ(found->pages[0].words[1].begin, 4u);
    ASSERT_EQ(found->pages[0].headings.size(), 1u);
    EXPECT_EQ(found->pages[0].headings[0].title, "One");
    EXPECT_FALSE(run_task(cache->aget_document("sha", "reader/2")));
}

TEST_F(Cache, ADamagedFileIsMadeAnew) {
    run_task(open()->aput_embeddings("m", {"a"}, {{1, 2}}));
    {
        std::ofstream out(file, std::ios::binary | std::ios::trunc);
        out << std::string(8192, 'x');
    }
    const auto cache = open();
    EXPECT_FALSE(run_task(cache->aget_embeddings("m", texts({"a"})))[0]);
    run_task(cache->aput_embeddings("m", {"a"}, {{1, 2}}));
    EXPECT_TRUE(run_task(cache->aget_embeddings("m", texts({"a"})))[0]);
}

TEST_F(Cache, AFileThatCannotBeOpenedIsNoCacheAndNoFailure) {
    std::filesystem::create_directories(file / "a directory where the file should be");
    const auto cache = open();
    EXPECT_FALSE(run_task(cache->aget_embeddings("m", texts({"a"})))[0]);
    run_task(cache->aput_embeddings("m", {"a"}, {{1, 2}}));
    EXPECT_FALSE(run_task(cache->aget_document("a", "b")));
}

TEST_F(Cache, OverItsLimitWhatWasUsedLongestAgoGoes) {
    const Vector vector(256, 1);
    std::vector<std::string> old;
    for (int i = 0; i < 200; ++i) old.push_back("old " + std::to_string(i));
    run_task(open()->aput_embeddings("m", old, std::vector<Vector>(old.size(), vector)));
    const auto cache = open(512 * 1024);
    run_task(cache->aget_embeddings("m", texts({"old 0"})));  // used again
    for (int i = 0; i < 40; ++i) {
        std::vector<std::string> fresh;
        for (int n = 0; n < 20; ++n) fresh.push_back("new " + std::to_string(i) + "-" + std::to_string(n));
        run_task(cache->aput_embeddings("m", fresh, std::vector<Vector>(fresh.size(), vector)));
    }
    EXPECT_LT(std::filesystem::file_size(file), 2u << 20);
    EXPECT_FALSE(run_task(cache->aget_embeddings("m", texts({"old 1"})))[0]);
    EXPECT_TRUE(run_task(cache->aget_embeddings("m", texts({"new 39-0"})))[0]);
}

}  // namespace
}  // namespace docmind
