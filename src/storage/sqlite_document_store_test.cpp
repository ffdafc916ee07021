#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "storage/storage.hpp"
#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace docmind {
namespace {

using test::make_document;
using test::run_task;
using testing::ElementsAre;

class SqliteDocumentStoreTest : public testing::Test {
  protected:
    DocumentRecord create(const std::string& id, const std::string& sha256, DocumentStatus status = DocumentStatus::queued) {
        return run_task(store.acreate(
            {.id = id, .name = id + ".pdf", .media_type = "application/pdf", .sha256 = sha256, .bytes = 42, .status = status}));
    }
    static std::vector<std::string> ids_of(const std::vector<DocumentRecord>& records) {
        std::vector<std::string> ids;
        for (const DocumentRecord& record : records) ids.push_back(record.id);
        return ids;
    }
    template <class T>
    static errc code_of(Task<T> task) {
        try {
            run_task(std::move(task));
        } catch (const Error& error) {
            return error.code();
        }
        ADD_FAILURE() << "nothing was thrown";
        return errc::internal;
    }

    test::TemporaryDirectory directory;
    std::unique_ptr<Storage> storage = std::make_unique<Storage>(Storage::Params{.data_dir = directory.data()});
    DocumentStore& store = storage->document_store();
};

TEST_F(SqliteDocumentStoreTest, a_created_document_is_there_with_every_field) {
    DocumentRecord given{.id = "d",
                         .name = "n\xc3\xa4me.pdf",
                         .media_type = "application/pdf",
                         .sha256 = "aa",
                         .bytes = std::uint64_t{1} << 40,
                         .status = DocumentStatus::failed,
                         .stage = IngestionStage::embedding,
                         .progress = 0.25,
                         .pages = 3,
                         .nodes = 4,
                         .attempts = 2,
                         .error_code = "corrupt",
                         .error = "It is damaged.",
                         .created_at = "2026-01-02T03:04:05.678Z"};
    run_task(store.acreate(given));
    const DocumentRecord got = run_task(store.aget("d"));
    EXPECT_EQ(std::tie(got.id, got.name, got.media_type, got.sha256, got.bytes, got.status, got.stage, got.progress, got.pages, got.nodes,
                       got.attempts, got.error_code, got.error, got.created_at),
              std::tie(given.id, given.name, given.media_type, given.sha256, given.bytes, given.status, given.stage, given.progress,
                       given.pages, given.nodes, given.attempts, given.error_code, given.error, given.created_at));
}

TEST_F(SqliteDocumentStoreTest, the_same_bytes_give_the_document_that_is_there) {
    create("first", "aa");
    const DocumentRecord second = create("second", "aa");
    EXPECT_EQ(second.id, "first");
    EXPECT_EQ(run_task(store.alist(10, "")).documents.size(), 1u);
    EXPECT_EQ(run_task(store.afind_by_sha256("aa"))->id, "first");
    EXPECT_FALSE(run_task(store.afind_by_sha256("bb")).has_value());
}

TEST_F(SqliteDocumentStoreTest, documents_without_a_hash_are_all_different) {
    EXPECT_EQ(create("first", "").id, "first");
    EXPECT_EQ(create("second", "").id, "second");
    EXPECT_FALSE(run_task(store.afind_by_sha256("")).has_value());
}

TEST_F(SqliteDocumentStoreTest, an_id_in_use_by_other_bytes_is_a_conflict) {
    create("d", "aa");
    EXPECT_EQ(code_of(store.acreate({.id = "d", .sha256 = "bb"})), errc::conflict);
    EXPECT_EQ(run_task(store.aget("d")).sha256, "aa");
}

TEST_F(SqliteDocumentStoreTest, an_empty_id_and_time_are_given) {
    const DocumentRecord record = create("", "aa");
    EXPECT_TRUE(is_made_id(record.id));
    EXPECT_THAT(record.created_at, testing::MatchesRegex("20..-..-..T..:..:..\\....Z"));
    EXPECT_EQ(run_task(store.aget(record.id)).created_at, record.created_at);
}

TEST_F(SqliteDocumentStoreTest, pages_of_the_list_are_newest_first_and_stay_put_while_documents_come_and_go) {
    for (int i = 0; i < 7; ++i) create("d" + std::to_string(i), std::to_string(i));
    DocumentPage page = run_task(store.alist(3, ""));
    EXPECT_THAT(ids_of(page.documents), ElementsAre("d6", "d5", "d4"));
    create("new", "new");
    run_task(store.aremove("d4"));
    page = run_task(store.alist(3, page.next_cursor.value()));
    EXPECT_THAT(ids_of(page.documents), ElementsAre("d3", "d2", "d1"));
    page = run_task(store.alist(3, page.next_cursor.value()));
    EXPECT_THAT(ids_of(page.documents), ElementsAre("d0"));
    EXPECT_FALSE(page.next_cursor.has_value());
}

TEST_F(SqliteDocumentStoreTest, a_cursor_that_no_list_gave_is_refused) {
    for (const char* cursor : {"x", "-1", "1 ", "99999999999999999999", "1;DROP TABLE documents"}) {
        EXPECT_EQ(code_of(store.alist(3, cursor)), errc::invalid_argument) << cursor;
    }
}

TEST_F(SqliteDocumentStoreTest, update_writes_what_changes_and_leaves_the_rest) {
    DocumentRecord record = create("d", "aa");
    record.status = DocumentStatus::processing;
    record.stage = IngestionStage::embedding;
    record.progress = 0.5;
    record.attempts = 1;
    record.media_type = "text/plain";
    record.name = "other";
    record.sha256 = "other";
    run_task(store.aupdate(record, {DocumentStatus::queued}));
    DocumentRecord now = run_task(store.aget("d"));
    EXPECT_EQ(now.status, DocumentStatus::processing);
    EXPECT_EQ(now.stage, IngestionStage::embedding);
    EXPECT_EQ(now.attempts, 1);
    EXPECT_EQ(now.media_type, "text/plain");
    EXPECT_EQ(now.name, "d.pdf");
    EXPECT_EQ(now.sha256, "aa");
    record.media_type.clear();
    run_task(store.aupdate(record, {}));
    EXPECT_EQ(run_task(store.aget("d")).media_type, "text/plain") << "none given: the old one stays";
}

TEST_F(SqliteDocumentStoreTest, update_from_an_unexpected_status_is_a_conflict_and_changes_nothing) {
    DocumentRecord record = create("d", "aa", DocumentStatus::cancelled);
    record.status = DocumentStatus::ready;
    EXPECT_EQ(code_of(store.aupdate(record, {DocumentStatus::queued, DocumentStatus::processing})), errc::conflict);
    EXPECT_EQ(run_task(store.aget("d")).status, DocumentStatus::cancelled);
    record.id = "none";
    EXPECT_EQ(code_of(store.aupdate(record, {})), errc::not_found);
}

TEST_F(SqliteDocumentStoreTest, remove_takes_everything_of_the_document) {
    create("d", "aa");
    run_task(storage->vector_store().aadd(make_document("d", {"some words"})));
    run_task(store.aremove("d"));
    EXPECT_EQ(code_of(store.aget("d")), errc::not_found);
    EXPECT_EQ(code_of(store.aremove("d")), errc::not_found);
    EXPECT_TRUE(run_task(storage->vector_store().aquery({.embedding = test::axis(0)})).empty());
    EXPECT_TRUE(run_task(storage->vector_store().aquery({.mode = VectorStoreQueryMode::sparse, .text = "words"})).empty());
    EXPECT_THAT(run_task(storage->acheck()), ElementsAre());
    EXPECT_EQ(create("again", "aa").id, "again") << "its bytes may come again";
}

TEST_F(SqliteDocumentStoreTest, storing_the_passages_makes_the_document_ready_in_the_same_moment) {
    DocumentRecord record = create("d", "aa");
    record.status = DocumentStatus::processing;
    record.attempts = 2;
    record.error = "an old one";
    run_task(store.aupdate(record, {}));
    EmbeddedDocument document = make_document("d", {"one", "two"});
    document.document.name = "another name";
    document.document.media_type = "text/markdown";
    run_task(storage->vector_store().aadd(std::move(document)));
    const DocumentRecord now = run_task(store.aget("d"));
    EXPECT_EQ(now.status, DocumentStatus::ready);
    EXPECT_EQ(now.stage, IngestionStage::done);
    EXPECT_EQ(now.progress, 1);
    EXPECT_EQ(now.pages, 2);
    EXPECT_EQ(now.nodes, 2);
    EXPECT_EQ(now.attempts, 2);
    EXPECT_EQ(now.error, "");
    EXPECT_EQ(now.media_type, "text/markdown");
    EXPECT_EQ(now.name, "d.pdf") << "the catalogue's name is what people gave it";
}

TEST_F(SqliteDocumentStoreTest, storing_a_document_that_the_catalogue_does_not_have_enters_it) {
    run_task(storage->vector_store().aadd(make_document("library", {"one"})));
    const DocumentRecord record = run_task(store.aget("library"));
    EXPECT_EQ(record.name, "library.pdf");
    EXPECT_EQ(record.status, DocumentStatus::ready);
    EXPECT_EQ(record.media_type, "application/pdf");
    EXPECT_NE(record.created_at, "");
}

TEST_F(SqliteDocumentStoreTest, a_cancelled_document_is_not_stored) {
    create("d", "aa", DocumentStatus::cancelled);
    EXPECT_EQ(code_of(storage->vector_store().aadd(make_document("d", {"one"}))), errc::conflict);
    EXPECT_EQ(run_task(store.aget("d")).status, DocumentStatus::cancelled);
    EXPECT_TRUE(run_task(storage->vector_store().aquery({.embedding = test::axis(0)})).empty());
}

TEST_F(SqliteDocumentStoreTest, what_was_processing_when_the_process_ended_is_queued_again_oldest_first) {
    create("ready", "1", DocumentStatus::ready);
    DocumentRecord processing = create("processing", "2");
    create("queued", "3");
    create("failed", "4", DocumentStatus::failed);
    create("cancelled", "5", DocumentStatus::cancelled);
    processing.status = DocumentStatus::processing;
    processing.progress = 0.5;
    processing.attempts = 2;
    run_task(store.aupdate(processing, {}));
    storage.reset();
    Storage next({.data_dir = directory.data()});
    EXPECT_EQ(run_task(next.document_store().arequeue_unfinished()), 1);
    const DocumentRecord requeued = run_task(next.document_store().aget("processing"));
    EXPECT_EQ(requeued.status, DocumentStatus::queued);
    EXPECT_EQ(requeued.deaths, 1) << "it may be what ended the process";
    EXPECT_EQ(requeued.progress, 0);
    EXPECT_EQ(run_task(next.document_store().aclaim({.owner = "p", .now = 1})).value().id, "processing");
    EXPECT_EQ(run_task(next.document_store().aclaim({.owner = "p", .now = 1})).value().id, "queued");
    EXPECT_FALSE(run_task(next.document_store().aclaim({.owner = "p", .now = 1})));
    EXPECT_EQ(run_task(next.document_store().aget("ready")).status, DocumentStatus::ready);
}

TEST_F(SqliteDocumentStoreTest, a_claim_takes_the_dearest_then_the_oldest_or_the_smallest_that_is_due_and_not_paused) {
    const auto add = [&](const std::string& id, std::uint64_t bytes, int priority) {
        return run_task(store.acreate({.id = id, .name = id + ".txt", .sha256 = id, .bytes = bytes, .priority = priority}));
    };
    add("large", 1000, 0);
    add("small", 1, 0);
    add("dear", 500, 5);
    DocumentRecord later = add("later", 1, 9);
    later.not_before = 2'000;
    run_task(store.aupdate(later, {}));
    DocumentRecord paused = add("paused", 1, 9);
    paused.paused = true;
    run_task(store.aupdate(paused, {}));
    EXPECT_EQ(run_task(store.anext_due()), 2'000);
    EXPECT_EQ(run_task(store.aclaim({.owner = "p", .now = 1})).value().id, "dear");
    EXPECT_EQ(run_task(store.aclaim({.owner = "p", .now = 1, .smallest_first = true})).value().id, "small");
    EXPECT_EQ(run_task(store.aclaim({.owner = "p", .now = 1})).value().id, "large");
    EXPECT_FALSE(run_task(store.aclaim({.owner = "p", .now = 1'999})));
    const DocumentRecord due = run_task(store.aclaim({.owner = "p", .now = 2'000})).value();
    EXPECT_EQ(due.id, "later");
    EXPECT_EQ(due.attempts, 1);
    EXPECT_EQ(due.status, DocumentStatus::processing);
    const LibrarySummary summary = run_task(store.asummary());
    EXPECT_EQ(summary.processing, 4u);
    EXPECT_EQ(summary.paused, 1u);
    EXPECT_TRUE(summary.waiting.empty());
}

TEST_F(SqliteDocumentStoreTest, a_new_version_keeps_the_old_searchable_until_it_is_stored) {
    run_task(store.acreate({.id = "d", .name = "d.txt", .sha256 = "aa", .bytes = 1, .source = "/tmp/d.txt"}));
    run_task(storage->vector_store().aadd(test::make_document("d", {"old words"})));
    EXPECT_EQ(run_task(store.afind_by_source("/tmp/d.txt")).value().id, "d");
    const DocumentRecord queued =
        run_task(store.areplace({.id = "d", .name = "d2.txt", .source = "/tmp/d.txt", .next_sha256 = "bb", .next_bytes = 7}));
    EXPECT_EQ(queued.status, DocumentStatus::queued);
    EXPECT_EQ(queued.sha256, "aa");
    EXPECT_EQ(run_task(store.afind_by_sha256("bb")).value().id, "d") << "the same bytes are this document already";
    EXPECT_EQ(run_task(store.acreate({.id = "other", .sha256 = "bb"})).id, "d");
    EXPECT_EQ(run_task(storage->vector_store().aget_nodes("d", 0, 9)).size(), 1u);
    run_task(storage->vector_store().aadd(test::make_document("d", {"new words", "and more"})));
    const DocumentRecord ready = run_task(store.aget("d"));
    EXPECT_EQ(ready.sha256, "bb");
    EXPECT_EQ(ready.bytes, 7u);
    EXPECT_EQ(ready.next_sha256, "");
    EXPECT_EQ(ready.name, "d2.txt");
    EXPECT_FALSE(run_task(store.afind_by_sha256("aa")));
}

TEST_F(SqliteDocumentStoreTest, states_and_watched_files_survive) {
    run_task(store.aset_state("a", "1"));
    run_task(store.aset_state("a", "2"));
    run_task(store.aremember_watched_file({.root = "/r", .path = "/r/x", .size = 3, .mtime_ns = 4, .document_id = "d"}));
    run_task(store.aremember_watched_file({.root = "/r", .path = "/r/x", .size = 5, .mtime_ns = 6, .document_id = "d"}));
    run_task(store.aremember_watched_file({.root = "/r", .path = "/r/y", .size = 1, .mtime_ns = 1, .document_id = ""}));
    run_task(store.aforget_watched_file("/r", "/r/y"));
    storage.reset();
    Storage next({.data_dir = directory.data()});
    EXPECT_EQ(run_task(next.document_store().aget_state("a")), "2");
    EXPECT_FALSE(run_task(next.document_store().aget_state("b")));
    const auto files = run_task(next.document_store().alist_watched_files("/r"));
    ASSERT_EQ(files.size(), 1u);
    EXPECT_EQ(files[0].size, 5u);
    EXPECT_EQ(files[0].mtime_ns, 6);
}

TEST_F(SqliteDocumentStoreTest, a_hundred_uploads_of_the_same_bytes_at_once_make_one_document) {
    std::vector<Task<DocumentRecord>> uploads;
    for (int i = 0; i < 100; ++i) uploads.push_back(store.acreate({.id = "d" + std::to_string(i), .sha256 = "same"}));
    std::set<std::string> ids;
    for (const DocumentRecord& record : run_task(when_all(std::move(uploads)))) ids.insert(record.id);
    EXPECT_EQ(ids.size(), 1u);
    EXPECT_EQ(run_task(store.alist(1000, "")).documents.size(), 1u);
}

TEST_F(SqliteDocumentStoreTest, every_call_can_be_cancelled_at_every_await) {
    create("d", "aa");
    const DocumentRecord record = run_task(store.aget("d"));
    test::cancel_at_every_await([&] { return store.acreate({.id = "n", .sha256 = "nn"}); });
    test::cancel_at_every_await([&] { return store.aget("d"); });
    test::cancel_at_every_await([&] { return store.afind_by_sha256("aa"); });
    test::cancel_at_every_await([&] { return store.alist(3, ""); });
    test::cancel_at_every_await([&] { return store.aupdate(record, {}); });
    test::cancel_at_every_await([&] { return store.arequeue_unfinished(); });
    test::cancel_at_every_await([&] { return store.aclaim({.owner = "p", .now = 1}); });
    test::cancel_at_every_await([&] { return store.asummary(); });
    test::cancel_at_every_await([&] { return store.aset_state("a", "b"); });
    test::cancel_at_every_await([&] { return storage->aload(); });
    test::cancel_at_every_await([&] { return storage->acheck(); });
    test::cancel_at_every_await([&] { return storage->ause_embedding("m", 8); });
    EXPECT_THAT(run_task(storage->acheck()), ElementsAre());
}

}  // namespace
}  // namespace docmind
