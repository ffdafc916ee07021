// The data directory as a whole: who owns it, what is wrong with it, what survives.

#include "storage/storage.hpp"

#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "storage/engine/schema.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>

namespace docmind {
namespace {

using test::axis;
using test::make_document;
using test::run_task;
using testing::ElementsAre;
using testing::HasSubstr;
namespace fs = std::filesystem;

std::string contents(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

std::pair<errc, std::string> failure_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return {error.code(), error.what()};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {errc::internal, ""};
}

class StorageTest : public testing::Test {
  protected:
    [[nodiscard]] Storage open() const { return Storage({.data_dir = directory.data()}); }
    [[nodiscard]] fs::path database_file() const { return directory.data() / "docmind.sqlite3"; }
    static std::size_t dense_hits(Storage& storage) {
        return run_task(storage.vector_store().aquery({.embedding = axis(0), .similarity_top_k = 1000})).size();
    }
    test::TemporaryDirectory directory;
};

TEST_F(StorageTest, everything_is_there_again_after_a_restart) {
    {
        Storage storage = open();
        run_task(storage.vector_store().aadd(make_document("a", {"alpha", "beta"})));
    }
    Storage storage = open();
    run_task(storage.aload());
    EXPECT_EQ(dense_hits(storage), 2u);
    EXPECT_EQ(run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "beta"})).size(), 1u);
    EXPECT_EQ(run_task(storage.vector_store().aget_page("a", 1)).text, "alpha");
    EXPECT_THAT(run_task(storage.acheck()), ElementsAre());
}

TEST_F(StorageTest, a_query_before_the_index_is_loaded_loads_it) {
    {
        Storage storage = open();
        run_task(storage.vector_store().aadd(make_document("a", {"alpha", "beta"})));
    }
    Storage storage = open();
    run_task(storage.vector_store().aadd(make_document("b", {"gamma"})));
    EXPECT_EQ(dense_hits(storage), 3u);
}

TEST_F(StorageTest, closing_leaves_one_database_file_without_a_log) {
    {
        Storage storage = open();
        run_task(storage.vector_store().aadd(make_document("a", {"alpha"})));
    }
    EXPECT_FALSE(fs::exists(database_file().string() + "-wal"));
    EXPECT_FALSE(fs::exists(database_file().string() + "-shm"));
}

TEST_F(StorageTest, only_its_user_may_look_into_the_directory) {
    const fs::path nested = directory.path() / "x" / "data" / "";
    const Storage storage({.data_dir = nested});
    const auto mode = [](const fs::path& path) {
        struct stat status{};
        EXPECT_EQ(stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 0777;
    };
    EXPECT_EQ(mode(directory.path() / "x" / "data"), 0700u);
    for (const auto& entry : fs::directory_iterator(nested)) EXPECT_EQ(mode(entry.path()), 0600u) << entry.path();
    EXPECT_EQ(std::distance(fs::directory_iterator(nested), {}), 4) << "lock, database, log and its index";
}

TEST_F(StorageTest, a_second_owner_is_told_who_the_first_is_and_the_first_is_unharmed) {
    Storage first = open();
    run_task(first.vector_store().aadd(make_document("a", {"alpha"})));
    const auto [code, message] = failure_of([&] { static_cast<void>(open()); });
    EXPECT_EQ(code, errc::conflict);
    EXPECT_THAT(message, HasSubstr("process " + std::to_string(getpid())));
    EXPECT_EQ(dense_hits(first), 1u);
    run_task(first.vector_store().aadd(make_document("b", {"beta"})));
}

TEST_F(StorageTest, the_directory_is_free_again_when_its_owner_has_gone) {
    {
        const Storage first = open();
    }
    EXPECT_NO_THROW(static_cast<void>(open()));
}

TEST_F(StorageTest, a_database_of_another_program_is_refused_and_left_as_it_is) {
    fs::create_directory(directory.data());
    {
        Database other(database_file(), Database::Role::writer);
        other.execute("CREATE TABLE theirs(x); INSERT INTO theirs VALUES(1)");
    }
    const std::string before = contents(database_file());
    const auto [code, message] = failure_of([&] { static_cast<void>(open()); });
    EXPECT_EQ(code, errc::conflict);
    EXPECT_THAT(message, HasSubstr("another program"));
    EXPECT_EQ(contents(database_file()), before);
}

TEST_F(StorageTest, a_database_of_a_newer_version_is_refused) {
    {
        const Storage storage = open();
    }
    {
        Database database(database_file(), Database::Role::writer);
        database.execute("PRAGMA user_version = 99");
    }
    const auto [code, message] = failure_of([&] { static_cast<void>(open()); });
    EXPECT_EQ(code, errc::conflict);
    EXPECT_THAT(message, HasSubstr("newer"));
}

TEST_F(StorageTest, a_file_that_is_no_database_is_named) {
    fs::create_directory(directory.data());
    write(database_file(), std::string(10'000, 'x'));
    const auto [code, message] = failure_of([&] { static_cast<void>(open()); });
    EXPECT_EQ(code, errc::storage);
    EXPECT_THAT(message, HasSubstr(database_file().string()));
}

TEST_F(StorageTest, a_directory_that_cannot_be_made_is_named) {
    write(directory.path() / "file", "x");
    EXPECT_EQ(failure_of([&] { Storage({.data_dir = directory.path() / "file"}); }).first, errc::storage);
    EXPECT_EQ(failure_of([&] { Storage({.data_dir = directory.path() / "file" / "data"}); }).first, errc::storage);
}

TEST_F(StorageTest, readers_can_neither_write_nor_empty_the_log) {
    Storage storage = open();
    run_task(storage.vector_store().aadd(make_document("a", {"alpha"})));
    const fs::path log = database_file().string() + "-wal";
    const auto size = fs::file_size(log);
    ASSERT_GT(size, 0u);
    {
        Database reader(database_file(), Database::Role::reader);
        EXPECT_THROW(reader.execute("INSERT INTO embedding_space VALUES(1, 'x', 1)"), Error);
        EXPECT_THROW(reader.execute("DELETE FROM documents"), Error);
        EXPECT_THROW(reader.checkpoint(), Error);
    }
    EXPECT_EQ(fs::file_size(log), size);
}

TEST_F(StorageTest, the_vector_space_is_kept_and_another_model_is_a_conflict_once_there_are_documents) {
    {
        Storage storage = open();
        run_task(storage.ause_embedding("small", 8));
        run_task(storage.ause_embedding("other", 16));
        run_task(storage.ause_embedding("small", 8));
        run_task(storage.vector_store().aadd(make_document("a", {"alpha"})));
    }
    Storage storage = open();
    run_task(storage.ause_embedding("small", 8));
    const auto [code, message] = failure_of([&] { run_task(storage.ause_embedding("large", 8)); });
    EXPECT_EQ(code, errc::conflict);
    EXPECT_THAT(message, HasSubstr("small"));
    EXPECT_THAT(message, HasSubstr("reprocess"));
    EXPECT_EQ(failure_of([&] { run_task(storage.ause_embedding("small", 9)); }).first, errc::conflict);
    run_task(storage.document_store().aremove("a"));
    EXPECT_NO_THROW(run_task(storage.ause_embedding("large", 9)));
    EXPECT_EQ(failure_of([&] { run_task(storage.vector_store().aadd(make_document("a", {"alpha"}))); }).first, errc::invalid_argument);
}

TEST_F(StorageTest, a_library_that_names_no_model_gets_the_space_of_its_first_document) {
    Storage storage = open();
    run_task(storage.vector_store().aadd(make_document("a", {"alpha"})));
    EmbeddedDocument other = make_document("b", {"beta"});
    other.nodes[0].embedding = axis(0, 16);
    EXPECT_EQ(failure_of([&] { run_task(storage.vector_store().aadd(other)); }).first, errc::invalid_argument);
    EXPECT_NO_THROW(run_task(storage.ause_embedding("named later", 8)));
}

TEST_F(StorageTest, check_finds_what_does_not_fit_together) {
    {
        Storage storage = open();
        run_task(storage.vector_store().aadd(make_document("a", {"alpha", "beta"})));
    }
    Storage storage = open();
    run_task(storage.aload());
    {
        Database database(database_file(), Database::Role::writer);
        database.execute("DELETE FROM vectors WHERE node_key = 1; DELETE FROM nodes WHERE key = 2");
    }
    const auto problems = run_task(storage.acheck());
    EXPECT_THAT(problems, testing::Contains(HasSubstr("no vector")));
    EXPECT_THAT(problems, testing::Contains(HasSubstr("ready documents have lost")));
    EXPECT_THAT(problems, testing::Contains(HasSubstr("The dense index holds 2 passages, the database 0")));
    EXPECT_THAT(problems, testing::Contains(HasSubstr("The text index holds 2 passages, the database 1")));
}

TEST_F(StorageTest, phrases_and_prefixes_are_searched_as_such_and_a_phrase_that_stands_nowhere_as_its_words) {
    Storage storage = open();
    run_task(storage.vector_store().aadd(
        make_document("a", {"the frame of the data", "a data frame is a table", "frames and data", "configuration"})));
    const auto texts = [&](const std::string& question) {
        std::vector<std::string> found;
        for (const auto& node : run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = question}))) {
            found.push_back(node.node.text);
        }
        return found;
    };
    EXPECT_THAT(texts("what is a \"data frame\"?"), ElementsAre("a data frame is a table"));
    EXPECT_EQ(texts("\"data table frame\"").size(), 3u);
    EXPECT_EQ(texts("data frame").size(), 3u);
    EXPECT_THAT(texts("config*"), ElementsAre("configuration"));
}

TEST_F(StorageTest, without_space_the_document_is_refused_whole_and_the_next_one_fits_when_there_is_some) {
    Storage storage = open();
    run_task(storage.vector_store().aadd(make_document("a", {"alpha"})));
    run_task(storage.aload());
    const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    rlimit tight = limit;
    tight.rlim_cur = fs::file_size(database_file().string() + "-wal") + 20'000;
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
    const std::vector<std::string> texts(200, std::string(2000, 'x'));
    const auto failed = failure_of([&] { run_task(storage.vector_store().aadd(make_document("big", texts))); });
    const auto hits = dense_hits(storage);
    const auto nodes = run_task(storage.vector_store().aget_nodes("big", 0, 10)).size();
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, old_handler);
    EXPECT_EQ(failed.first, errc::storage_full) << failed.second;
    EXPECT_EQ(hits, 1u);
    EXPECT_EQ(nodes, 0u);
    run_task(storage.vector_store().aadd(make_document("big", texts)));
    EXPECT_EQ(dense_hits(storage), 201u);
    EXPECT_THAT(run_task(storage.acheck()), ElementsAre());
}

TEST_F(StorageTest, a_document_of_ten_thousand_passages_is_stored_or_cancelled_as_a_whole) {
    Storage storage = open();
    run_task(storage.vector_store().aadd(make_document("small", {"alpha"})));
    std::vector<std::string> texts;
    for (int i = 0; i < 10'000; ++i) texts.push_back("passage number " + std::to_string(i));
    test::Run<void> cancelled(storage.vector_store().aadd(make_document("large", texts)));
    cancelled.step(1);
    ASSERT_EQ(run_task(storage.vector_store().aget_nodes("large", 0, 10)).size(), 0u);
    cancelled.cancel();
    cancelled.finish();
    EXPECT_TRUE(is_cancelled(cancelled.error()));
    EXPECT_EQ(dense_hits(storage), 1u);
    run_task(storage.vector_store().aadd(make_document("large", texts)), std::chrono::seconds(120));
    EXPECT_EQ(run_task(storage.vector_store().aget_nodes("large", 9'990, 100)).size(), 10u);
    EXPECT_EQ(run_task(storage.vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "number 7777"})).at(0).node.ordinal,
              7777);
    EXPECT_EQ(run_task(storage.vector_store().aquery({.embedding = axis(0), .similarity_top_k = 20'000})).size(), 10'001u);
    run_task(storage.document_store().aremove("large"), std::chrono::seconds(120));
    EXPECT_EQ(dense_hits(storage), 1u);
}

}  // namespace
}  // namespace docmind
