#include "ingestion/ingestion_service.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <docmind/error.hpp>

#include <filesystem>

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
        return std::make_unique<IngestionService>(params, BlobStore(folder.path / "blobs"), reader, pipeline, documents, vectors, files,
                                                  executor);
    }
};

Task<SubmittedDocument> send(IngestionService* service, std::string name, std::string bytes, std::string id = "") {
    auto upload = service->begin_upload(name, "text/plain", id);
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
        auto upload = service->begin_upload("a.txt", "");
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

TEST(IngestionService, ADocumentThatWasInWorkAtThreeDeathsIsSetAside) {
    Bench bench;
    std::string id;
    with_service(bench, [&](IngestionService* service) -> Task<> {
        const SubmittedDocument sent = co_await send(service, "a.txt", "fine\n");
        id = sent.record.id;
        co_await service->await_done(id);
    });
    bench.documents.rows[id].status = DocumentStatus::processing;
    bench.documents.rows[id].attempts = 3;
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

}  // namespace
}  // namespace docmind
