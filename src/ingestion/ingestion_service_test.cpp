#include "ingestion/ingestion_service.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <docmind/error.hpp>

#include <filesystem>
#include <fstream>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "ingestion/test_fakes.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;

struct TemporaryFolder {
    TemporaryFolder() {
        std::string name = (fs::temp_directory_path() / "docmind-ingestion-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~TemporaryFolder() { fs::remove_all(path); }
    fs::path path;
};

/// The service with fakes around it, for one Task on one io_context.
struct Bench {
    TemporaryFolder folder;
    Pool cpu{{.name = "cpu"}};
    Pool files{{.name = "files"}};
    test::FakeDocumentStore documents;
    test::FakeVectorStore vectors{&documents};
    test::FakeReader reader;
    test::LineParser parser;
    test::LengthEmbedding embedding;
    IngestionPipeline pipeline{{}, parser, embedding, vectors, cpu};

    std::unique_ptr<IngestionService> service(Executor executor, IngestionService::Params params = {}) {
        return std::make_unique<IngestionService>(params, BlobStore(folder.path / "blobs"), reader, pipeline, documents, vectors, nullptr,
                                                  files, executor);
    }
};

Task<SubmittedDocument> send(IngestionService* service, std::string name, std::string bytes, std::string id = "") {
    auto upload = service->begin_upload(name, {.media_type = "text/plain", .id = id});
    for (std::size_t i = 0; i < bytes.size(); i += 7) {
        std::string chunk = bytes.substr(i, 7);
        co_await upload->awrite(std::move(chunk));
    }
    co_return co_await upload->afinish();
}

template <class Body>
void with_service(Bench& bench, Body body, IngestionService::Params params = {}) {
    test::run_task([](Bench* b, Body run, IngestionService::Params p) -> Task<> {
        const Executor executor = co_await boost::asio::this_coro::executor;
        const auto service = b->service(executor, p);
        co_await service->astart();
        co_await run(service.get());
        co_await service->astop();
    }(&bench, std::move(body), params));
}

TEST(IngestionService, AnUploadIsOnDiskInTheCatalogueAndThenSearchable) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "notes.txt", "one\ntwo\n");
        EXPECT_TRUE(fs::exists(service->content_path(sent.record)));
        EXPECT_TRUE(bench.documents.rows.contains(sent.record.id));
        const DocumentRecord done = co_await service->await_done(sent.record.id);
        EXPECT_EQ(done.status, DocumentStatus::ready);
        EXPECT_EQ(bench.vectors.added.at(sent.record.id).nodes.size(), 2u);
        EXPECT_EQ(service->counters().ready, 1u);
    });
}

TEST(IngestionService, TheSameBytesAreOneDocumentAndAFailedOneIsTriedAgain) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument first = co_await send(service, "a.txt", "broken bytes");
        const DocumentRecord failed = co_await service->await_done(first.record.id);
        EXPECT_EQ(failed.status, DocumentStatus::failed);
        EXPECT_EQ(failed.error_code, "corrupt");
        const SubmittedDocument second = co_await send(service, "b.txt", "broken bytes");
        EXPECT_TRUE(second.duplicate);
        EXPECT_EQ(second.record.id, first.record.id);
        co_await service->await_done(first.record.id);
        EXPECT_EQ(bench.reader.loads, 2);
    });
}

TEST(IngestionService, ADroppedUploadLeavesNothing) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        auto upload = service->begin_upload("a.txt", {});
        co_await upload->awrite("half");
        upload.reset();
        EXPECT_TRUE(fs::is_empty(bench.folder.path / "blobs"));
        EXPECT_TRUE(bench.documents.rows.empty());
    });
}

TEST(IngestionService, AnEmptyUploadAndOneOverTheLimitAreRefused) {
    Bench bench;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     errc code{};
                     try {
                         co_await send(service, "a.txt", "");
                     } catch (const Error& error) {
                         code = error.code();
                     }
                     EXPECT_EQ(code, errc::empty_document);
                     try {
                         co_await send(service, "a.txt", std::string(101, 'x'));
                     } catch (const Error& error) {
                         code = error.code();
                     }
                     EXPECT_EQ(code, errc::too_large);
                     EXPECT_TRUE(fs::is_empty(bench.folder.path / "blobs"));
                 },
                 {.max_upload_bytes = 100});
}

TEST(IngestionService, NamesAreForDisplayOnly) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const std::map<std::string, std::string> names{
            {"../../etc/passwd", "passwd"}, {"C:\\x\\y.txt", "y.txt"}, {"a\nb.txt", "ab.txt"}, {"...", "unnamed"}, {"", "unnamed"},
            {"a\u202Etxt.exe", "atxt.exe"}};
        int n = 0;
        for (const auto& [given, shown] : names) {
            const SubmittedDocument sent = co_await send(service, given, "text " + std::to_string(++n));
            EXPECT_EQ(sent.record.name, shown);
        }
    });
}

TEST(IngestionService, CancellingStopsAQueuedAndARunningDocumentAndReprocessingTakesItUpAgain) {
    Bench bench;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     const SubmittedDocument running = co_await send(service, "a.txt", "slow one");
                     while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
                     const SubmittedDocument queued = co_await send(service, "b.txt", "slow two");
                     DocumentRecord cancelled = co_await service->acancel(queued.record.id);
                     EXPECT_EQ(cancelled.status, DocumentStatus::cancelled);
                     cancelled = co_await service->acancel(running.record.id);
                     EXPECT_EQ(cancelled.status, DocumentStatus::cancelled);
                     bench.reader.let_go.set();
                     co_await service->areprocess(running.record.id);
                     const DocumentRecord done = co_await service->await_done(running.record.id);
                     EXPECT_EQ(done.status, DocumentStatus::ready);
                     EXPECT_FALSE(bench.vectors.added.contains(queued.record.id));
                 },
                 {.documents_at_once = 1});
}

TEST(IngestionService, RemovingTakesTheWorkTheRowAndTheBytes) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "slow one");
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        co_await service->aremove(sent.record.id);
        EXPECT_TRUE(bench.documents.rows.empty());
        EXPECT_FALSE(fs::exists(service->content_path(sent.record)));
        co_await service->await_idle();
        EXPECT_TRUE(bench.vectors.added.empty());
    });
}

TEST(IngestionService, StoppingPutsRunningDocumentsBackAndTheNextStartTakesThemUp) {
    Bench bench;
    std::string id;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "slow one");
        id = sent.record.id;
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
    });
    EXPECT_EQ(bench.documents.rows.at(id).status, DocumentStatus::queued);
    EXPECT_EQ(bench.documents.rows.at(id).attempts, 0);
    bench.reader.let_go.set();
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const DocumentRecord done = co_await service->await_done(id);
        EXPECT_EQ(done.status, DocumentStatus::ready);
    });
}

TEST(IngestionService, ADocumentThatThreeProcessesDiedOfIsSetAside) {
    Bench bench;
    std::string id;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "fine\n");
        id = sent.record.id;
        co_await service->await_done(id);
    });
    bench.documents.rows[id].status = DocumentStatus::processing;
    bench.documents.rows[id].deaths = 2;  // with the one that this looks like
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const DocumentRecord done = co_await service->await_done(id);
        EXPECT_EQ(done.status, DocumentStatus::failed);
        EXPECT_NE(done.error.find("Reprocess"), std::string::npos);
    });
}

TEST(IngestionService, WhatIsUploadedBeforeTheStartIsProcessedOnce) {
    Bench bench;
    test::run_task([](Bench* b) -> Task<> {
        const Executor executor = co_await boost::asio::this_coro::executor;
        const auto service = b->service(executor);
        const SubmittedDocument sent = co_await send(service.get(), "a.txt", "early\n");
        co_await service->astart();
        const DocumentRecord done = co_await service->await_done(sent.record.id);
        EXPECT_EQ(done.status, DocumentStatus::ready);
        co_await service->await_idle();
        EXPECT_EQ(b->reader.loads, 1);
        co_await service->astop();
    }(&bench));
}

TEST(IngestionService, OneFailureDoesNotHoldUpTheOthers) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        std::vector<std::string> ids;
        for (int i = 0; i < 20; ++i) {
            const SubmittedDocument sent = co_await send(service, "a.txt", (i % 4 == 0 ? "broken " : "fine ") + std::to_string(i));
            ids.push_back(sent.record.id);
        }
        co_await service->await_idle();
        EXPECT_EQ(service->counters().ready, 15u);
        EXPECT_EQ(service->counters().failed, 5u);
    });
}

TEST(IngestionService, APausedDocumentWaitsUntilItIsResumedAlsoOverARestart) {
    Bench bench;
    std::string id;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "slow one");
        id = sent.record.id;
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        const DocumentRecord paused = co_await service->apause(id);
        EXPECT_EQ(paused.status, DocumentStatus::queued);
        EXPECT_TRUE(paused.paused);
        EXPECT_EQ(paused.attempts, 0);
        co_await service->await_idle();
    });
    bench.reader.let_go.set();
    with_service(bench, [&](IngestionService* service) -> Task<> {
        co_await service->await_idle();
        EXPECT_EQ(bench.documents.rows.at(id).status, DocumentStatus::queued);
        co_await service->aresume(id);
        const DocumentRecord done = co_await service->await_done(id);
        EXPECT_EQ(done.status, DocumentStatus::ready);
    });
}

TEST(IngestionService, PausingAllStopsWhatRunsAndTakesUpNothingUntilItIsResumed) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument running = co_await send(service, "a.txt", "slow one");
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        co_await service->apause_all();
        EXPECT_EQ(service->active(), 0u);
        const SubmittedDocument later = co_await send(service, "b.txt", "fine\n");
        co_await sleep_for(std::chrono::milliseconds(20));
        EXPECT_EQ(bench.documents.rows.at(later.record.id).status, DocumentStatus::queued);
        EXPECT_EQ(bench.documents.rows.at(running.record.id).status, DocumentStatus::queued);
    });
    bench.reader.let_go.set();
    with_service(bench, [&](IngestionService* service) -> Task<> {
        EXPECT_TRUE(service->is_paused()) << "also after a restart";
        co_await service->await_idle();
        EXPECT_EQ(bench.reader.loads, 1);
        co_await service->aresume_all();
        co_await service->await_idle();
        EXPECT_EQ(service->counters().ready, 2u);
    });
}

TEST(IngestionService, PausingAllPutsEveryRunningDocumentBack) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        for (int i = 0; i < 6; ++i) co_await send(service, "a.txt", "slow " + std::to_string(i));
        while (bench.reader.loads < 6) co_await sleep_for(std::chrono::milliseconds(1));
        co_await service->apause_all();
        EXPECT_EQ(service->active(), 0u);
        for (const auto& [id, row] : bench.documents.rows) EXPECT_EQ(row.status, DocumentStatus::queued);
        bench.reader.let_go.set();
        co_await service->aresume_all();
        co_await service->await_idle();
        EXPECT_EQ(service->counters().ready, 6u);
    });
}

TEST(IngestionService, WhatPassesIsTriedAgainLaterAndNotForEver) {
    Bench bench;
    bench.reader.away = 2;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     const SubmittedDocument sent = co_await send(service, "a.txt", "fine\n");
                     const DocumentRecord done = co_await service->await_done(sent.record.id);
                     EXPECT_EQ(done.status, DocumentStatus::ready);
                     EXPECT_EQ(done.attempts, 3);
                     bench.reader.away = 1000;
                     const SubmittedDocument other = co_await send(service, "b.txt", "other\n");
                     const DocumentRecord failed = co_await service->await_done(other.record.id);
                     EXPECT_EQ(failed.status, DocumentStatus::failed);
                     EXPECT_EQ(failed.attempts, 4);
                     EXPECT_EQ(failed.error_code, "unavailable");
                 },
                 {.max_attempts = 4, .first_retry = std::chrono::milliseconds(5)});
}

TEST(IngestionService, OnlyOneDocumentThatProcessesDiedOfRunsAtATime) {
    Bench bench;
    for (const char* id : {"a", "b"}) {
        bench.documents.rows[id] = {.id = id, .name = "x.txt", .sha256 = id, .bytes = 1, .status = DocumentStatus::processing};
        bench.documents.order.emplace_back(id);
        fs::create_directories(bench.folder.path / "blobs");
        std::ofstream(bench.folder.path / "blobs" / id) << "slow\n";
    }
    with_service(bench, [&](IngestionService* service) -> Task<> {
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        co_await sleep_for(std::chrono::milliseconds(20));
        EXPECT_EQ(bench.reader.loads, 1);
        bench.reader.let_go.set();
        co_await service->await_done("a");
        co_await service->await_done("b");
        EXPECT_EQ(bench.documents.rows.at("b").status, DocumentStatus::ready);
        EXPECT_EQ(bench.documents.rows.at("b").deaths, 0) << "it was none of theirs";
    });
}

TEST(IngestionService, AFileThatChangedIsANewVersionOfItsDocument) {
    Bench bench;
    const fs::path file = bench.folder.path / "notes.txt";
    with_service(bench, [&](IngestionService* service) -> Task<> {
        std::ofstream(file) << "first\n";
        const SubmittedDocument first = co_await service->asubmit_file(file);
        const DocumentRecord before = co_await service->await_done(first.record.id);
        std::ofstream(file) << "second\nthird\n";
        const SubmittedDocument second = co_await service->asubmit_file(file);
        EXPECT_EQ(second.record.id, first.record.id);
        EXPECT_FALSE(second.duplicate);
        EXPECT_EQ(second.record.sha256, before.sha256) << "the old version is served until the new one is stored";
        const DocumentRecord after = co_await service->await_done(first.record.id);
        EXPECT_NE(after.sha256, before.sha256);
        EXPECT_EQ(bench.vectors.added.at(after.id).nodes.size(), 2u);
        co_await service->await_idle();
        EXPECT_FALSE(fs::exists(service->content_path(before))) << "its bytes are nobody's any more";
        EXPECT_TRUE(fs::exists(service->content_path(after)));
        const SubmittedDocument third = co_await service->asubmit_file(file);
        EXPECT_TRUE(third.duplicate);
    });
}

TEST(IngestionService, BytesThatBelongToNoDocumentAreRemovedAtTheStart) {
    Bench bench;
    fs::create_directories(bench.folder.path / "blobs");
    std::ofstream(bench.folder.path / "blobs" / "0123") << "left by a crash";
    with_service(bench, [&](IngestionService*) -> Task<> {
        while (fs::exists(bench.folder.path / "blobs" / "0123")) co_await sleep_for(std::chrono::milliseconds(1));
    });
}

TEST(IngestionService, OriginalsThatAreKeptStayUntilNobodyKeepsThemUnlessTheyAreWantedAgain) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument gone = co_await send(service, "a.txt", "one\n");
        const SubmittedDocument again = co_await send(service, "b.txt", "two\n");
        co_await service->await_done(gone.record.id);
        co_await service->await_done(again.record.id);
        std::optional<KeptOriginals::Keep> first(co_await service->akeep_originals());
        std::optional<KeptOriginals::Keep> second(co_await service->akeep_originals());
        co_await service->aremove(gone.record.id);
        co_await service->aremove(again.record.id);
        EXPECT_FALSE(bench.documents.rows.contains(gone.record.id));
        EXPECT_TRUE(fs::exists(service->content_path(gone.record)));
        co_await send(service, "c.txt", "two\n");
        first.reset();
        EXPECT_TRUE(fs::exists(service->content_path(gone.record)));
        second.reset();
        while (fs::exists(service->content_path(gone.record))) co_await yield_now();
        EXPECT_TRUE(fs::exists(service->content_path(again.record)));
        // Nobody keeps anything any more.
        const SubmittedDocument third = co_await send(service, "d.txt", "three\n");
        co_await service->aremove(third.record.id);
        EXPECT_FALSE(fs::exists(service->content_path(third.record)));
    });
}

TEST(IngestionService, TheOverviewSaysWhatIsLeftAndEndsAtOne) {
    Bench bench;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     const SubmittedDocument sent = co_await send(service, "a.txt", "slow one\n");
                     while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
                     IngestionOverview now = co_await service->aoverview();
                     EXPECT_EQ(now.parsing, 1u);
                     EXPECT_LT(now.progress, 1);
                     bench.reader.let_go.set();
                     co_await service->await_done(sent.record.id);
                     now = co_await service->aoverview();
                     EXPECT_EQ(now.progress, 1);
                     EXPECT_EQ(now.library.ready, 1u);
                 },
                 {.heartbeat = std::chrono::milliseconds(5)});
    EXPECT_TRUE(bench.documents.state.contains("ingestion.rates")) << "the next start goes on with what was learnt";
}

TEST(IngestionService, APausedDocumentIsNoneThatIsDone) {
    Bench bench;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "slow one\n");
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        co_await service->apause(sent.record.id);
        const SubmittedDocument next = co_await send(service, "b.txt", "slow two\n");
        while (bench.reader.loads == 1) co_await sleep_for(std::chrono::milliseconds(1));
        const IngestionOverview now = co_await service->aoverview();
        EXPECT_LT(now.progress, 0.5) << "nothing has been read to its end";
        bench.reader.let_go.set();
        co_await service->await_done(next.record.id);
    });
}

TEST(IngestionService, WorkersOutliveAStoreThatCannotBeWrittenForAWhile) {
    Bench bench;
    bench.documents.is_broken = true;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     const SubmittedDocument sent = co_await send(service, "a.txt", "one\n");
                     while (bench.documents.failures < 5) co_await sleep_for(std::chrono::milliseconds(1));
                     bench.documents.is_broken = false;
                     const DocumentRecord done = co_await service->await_done(sent.record.id);
                     EXPECT_EQ(done.status, DocumentStatus::ready);
                 },
                 {.first_retry = std::chrono::milliseconds(1)});
}

TEST(IngestionService, StoppingEndsAlsoWhereTheStoreCannotBeWritten) {
    Bench bench;
    std::string id;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "slow one");
        id = sent.record.id;
        while (bench.reader.loads == 0) co_await sleep_for(std::chrono::milliseconds(1));
        bench.documents.is_broken = true;
    });
    EXPECT_EQ(bench.documents.rows.at(id).status, DocumentStatus::processing);
    bench.documents.is_broken = false;
    bench.reader.let_go.set();
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const DocumentRecord done = co_await service->await_done(id);
        EXPECT_EQ(done.status, DocumentStatus::ready);
    });
}

TEST(IngestionService, ADocumentWithoutASignOfProgressIsTakenUpAnew) {
    Bench bench;
    with_service(bench,
                 [&](IngestionService* service) -> Task<> {
                     const SubmittedDocument sent = co_await send(service, "a.txt", "slow one\n");
                     while (bench.reader.loads < 2) co_await sleep_for(std::chrono::milliseconds(1));
                     bench.reader.let_go.set();
                     const DocumentRecord done = co_await service->await_done(sent.record.id);
                     EXPECT_EQ(done.status, DocumentStatus::ready);
                 },
                 {.first_retry = std::chrono::milliseconds(1),
                  .heartbeat = std::chrono::milliseconds(5),
                  .longest_silence = std::chrono::milliseconds(20)});
}

}  // namespace
}  // namespace docmind
