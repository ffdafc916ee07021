// Searches while documents change: each sees one state of the store, and never half a change.

#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>

namespace docmind {
namespace {

using test::axis;
using test::make_document;

constexpr std::size_t passages = 40;

EmbeddedDocument version(const std::string& id, int number) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < passages; ++i) texts.push_back("word version " + std::to_string(number) + " passage " + std::to_string(i));
    return make_document(id, texts);
}

struct Watch {
    Storage& storage;
    bool done = false;
    int searches = 0;
    std::set<std::string> versions;
};

Task<> replace_again_and_again(Watch* watch, int rounds) {
    for (int i = 1; i <= rounds; ++i) co_await watch->storage.vector_store().aadd(version("changing", i));
    watch->done = true;
}

/// "word version 7 passage 3" -> "7"
std::string version_of(const NodeWithScore& found) {
    const std::string& text = found.node.text;
    return text.substr(13, text.find(' ', 13) - 13);
}

Task<> search(Watch* watch, VectorStoreQueryMode mode) {
    while (!watch->done) {
        VectorStoreQuery query{.mode = mode, .embedding = axis(3), .text = "word", .similarity_top_k = passages};
        const std::vector<NodeWithScore> found = co_await watch->storage.vector_store().aquery(std::move(query));
        std::set<std::string> seen, nodes;
        for (const NodeWithScore& node : found) {
            seen.insert(version_of(node));
            nodes.insert(node.node.id);
        }
        EXPECT_EQ(found.size(), passages);
        EXPECT_EQ(nodes.size(), passages);
        EXPECT_EQ(seen.size(), 1u) << "two versions in one answer";
        watch->versions.merge(seen);
        ++watch->searches;
    }
}

TEST(StorageConcurrencyTest, a_search_sees_one_whole_version_of_a_document_that_is_being_replaced) {
    const test::TemporaryDirectory directory;
    Storage storage({.data_dir = directory.data()});
    test::run_task(storage.vector_store().aadd(version("changing", 0)));
    Watch watch{.storage = storage, .versions = {}};
    std::vector<Task<>> tasks;
    tasks.push_back(replace_again_and_again(&watch, 150));
    for (int i = 0; i < 2; ++i) tasks.push_back(search(&watch, VectorStoreQueryMode::dense));
    tasks.push_back(search(&watch, VectorStoreQueryMode::sparse));
    test::run_task(when_all(std::move(tasks)), std::chrono::seconds(250));
    EXPECT_GT(watch.searches, 50);
    EXPECT_GT(watch.versions.size(), 5u) << "the searches were to meet several versions";
    EXPECT_TRUE(test::run_task(storage.acheck()).empty());
}

Task<> add_and_remove(Storage* storage, std::string id, int rounds) {
    for (int i = 0; i < rounds; ++i) {
        co_await storage->vector_store().aadd(version(id, i));
        VectorStoreQuery dense{.embedding = axis(3), .similarity_top_k = 1000, .document_ids = {id}};
        const auto there = co_await storage->vector_store().aquery(dense);
        EXPECT_EQ(there.size(), passages);
        co_await storage->document_store().aremove(id);
        const auto gone = co_await storage->vector_store().aquery(dense);
        EXPECT_TRUE(gone.empty());
        VectorStoreQuery sparse{.mode = VectorStoreQueryMode::sparse, .text = "word", .similarity_top_k = 1000, .document_ids = {id}};
        const auto words = co_await storage->vector_store().aquery(sparse);
        EXPECT_TRUE(words.empty());
    }
}

TEST(StorageConcurrencyTest, once_a_removal_has_returned_no_search_finds_the_document_whatever_else_changes) {
    const test::TemporaryDirectory directory;
    Storage storage({.data_dir = directory.data()});
    std::vector<Task<>> tasks;
    for (int i = 0; i < 4; ++i) tasks.push_back(add_and_remove(&storage, "document " + std::to_string(i), 25));
    test::run_task(when_all(std::move(tasks)), std::chrono::seconds(250));
    EXPECT_TRUE(test::run_task(storage.vector_store().aquery({.embedding = axis(3)})).empty());
    EXPECT_TRUE(test::run_task(storage.acheck()).empty());
}

struct Crowd {
    Storage& storage;
    std::size_t writing = 0;
    std::map<std::string, int> removed;  // documents whose removal has returned, in which round; not those that are being added again
};

Task<> write_and_remove(Crowd* crowd, int writer, int rounds) {
    const std::string id = "document " + std::to_string(writer);
    for (int i = 0; i < rounds; ++i) {
        crowd->removed.erase(id);
        co_await crowd->storage.vector_store().aadd(version(id, i));
        if (i % 3 != 2) continue;
        co_await crowd->storage.vector_store().adelete(id);
        crowd->removed[id] = i;
    }
    --crowd->writing;
}

Task<> read_while_written(Crowd* crowd, int reader) {
    while (crowd->writing > 0) {
        const auto removed_before = crowd->removed;
        VectorStoreQuery query{.mode = reader % 2 == 0 ? VectorStoreQueryMode::dense : VectorStoreQueryMode::sparse,
                               .embedding = axis(static_cast<std::size_t>(reader)),
                               .text = "word passage " + std::to_string(reader % 40),
                               .similarity_top_k = 1000};
        const auto found = co_await crowd->storage.vector_store().aquery(std::move(query));
        std::set<std::string> nodes;
        std::map<std::string, std::set<std::string>> versions;
        for (const NodeWithScore& node : found) {
            nodes.insert(node.node.id);
            versions[node.node.document_id].insert(version_of(node));
            const auto before = removed_before.find(node.node.document_id);
            const auto now = std::as_const(crowd->removed).find(node.node.document_id);
            const bool stayed_removed = before != removed_before.end() && now != crowd->removed.end() && before->second == now->second;
            EXPECT_FALSE(stayed_removed) << node.node.document_id;
        }
        EXPECT_EQ(nodes.size(), found.size()) << "a passage is there twice";
        for (const auto& [document, seen] : versions) EXPECT_EQ(seen.size(), 1u) << document;
    }
}

TEST(StorageConcurrencyTest, sixteen_writers_and_sixty_four_readers_at_once_see_whole_documents_only) {
    const test::TemporaryDirectory directory;
    {
        Storage storage({.data_dir = directory.data(), .snapshot_rows = 1});  // the indexes are written to their file meanwhile
        test::run_task(storage.aload());
        Crowd crowd{.storage = storage, .writing = 16, .removed = {}};
        std::vector<Task<>> tasks;
        for (int writer = 0; writer < 16; ++writer) tasks.push_back(write_and_remove(&crowd, writer, 8));
        for (int reader = 0; reader < 64; ++reader) tasks.push_back(read_while_written(&crowd, reader));
        test::run_task(when_all(std::move(tasks)), std::chrono::seconds(250));
    }
    Storage storage({.data_dir = directory.data()});
    for (const auto mode : {VectorStoreQueryMode::dense, VectorStoreQueryMode::sparse}) {
        VectorStoreQuery query{.mode = mode, .embedding = axis(3), .text = "word", .similarity_top_k = 10'000};
        EXPECT_EQ(test::run_task(storage.vector_store().aquery(std::move(query))).size(), 16 * passages)
            << "of the last round, after a restart";
    }
    EXPECT_TRUE(test::run_task(storage.acheck()).empty());
}

EmbeddedDocument long_document(const std::string& id) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < 3000; ++i) texts.push_back("a long document, passage " + std::to_string(i));
    return make_document(id, texts);
}

struct Turns {
    SqliteVectorStore& store;
    bool done = false;
};

Task<> add_long_document(Turns* turns) {
    co_await turns->store.aadd(long_document("beside searches"));
    turns->done = true;
}

Task<> search_until_done(Turns* turns) {
    while (!turns->done) co_await turns->store.aquery({.embedding = axis(3), .text = "passage", .similarity_top_k = 10});
}

TEST(StorageConcurrencyTest, storing_a_document_gives_way_to_the_searches_of_the_store_and_to_nothing_else) {
    const test::TemporaryDirectory directory;
    StorageParts parts(directory.data(), 1000);
    SqliteVectorStore store(parts);
    test::run_task(store.aadd(long_document("alone")), std::chrono::seconds(250));
    EXPECT_EQ(parts.writing.times_given(), 0u) << "there was no search to wait for";
    test::run_task(store.aquery({.embedding = axis(3)}));  // the indexes are read by the first one
    Turns turns{.store = store};
    std::vector<Task<>> tasks;
    tasks.push_back(add_long_document(&turns));
    for (int i = 0; i < 3; ++i) tasks.push_back(search_until_done(&turns));
    test::run_task(when_all(std::move(tasks)), std::chrono::seconds(250));
    EXPECT_GT(parts.writing.times_given(), 0u);
}

}  // namespace
}  // namespace docmind
