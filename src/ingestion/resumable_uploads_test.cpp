#include "ingestion/resumable_uploads.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

#include "async/deadline.hpp"
#include "async/test_support.hpp"
#include "ingestion/test_fakes.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;

/// A process's worth of service and uploads per run(); the folder and the catalogue stay.
struct ResumableUploadsTest : testing::Test {
    ResumableUploadsTest() {
        std::string name = (fs::temp_directory_path() / "docmind-resumable-XXXXXX").string();
        folder = ::mkdtemp(name.data());
        params.sweep_interval = std::chrono::milliseconds(5);
        params.now = [this] { return now; };
    }
    ~ResumableUploadsTest() override { fs::remove_all(folder); }

    template <class Body>
    void run(Body body) {
        test::run_task([](ResumableUploadsTest* self, Body inner) -> Task<> {
            const Executor executor = co_await boost::asio::this_coro::executor;
            IngestionService service({}, BlobStore(self->folder / "blobs"), self->reader, self->pipeline, self->documents, self->vectors,
                                     nullptr, self->files, executor);
            co_await service.astart();
            ResumableUploads uploads(self->params, self->folder / "uploads", service, self->files, executor);
            co_await inner(&uploads);
            co_await uploads.astop();
            co_await service.astop();
        }(this, std::move(body)));
    }
    std::size_t files_in(const char* name) const {
        return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder / name), fs::directory_iterator()));
    }
    std::string blob(const std::string& document) {
        std::ifstream in(folder / "blobs" / documents.rows.at(document).sha256);
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path folder;
    std::chrono::system_clock::time_point now{std::chrono::seconds(1'700'000'000)};
    ResumableUploads::Params params;
    Pool cpu{{.name = "cpu"}};
    Pool files{{.name = "files", .threads = 2}};
    test::FakeDocumentStore documents;
    test::FakeVectorStore vectors{&documents};
    test::FakeReader reader;
    test::LineParser parser;
    test::LengthEmbedding embedding;
    IngestionPipeline pipeline{{}, parser, embedding, vectors, cpu};
};

Task<std::string> create(ResumableUploads* uploads, std::uint64_t length) {
    NewUpload wanted{.length = length, .name = "a/b.txt", .media_type = "text/plain", .metadata = "filename YQ=="};
    const ResumableUpload upload = co_await uploads->acreate(std::move(wanted));
    co_return upload.state.id;
}

Task<ResumableUpload> send(ResumableUploads* uploads, std::string id, std::uint64_t offset, std::string bytes) {
    const auto piece = uploads->begin_piece(id, offset, {});
    co_await piece->awrite(std::move(bytes));
    co_await piece->afinish();
    co_return co_await uploads->await_document(id);
}

template <class Fn>
std::optional<errc> code_of(Fn fn) {
    try {
        fn();
    } catch (const Error& error) {
        return error.code();
    }
    return std::nullopt;
}

Task<> until(std::function<bool()> condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) co_await sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(condition());
}

TEST_F(ResumableUploadsTest, PiecesBecomeADocumentAndTheBytesAreNotThereTwice) {
    run([this](ResumableUploads* uploads) -> Task<> {
        const std::string id = co_await create(uploads, 8);
        ResumableUpload upload = co_await send(uploads, id, 0, "one\n");
        EXPECT_EQ(upload.state.offset, 4u);
        EXPECT_TRUE(upload.state.document_id.empty());
        upload = co_await send(uploads, id, 4, "two\n");
        EXPECT_TRUE(upload.is_complete());
        const std::string document = upload.state.document_id;
        EXPECT_EQ(documents.rows.at(document).name, "b.txt");
        EXPECT_EQ(documents.rows.at(document).bytes, 8u);
        EXPECT_EQ(blob(document), "one\ntwo\n");
        EXPECT_EQ(files_in("blobs"), 1u);
        EXPECT_EQ(files_in("uploads"), 1u);  // what is remembered of it
    });
    run([this](ResumableUploads* uploads) -> Task<> {
        const std::string id = documents.rows.begin()->first;
        const std::string state = fs::directory_iterator(folder / "uploads")->path().stem();
        EXPECT_EQ(uploads->get(state).state.document_id, id);
        co_return;
    });
}

TEST_F(ResumableUploadsTest, TheSameBytesAgainAreTheSameDocument) {
    run([this](ResumableUploads* uploads) -> Task<> {
        std::string id = co_await create(uploads, 4);
        const ResumableUpload first = co_await send(uploads, id, 0, "same");
        id = co_await create(uploads, 4);
        const ResumableUpload second = co_await send(uploads, id, 0, "same");
        EXPECT_EQ(first.state.document_id, second.state.document_id);
        EXPECT_FALSE(first.state.duplicate);
        EXPECT_TRUE(second.state.duplicate);
        EXPECT_EQ(files_in("blobs"), 1u);
    });
}

TEST_F(ResumableUploadsTest, APieceThatIsDroppedKeepsWhatCameAndTheNextProcessGoesOnThere) {
    std::string id;
    run([&id](ResumableUploads* uploads) -> Task<> {
        id = co_await create(uploads, 8);
        auto piece = uploads->begin_piece(id, 0, {});
        co_await piece->awrite("one\n");
        EXPECT_EQ(uploads->get(id).state.offset, 0u);  // nothing was promised
        EXPECT_TRUE(uploads->get(id).writing);
        EXPECT_EQ(code_of([&] { static_cast<void>(uploads->begin_piece(id, 0, {})); }), errc::conflict);
        piece.reset();
        co_await until([&] { return !uploads->get(id).writing; });
        EXPECT_EQ(uploads->get(id).state.offset, 4u);
        EXPECT_EQ(code_of([&] { static_cast<void>(uploads->begin_piece(id, 0, {})); }), errc::conflict);
    });
    run([this, &id](ResumableUploads* uploads) -> Task<> {
        EXPECT_EQ(uploads->get(id).state.offset, 4u);
        const ResumableUpload upload = co_await send(uploads, id, 4, "two\n");
        EXPECT_EQ(blob(upload.state.document_id), "one\ntwo\n");
    });
}

TEST_F(ResumableUploadsTest, OfAPieceWithAChecksumAllCountsOrNothing) {
    run([](ResumableUploads* uploads) -> Task<> {
        const std::string id = co_await create(uploads, 8);
        const PieceChecksum wrong{.digest = std::string(20, 'x')};
        auto piece = uploads->begin_piece(id, 0, wrong);
        co_await piece->awrite("one\n");
        const bool kept = co_await piece->afinish();
        EXPECT_FALSE(kept);
        EXPECT_EQ(uploads->get(id).state.offset, 0u);
        piece = uploads->begin_piece(id, 0, wrong);
        co_await piece->awrite("one\n");
        piece.reset();
        co_await until([&] { return !uploads->get(id).writing; });
        EXPECT_EQ(uploads->get(id).state.offset, 0u);
    });
}

TEST_F(ResumableUploadsTest, ALongPieceIsMadeDurableOnItsWay) {
    params.flush_every = 4;
    run([](ResumableUploads* uploads) -> Task<> {
        const std::string id = co_await create(uploads, 100);
        const auto piece = uploads->begin_piece(id, 0, {});
        co_await piece->awrite("abc");
        EXPECT_EQ(uploads->get(id).state.offset, 0u);
        co_await piece->awrite("def");
        EXPECT_EQ(uploads->get(id).state.offset, 6u);
        co_await piece->afinish();
    });
}

TEST_F(ResumableUploadsTest, WhatWasCompleteWhenTheProcessDiedBecomesADocumentAtTheNextStart) {
    // The state after the last flush and before the catalogue, as a crash leaves it; once more after the catalogue.
    for (int pass = 0; pass < 2; ++pass) {
        const UploadFiles store(folder / "uploads");
        UploadState state{.id = make_id(), .length = 5, .touched = now, .name = "c.txt"};
        store.create(state);
        std::ofstream(store.bytes_path(state.id)) << "whole";
        state.offset = 5;
        store.save(state);
        run([this, &state, pass](ResumableUploads* uploads) -> Task<> {
            EXPECT_TRUE(uploads->get(state.id).is_complete());
            uploads->start();
            co_await until([&] { return !uploads->get(state.id).state.document_id.empty() && !uploads->get(state.id).finishing; });
            EXPECT_EQ(files_in("uploads"), 1u);
            EXPECT_EQ(blob(uploads->get(state.id).state.document_id), "whole");
            EXPECT_EQ(documents.rows.size(), 1u);
            EXPECT_EQ(uploads->get(state.id).state.duplicate, pass == 1);
            co_await uploads->aremove(state.id);
        });
    }
    EXPECT_EQ(files_in("blobs"), 1u);
}

TEST_F(ResumableUploadsTest, WhatIsNeitherFinishedNorTouchedIsRemovedAndTheRestStays) {
    run([this](ResumableUploads* uploads) -> Task<> {
        const std::string stale = co_await create(uploads, 8);
        now += std::chrono::hours(23);
        const std::string fresh = co_await create(uploads, 8);
        uploads->start();
        co_await sleep_for(std::chrono::milliseconds(20));
        EXPECT_EQ(uploads->get(stale).state.id, stale);
        now += std::chrono::hours(1);
        co_await until([&] { return files_in("uploads") == 2; });
        EXPECT_EQ(code_of([&] { static_cast<void>(uploads->get(stale)); }), errc::not_found);
        EXPECT_EQ(uploads->get(fresh).state.id, fresh);
    });
}

TEST_F(ResumableUploadsTest, RemovingEndsAPieceThatIsOnItsWay) {
    run([this](ResumableUploads* uploads) -> Task<> {
        const std::string id = co_await create(uploads, 8);
        auto piece = uploads->begin_piece(id, 0, {});
        co_await piece->awrite("one\n");
        co_await uploads->aremove(id);
        std::optional<errc> code;
        try {
            co_await piece->awrite("two\n");
        } catch (const Error& error) {
            code = error.code();
        }
        EXPECT_EQ(code, errc::not_found);
        piece.reset();
        co_await until([&] { return files_in("uploads") == 0; });
        EXPECT_TRUE(documents.rows.empty());
    });
}

TEST_F(ResumableUploadsTest, LimitsAreNamed) {
    params.max_bytes = 100;
    params.max_unfinished = 2;
    params.max_unfinished_bytes = 150;
    run([](ResumableUploads* uploads) -> Task<> {
        const auto refused = [&](std::uint64_t length) -> Task<std::string> {
            try {
                co_await create(uploads, length);
            } catch (const Error& error) {
                co_return std::string(to_string(error.code())) + " " + error.what();
            }
            co_return "";
        };
        std::string why = co_await refused(0);
        EXPECT_TRUE(why.starts_with("empty_document")) << why;
        why = co_await refused(101);
        EXPECT_NE(why.find("too_large A file may have 100 bytes"), std::string::npos) << why;
        co_await create(uploads, 100);
        why = co_await refused(51);
        EXPECT_NE(why.find("overloaded"), std::string::npos) << why;
        EXPECT_NE(why.find("150"), std::string::npos) << why;
        co_await create(uploads, 50);
        why = co_await refused(1);
        EXPECT_NE(why.find("server.max_unfinished_uploads"), std::string::npos) << why;
    });
}

TEST_F(ResumableUploadsTest, AFailureOfTheCatalogueIsToldAndTriedAgain) {
    run([this](ResumableUploads* uploads) -> Task<> {
        const std::string id = co_await create(uploads, 4);
        fs::rename(folder / "blobs", folder / "elsewhere");
        const ResumableUpload failed = co_await send(uploads, id, 0, "text");
        EXPECT_TRUE(failed.is_complete());
        EXPECT_TRUE(failed.state.document_id.empty());
        EXPECT_TRUE(failed.error.has_value());
        fs::rename(folder / "elsewhere", folder / "blobs");
        uploads->start();
        co_await until([&] { return !uploads->get(id).state.document_id.empty(); });
        EXPECT_FALSE(uploads->get(id).error.has_value());
        EXPECT_EQ(blob(uploads->get(id).state.document_id), "text");
    });
}

TEST_F(ResumableUploadsTest, CancelledAnywhereNoByteThatWasPromisedIsLost) {
    // Every run is one client that is cut off somewhere; at the end the offset and the bytes agree.
    std::string id;
    run([this, &id](ResumableUploads* uploads) -> Task<> {
        id = co_await create(uploads, 1000);
        for (int cut = 0; cut < 12; ++cut) {
            const std::uint64_t begin = uploads->get(id).state.offset;
            const Executor executor = co_await boost::asio::this_coro::executor;
            Scope scope(executor);
            std::string bytes(10, static_cast<char>('a' + cut));
            scope.spawn([](ResumableUploads* all, std::string which, std::uint64_t offset, std::string text) -> Task<> {
                const auto piece = all->begin_piece(which, offset, {});
                std::string half = text.substr(0, 5), rest = text.substr(5);
                co_await piece->awrite(std::move(half));
                co_await piece->awrite(std::move(rest));
                co_await piece->afinish();
            }(uploads, id, begin, bytes));
            for (int turn = 0; turn < cut; ++turn) co_await yield_now();
            co_await scope.close(std::chrono::seconds(0));
            co_await until([&] { return !uploads->get(id).writing; });
            const std::uint64_t end = uploads->get(id).state.offset;
            EXPECT_TRUE(end == begin || end == begin + 5 || end == begin + 10) << begin << ' ' << end;
            EXPECT_EQ(fs::file_size(folder / "uploads" / (id + ".bytes")), end);
        }
    });
}

}  // namespace
}  // namespace docmind
