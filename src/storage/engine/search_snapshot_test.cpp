// The file that the search indexes come from at a start: it may be absent, old, damaged or of another library, and the answers are the
// same.

#include "storage/engine/search_snapshot.hpp"

#include "async/test_support.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <set>

namespace docmind {
namespace {

using test::make_document;
using test::run_task;
namespace fs = std::filesystem;

class SearchSnapshotTest : public testing::Test {
  protected:
    [[nodiscard]] fs::path file() const { return directory.data() / "search.index"; }
    [[nodiscard]] Storage open(std::size_t snapshot_rows = 1) const {
        return Storage({.data_dir = directory.data(), .snapshot_rows = snapshot_rows});
    }
    /// Documents a to e of 300 passages each, in the indexes and in the file.
    void fill() const {
        Storage storage = open(1'500);
        for (const char* id : {"a", "b", "c", "d", "e"}) {
            std::vector<std::string> texts;
            for (int i = 0; i < 300; ++i) texts.push_back("word " + std::string(id) + " passage" + std::to_string(i));
            run_task(storage.vector_store().aadd(make_document(id, texts)));
        }
        run_task(storage.aload());
    }
    static std::set<std::string> found(Storage& storage, VectorStoreQueryMode mode) {
        std::set<std::string> ids;
        VectorStoreQuery query{.mode = mode, .embedding = test::axis(0), .text = "word", .similarity_top_k = 10'000};
        for (const NodeWithScore& node : run_task(storage.vector_store().aquery(std::move(query)))) ids.insert(node.node.id);
        return ids;
    }
    /// Every passage, once, by both searches.
    static void expect_passages(Storage& storage, std::size_t count) {
        EXPECT_EQ(found(storage, VectorStoreQueryMode::dense).size(), count);
        EXPECT_EQ(found(storage, VectorStoreQueryMode::sparse).size(), count);
        EXPECT_THAT(run_task(storage.acheck()), testing::IsEmpty());
    }
    [[nodiscard]] std::string contents() const {
        std::ifstream in(file(), std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    void write(const std::string& bytes) const { std::ofstream(file(), std::ios::binary | std::ios::trunc) << bytes; }

    test::TemporaryDirectory directory;
};

TEST_F(SearchSnapshotTest, a_start_takes_the_indexes_from_the_file) {
    fill();
    struct stat status{};
    ASSERT_EQ(stat(file().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    const auto snapshot = read_search_snapshot(file());
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->dimension, test::test_dimension);
    Storage storage = open(1'000'000);
    expect_passages(storage, 1'500);
}

TEST_F(SearchSnapshotTest, what_was_added_and_removed_since_is_as_the_database_says) {
    fill();
    {
        Storage storage = open(1'000'000);  // writes no other
        run_task(storage.vector_store().adelete("b"));
        run_task(storage.vector_store().aadd(make_document("c", {"word new"})));
        run_task(storage.vector_store().aadd(make_document("f", {"word f", "word g"})));
    }
    Storage storage = open(1'000'000);
    run_task(storage.aload());
    expect_passages(storage, 3 * 300 + 1 + 2);
    const auto ids = found(storage, VectorStoreQueryMode::sparse);
    EXPECT_TRUE(std::ranges::none_of(ids, [](const std::string& id) { return id.starts_with("b-"); })) << "deleted";
    run_task(storage.vector_store().adelete("a"));
    run_task(storage.vector_store().aadd(make_document("a", {"word again"})));
    expect_passages(storage, 2 * 300 + 1 + 2 + 1);
}

TEST_F(SearchSnapshotTest, a_missing_cut_or_damaged_file_is_made_again_from_the_database) {
    fill();
    const std::string whole = contents();
    ASSERT_GT(whole.size(), 10'000u);
    std::mt19937 random(5);
    std::vector<std::string> damaged{"",
                                     "x",
                                     whole.substr(0, 64),
                                     whole.substr(0, whole.size() / 2),
                                     whole.substr(0, whole.size() - 1),
                                     whole + "x",
                                     std::string(whole.size(), '\0')};
    for (int i = 0; i < 200; ++i) {
        std::string flipped = whole;
        for (std::size_t n = 1 + random() % 8; n > 0; --n)
            flipped[random() % (i < 100 ? 128 : flipped.size())] ^= static_cast<char>(1U << (random() % 8));
        if (flipped != whole) damaged.push_back(std::move(flipped));
    }
    for (const std::string& bytes : damaged) {
        write(bytes);
        EXPECT_FALSE(read_search_snapshot(file())) << bytes.size();
    }
    for (const std::string& bytes : {damaged[3], damaged.back()}) {
        write(bytes);
        Storage storage = open();
        expect_passages(storage, 1'500);
    }
    fs::remove(file());
    {
        Storage storage = open();
        expect_passages(storage, 1'500);
    }
    EXPECT_TRUE(read_search_snapshot(file())) << "and it is there again";
}

TEST_F(SearchSnapshotTest, a_file_that_the_database_does_not_know_is_not_used) {
    fill();
    const fs::path database = directory.data() / "docmind.sqlite3";
    const fs::path backup = directory.path() / "backup";
    fs::copy_file(database, backup);
    {
        Storage storage = open(100);
        run_task(storage.aload());
        run_task(storage.vector_store().aadd(make_document("f", std::vector<std::string>(200, "word of the time after"))));
    }
    // The backup is restored, and other passages get the keys that those of the time after had.
    fs::copy_file(backup, database, fs::copy_options::overwrite_existing);
    {
        Storage storage = open(1'000'000);
        std::vector<std::string> texts;
        for (int i = 0; i < 200; ++i) texts.push_back("word restored " + std::to_string(i));
        run_task(storage.vector_store().aadd(make_document("g", texts, 3)));
    }
    Storage storage = open(1'000'000);
    expect_passages(storage, 1'700);
    const auto restored =
        run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "restored", .similarity_top_k = 1'000}));
    EXPECT_EQ(restored.size(), 200u);
    EXPECT_TRUE(run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "after"})).empty());
}

TEST_F(SearchSnapshotTest, a_file_of_another_vector_space_is_not_used) {
    fill();
    const std::string before = contents();
    {
        Storage storage = open(1'000'000);
        for (const char* id : {"a", "b", "c", "d", "e"}) run_task(storage.vector_store().adelete(id));
        run_task(storage.ause_embedding("wide", 16));
        EmbeddedDocument wide = make_document("a", {"word"});
        wide.nodes[0].embedding = test::axis(0, 16);
        run_task(storage.vector_store().aadd(std::move(wide)));
    }
    write(before);
    Storage storage = open();
    EXPECT_EQ(run_task(storage.vector_store().aquery({.embedding = test::axis(0, 16)})).size(), 1u);
    EXPECT_THROW(run_task(storage.vector_store().aquery({.embedding = test::axis(0)})), Error);
}

TEST_F(SearchSnapshotTest, what_cannot_be_written_costs_no_document) {
    fs::create_directories(file());  // nothing can be renamed to this
    Storage storage = open();
    run_task(storage.aload());
    run_task(storage.vector_store().aadd(make_document("a", {"word"})));
    expect_passages(storage, 1);
}

}  // namespace
}  // namespace docmind
