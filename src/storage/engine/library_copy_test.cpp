#include "storage/engine/library_copy.hpp"

#include "async/test_support.hpp"
#include "storage/engine/database.hpp"
#include "storage/engine/schema.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <thread>

namespace docmind {
namespace {

using test::make_document;
using test::run_task;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class LibraryCopyTest : public testing::Test {
  protected:
    LibraryCopyTest() { run_task(storage.ause_embedding("model", test::test_dimension)); }

    /// What a library holds that begins with the copy.
    std::unique_ptr<Storage> open_copy() {
        const std::filesystem::path data = directory.path() / "other";
        std::filesystem::create_directory(data);
        std::filesystem::copy_file(storage.database_copy(), data / "docmind.sqlite3");
        return std::make_unique<Storage>(Storage::Params{.data_dir = data});
    }

    test::TemporaryDirectory directory;
    Storage storage{{.data_dir = directory.data()}};
};

TEST_F(LibraryCopyTest, has_everything_and_can_be_searched) {
    run_task(storage.document_store().acreate({.id = "d1", .name = "One.pdf", .sha256 = "aa", .bytes = 7}));
    run_task(storage.vector_store().aadd(make_document("d1", {"an otter", "a badger"})));
    const SessionRecord session = run_task(storage.session_store().acreate_session("talk"));
    run_task(storage.session_store().aappend_message(session.id, {.role = MessageRole::user, .content = "hello"}));
    const LibraryContents contents = storage.copy_database({});
    EXPECT_EQ(contents.schema_version, schema_version());
    EXPECT_EQ(contents.documents, 1u);
    EXPECT_EQ(contents.sessions, 1u);
    ASSERT_EQ(contents.originals.size(), 1u);
    EXPECT_EQ(contents.originals[0].sha256, "aa");
    EXPECT_EQ(contents.originals[0].bytes, 7u);
    const std::unique_ptr<Storage> copy = open_copy();
    EXPECT_THAT(run_task(copy->acheck()), IsEmpty());
    const auto found = run_task(
        copy->vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "otter", .similarity_top_k = 5, .document_ids = {}}));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].node.text, "an otter");
    EXPECT_EQ(run_task(copy->session_store().aget_messages(session.id)).size(), 1u);
}

TEST_F(LibraryCopyTest, names_the_bytes_of_both_versions_of_a_document_that_is_being_replaced) {
    run_task(storage.document_store().acreate({.id = "d1", .name = "One.pdf", .sha256 = "bb", .bytes = 7}));
    run_task(storage.vector_store().aadd(make_document("d1", {"an otter"})));
    run_task(storage.document_store().areplace({.id = "d1", .name = "One.pdf", .next_sha256 = "aa", .next_bytes = 9}));
    std::vector<std::string> originals;
    for (const OriginalFile& original : storage.copy_database({}).originals) originals.push_back(original.sha256);
    EXPECT_THAT(originals, ElementsAre("aa", "bb"));
}

TEST_F(LibraryCopyTest, has_nothing_of_what_was_removed) {
    run_task(storage.vector_store().aadd(make_document("d1", {"a secret about otters that nobody should read"})));
    run_task(storage.document_store().aremove("d1"));
    static_cast<void>(storage.copy_database({}));
    EXPECT_THAT(bytes_of(storage.database_copy()), Not(HasSubstr("secret about otters")));
}

TEST_F(LibraryCopyTest, queues_what_was_being_processed_without_counting_a_death_or_an_attempt) {
    run_task(storage.document_store().acreate({.id = "d1", .name = "One.pdf", .sha256 = "aa", .bytes = 7}));
    ASSERT_TRUE(run_task(storage.document_store().aclaim({.owner = "me", .now = 1})));
    static_cast<void>(storage.copy_database({}));
    const DocumentRecord copied = run_task(open_copy()->document_store().aget("d1"));
    EXPECT_EQ(copied.status, DocumentStatus::queued);
    EXPECT_EQ(copied.deaths, 0);
    EXPECT_EQ(copied.attempts, 0);
    EXPECT_EQ(run_task(storage.document_store().aget("d1")).status, DocumentStatus::processing);
}

TEST_F(LibraryCopyTest, is_of_one_moment_while_documents_come_and_go) {
    std::jthread writing([&](const std::stop_token& stop) {
        for (int i = 0; !stop.stop_requested(); ++i) {
            const std::string id = "d" + std::to_string(i);
            run_task(storage.document_store().acreate({.id = id, .name = id, .sha256 = "sha" + id, .bytes = 1}));
            run_task(storage.vector_store().aadd(make_document(id, {"one", "two", "three"})));
            if (i >= 20) run_task(storage.document_store().aremove("d" + std::to_string(i - 20)));
        }
    });
    for (int i = 0; i < 10; ++i) {
        static_cast<void>(storage.copy_database({}));
        const std::unique_ptr<Storage> copy = open_copy();
        run_task(copy->aload());
        EXPECT_THAT(run_task(copy->acheck()), IsEmpty());
        std::filesystem::remove_all(directory.path() / "other");
    }
}

TEST_F(LibraryCopyTest, that_is_given_up_leaves_nothing) {
    std::vector<std::string> texts;
    for (int i = 0; i < 2000; ++i) texts.push_back("passage " + std::to_string(i));
    run_task(storage.vector_store().aadd(make_document("d1", texts)));
    std::stop_source stop;
    stop.request_stop();
    EXPECT_THROW(static_cast<void>(storage.copy_database(stop.get_token())), Error);
    EXPECT_FALSE(std::filesystem::exists(storage.database_copy()));
    EXPECT_EQ(storage.copy_database({}).documents, 1u) << "and the next one is whole";
}

TEST(DescribeLibraryTest, names_what_is_damaged_and_what_is_no_library) {
    const test::TemporaryDirectory directory;
    {
        Storage storage({.data_dir = directory.data()});
        std::vector<std::string> texts;
        for (int i = 0; i < 500; ++i) texts.push_back("passage " + std::to_string(i));
        run_task(storage.vector_store().aadd(make_document("d1", texts)));
        static_cast<void>(storage.copy_database({}));
        std::filesystem::copy_file(storage.database_copy(), directory.path() / "copy");
    }
    EXPECT_EQ(describe_library(directory.path() / "copy").documents, 1u);
    std::string bytes = bytes_of(directory.path() / "copy");
    std::fill_n(bytes.begin() + 3 * 4096, 4096, '\7');
    std::ofstream(directory.path() / "copy", std::ios::binary) << bytes;
    EXPECT_THROW(static_cast<void>(describe_library(directory.path() / "copy")), Error);
    std::ofstream(directory.path() / "copy", std::ios::binary) << "no database at all, however long this text may be";
    EXPECT_THROW(static_cast<void>(describe_library(directory.path() / "copy")), Error);
}

TEST(DescribeLibraryTest, looks_through_a_library_of_the_first_version) {
    const test::TemporaryDirectory directory;
    {
        Database database(directory.path() / "old", Database::Role::writer);
        migrate(database, 1);
    }
    EXPECT_EQ(describe_library(directory.path() / "old").schema_version, 1);
    EXPECT_TRUE(is_empty_library(directory.path() / "old"));
    std::ofstream(directory.path() / "foreign") << "not ours";
    EXPECT_FALSE(is_empty_library(directory.path() / "foreign"));
}

}  // namespace
}  // namespace docmind
