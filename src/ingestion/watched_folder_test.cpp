#include "ingestion/watched_folder.hpp"

#include <gtest/gtest.h>
#include <boost/asio/this_coro.hpp>

#include <string>

#include "async/test_support.hpp"
#include "ingestion/watch_test_support.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Texts = std::multiset<std::string>;

struct WatchedFolderTest : ::testing::Test {
    test::WatchedTestFolder folder;
    Pool files{{.name = "files"}};
    test::FakeTarget target;
    WatchedFolder::Params params{.watch = test::quick_watch(), .files_at_once = 4, .retry = 200ms};

    /// One life of the program.
    template <class Body>
    void run(Body body, std::chrono::seconds limit = 60s) {
        test::run_task(
            [](WatchedFolderTest* self, Body* inner) -> Task<> {
                const Executor executor = co_await boost::asio::this_coro::executor;
                WatchedFolder watched(self->params, self->folder.root(), self->target, self->files, executor);
                watched.start();
                co_await (*inner)(&watched);
                co_await watched.astop();
            }(this, &body),
            limit);
    }
    /// Lives until all is as it should be.
    void run_until(std::function<bool()> condition) {
        run([&](WatchedFolder*) -> Task<> {
            const bool came_true = co_await test::becomes_true(condition);
            EXPECT_TRUE(came_true);
        });
    }
    Task<> expect_texts(Texts texts) {
        co_await test::becomes_true([&] { return target.texts() == texts; });
        EXPECT_EQ(target.texts(), texts);
    }
    [[nodiscard]] bool remembers(const std::string& name) const { return target.remembered.contains(folder.path(name)); }
};

TEST_F(WatchedFolderTest, FollowsWhatAPersonDoes) {
    folder.write_old("a.txt", "one");
    run([&](WatchedFolder* watched) -> Task<> {
        co_await expect_texts({"one"});
        fs::create_directories(folder.root() / "new/deep");
        folder.write("new/deep/b.txt", "two");
        co_await expect_texts({"one", "two"});
        folder.write("a.txt", "one, better");
        co_await expect_texts({"one, better", "two"});
        EXPECT_EQ(target.replaced.size(), 1u) << "the old version was handed to aput";
        fs::remove_all(folder.root() / "new");
        co_await expect_texts({"one, better"});
        EXPECT_FALSE(remembers("new/deep/b.txt"));
        co_await test::becomes_true([&] { return watched->status().waiting == 0; });
        EXPECT_EQ(watched->status().put, 3u);
        EXPECT_EQ(watched->status().removed, 1u);
        EXPECT_EQ(watched->status().folder.files, 1u);
    });
}

TEST_F(WatchedFolderTest, AStartReadsOnlyWhatIsDifferent) {
    for (const char* name : {"same.txt", "changed.txt", "gone.txt"}) folder.write_old(name, name);
    run_until([&] { return target.remembered.size() == 3; });
    EXPECT_EQ(target.puts, 3);
    folder.write_old("changed.txt", "changed meanwhile");
    fs::remove(folder.root() / "gone.txt");
    folder.write_old("new.txt", "new");
    run_until(
        [&] { return target.texts() == Texts{"same.txt", "changed meanwhile", "new"} && remembers("new.txt") && !remembers("gone.txt"); });
    EXPECT_EQ(target.puts, 5);
    run([&](WatchedFolder*) -> Task<> { co_await sleep_for(500ms); });
    EXPECT_EQ(target.puts, 5);
    EXPECT_EQ(target.removes, 1);
}

TEST_F(WatchedFolderTest, AMovedFileKeepsItsDocumentAndIsNotReadAgain) {
    folder.write_old("a.txt", "text");
    if (look_at(folder.path("a.txt")).mark.born_ns == 0) GTEST_SKIP() << "this file system does not keep when a file was made";
    run([&](WatchedFolder* watched) -> Task<> {
        co_await test::becomes_true([&] { return remembers("a.txt"); });
        const std::string id = target.id_of(folder.path("a.txt"));
        fs::create_directory(folder.root() / "sub");
        fs::rename(folder.root() / "a.txt", folder.root() / "sub/b.txt");
        co_await test::becomes_true([&] { return watched->status().moved == 1; });
        EXPECT_EQ(target.id_of(folder.path("sub/b.txt")), id);
        EXPECT_FALSE(remembers("a.txt"));
        EXPECT_EQ(target.documents.at(id).name, "b.txt");
        fs::rename(folder.root() / "sub", folder.root() / "other");
        co_await test::becomes_true([&] { return remembers("other/b.txt") && !remembers("sub/b.txt"); });
        EXPECT_EQ(target.id_of(folder.path("other/b.txt")), id);
    });
    EXPECT_EQ(target.puts, 1);
    EXPECT_EQ(target.removes, 0);
}

TEST_F(WatchedFolderTest, AFileMovedOverAnotherTakesItsPlace) {
    folder.write_old("a.txt", "first");
    folder.write_old("b.txt", "second");
    run([&](WatchedFolder*) -> Task<> {
        co_await test::becomes_true([&] { return target.remembered.size() == 2; });
        const std::string id = target.id_of(folder.path("a.txt"));
        fs::rename(folder.root() / "a.txt", folder.root() / "b.txt");
        co_await expect_texts({"first"});
        EXPECT_EQ(target.id_of(folder.path("b.txt")), id);
        co_await test::becomes_true([&] { return !remembers("a.txt"); });
    });
    EXPECT_EQ(target.remembered.size(), 1u);
}

TEST_F(WatchedFolderTest, AFileMovedWhileTheProgramWasOffKeepsItsDocument) {
    folder.write_old("a.txt", "text");
    run_until([&] { return remembers("a.txt"); });
    const std::string id = target.id_of(folder.path("a.txt"));
    fs::rename(folder.root() / "a.txt", folder.root() / "b.txt");
    run_until([&] { return remembers("b.txt") && !remembers("a.txt"); });
    EXPECT_EQ(target.id_of(folder.path("b.txt")), id);
    EXPECT_EQ(target.documents.at(id).name, "b.txt");
    EXPECT_EQ(target.removes, 0);
}

TEST_F(WatchedFolderTest, TheSameBytesAtTwoPathsAreOneDocumentUntilTheLastGoes) {
    folder.write_old("a.txt", "text");
    folder.write_old("b.txt", "text");
    run([&](WatchedFolder*) -> Task<> {
        co_await test::becomes_true([&] { return target.remembered.size() == 2; });
        EXPECT_EQ(target.documents.size(), 1u);
        fs::remove(folder.root() / "a.txt");
        co_await test::becomes_true([&] { return !remembers("a.txt"); });
        EXPECT_EQ(target.texts(), Texts{"text"});
        EXPECT_EQ(target.documents.begin()->second.name, "b.txt");
        folder.write("c.txt", "text");
        co_await test::becomes_true([&] { return remembers("c.txt"); });
        folder.write("b.txt", "b has changed");
        co_await expect_texts({"text", "b has changed"});
        EXPECT_TRUE(target.replaced.empty()) << "c.txt still needs the old document";
        fs::remove(folder.root() / "c.txt");
        co_await expect_texts({"b has changed"});
    });
}

TEST_F(WatchedFolderTest, AFailedFileIsTriedAgainOnlyWhenItChanges) {
    folder.write_old("bad.txt", "broken");
    folder.write_old("good.txt", "fine");
    run([&](WatchedFolder* watched) -> Task<> {
        co_await test::becomes_true([&] { return target.remembered.size() == 2; });
        EXPECT_EQ(target.id_of(folder.path("bad.txt")), "");
        co_await sleep_for(600ms);
        EXPECT_EQ(target.puts, 2);
        EXPECT_EQ(watched->status().failed, 1u);
    });
    run([&](WatchedFolder*) -> Task<> {
        co_await sleep_for(500ms);
        EXPECT_EQ(target.puts, 2) << "not after a start either";
        folder.write("bad.txt", "mended");
        co_await expect_texts({"fine", "mended"});
        folder.write("good.txt", "broken now");
        co_await test::becomes_true([&] { return target.puts == 4; });
        co_await sleep_for(100ms);
        EXPECT_EQ(target.texts(), (Texts{"fine", "mended"})) << "the last version that could be read stays";
        fs::remove(folder.root() / "good.txt");
        co_await expect_texts({"mended"});
    });
}

TEST_F(WatchedFolderTest, AFailureOfTheLibraryIsTriedAgain) {
    target.full = true;
    folder.write_old("a.txt", "text");
    run([&](WatchedFolder* watched) -> Task<> {
        co_await test::becomes_true([&] { return watched->status().failed >= 2; });
        EXPECT_TRUE(target.remembered.empty());
        target.full = false;
        co_await expect_texts({"text"});
    });
}

TEST_F(WatchedFolderTest, ThousandsOfFilesAtOnceAFewAtATime) {
    run([&](WatchedFolder*) -> Task<> {
        for (int i = 0; i < 2000; ++i) folder.write(std::to_string(i) + ".txt", "text " + std::to_string(i));
        const bool all = co_await test::becomes_true([&] { return target.remembered.size() == 2000; });
        EXPECT_TRUE(all);
        EXPECT_EQ(target.documents.size(), 2000u);
        EXPECT_EQ(target.most_at_once, 4);
        for (int i = 0; i < 2000; i += 2) fs::remove(folder.root() / (std::to_string(i) + ".txt"));
        const bool half = co_await test::becomes_true([&] { return target.remembered.size() == 1000; });
        EXPECT_TRUE(half);
        EXPECT_EQ(target.documents.size(), 1000u);
    });
}

TEST_F(WatchedFolderTest, AVanishedFolderTakesNoDocumentWithIt) {
    for (const char* name : {"a.txt", "b.txt"}) folder.write_old(name, name);
    run_until([&] { return target.remembered.size() == 2; });
    const auto expect_kept = [&](WatchedFolder* watched) -> Task<> {
        co_await test::becomes_true([&] { return watched->status().folder.state == FolderStatus::State::away; });
        co_await sleep_for(300ms);
        EXPECT_EQ(watched->status().folder.state, FolderStatus::State::away);
        EXPECT_EQ(target.texts(), (Texts{"a.txt", "b.txt"}));
    };
    fs::rename(folder.root(), folder.outside() / "parked");
    run(expect_kept);
    fs::create_directory(folder.root());
    run(expect_kept);
    fs::remove(folder.root());
    run([&](WatchedFolder* watched) -> Task<> {
        co_await test::becomes_true([&] { return watched->status().folder.state == FolderStatus::State::away; });
        fs::remove(folder.outside() / "parked/a.txt");
        fs::rename(folder.outside() / "parked", folder.root());
        co_await expect_texts({"b.txt"});
    });
    EXPECT_EQ(target.puts, 2);
}

TEST_F(WatchedFolderTest, AFileRemovedWhileItIsPutLeavesNothing) {
    target.put_time = 400ms;
    run([&](WatchedFolder*) -> Task<> {
        folder.write("a.txt", "text");
        co_await test::becomes_true([&] { return target.running == 1; });
        fs::remove(folder.root() / "a.txt");
        co_await test::becomes_true([&] { return target.removes == 1; });
        co_await expect_texts({});
        co_await test::becomes_true([&] { return target.remembered.empty(); });
    });
    EXPECT_TRUE(target.remembered.empty());
}

TEST_F(WatchedFolderTest, ADocumentThatDisappearsWhileAPutReturnsItIsMadeAgain) {
    folder.write_old("a.txt", "text");
    target.remove_time = 700ms;
    run([&](WatchedFolder*) -> Task<> {
        co_await test::becomes_true([&] { return remembers("a.txt"); });
        fs::remove(folder.root() / "a.txt");
        co_await test::becomes_true([&] { return target.removes == 1; });
        folder.write("b.txt", "text");  // the same bytes, while the removal runs
        co_await test::becomes_true([&] { return remembers("b.txt"); });
        EXPECT_EQ(target.texts(), Texts{"text"});
        EXPECT_TRUE(target.documents.contains(target.id_of(folder.path("b.txt"))));
        EXPECT_EQ(target.puts, 3);
    });
}

TEST_F(WatchedFolderTest, TwoFilesThatChangePlacesBothHaveTheirDocument) {
    folder.write_old("a.txt", "first text");
    folder.write_old("b.txt", "the other text");
    target.put_time = 50ms;
    run([&](WatchedFolder*) -> Task<> {
        co_await test::becomes_true([&] { return target.remembered.size() == 2; });
        fs::rename(folder.root() / "a.txt", folder.root() / "c.tmp");
        fs::rename(folder.root() / "b.txt", folder.root() / "a.txt");
        fs::rename(folder.root() / "c.tmp", folder.root() / "b.txt");
        const int before = target.puts;
        co_await test::becomes_true([&] { return target.puts >= before + 2 && target.running == 0; });
        co_await sleep_for(500ms);
        EXPECT_EQ(target.texts(), (Texts{"first text", "the other text"}));
        EXPECT_EQ(target.documents.at(target.id_of(folder.path("a.txt"))).text, "the other text");
        EXPECT_EQ(target.documents.at(target.id_of(folder.path("b.txt"))).text, "first text");
    });
}

TEST_F(WatchedFolderTest, StoppingEndsWhatRunsAndTheNextStartTakesItUp) {
    for (int i = 0; i < 10; ++i) folder.write_old(std::to_string(i), "text " + std::to_string(i));
    target.put_time = 10s;
    const auto begun = std::chrono::steady_clock::now();
    run_until([&] { return target.running == 4; });
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
    EXPECT_TRUE(target.remembered.empty());
    target.put_time = 1ms;
    run_until([&] { return target.remembered.size() == 10; });
}

TEST_F(WatchedFolderTest, MayBeDestroyedWithItsLoopAtAnyMoment) {
    for (int i = 0; i < 5; ++i) folder.write_old(std::to_string(i), "text " + std::to_string(i));
    const auto life = [](WatchedFolderTest* self) -> Task<> {
        const Executor executor = co_await boost::asio::this_coro::executor;
        const auto watched = std::make_unique<WatchedFolder>(self->params, self->folder.root(), self->target, self->files, executor);
        watched->start();
        co_await test::becomes_true([&] { return self->target.remembered.size() == 5; });
        co_await watched->astop();
    };
    EXPECT_GE(test::destroy_at_every_await([&] { return life(this); }, [&] { target.remembered.clear(); }), 5u);
}

TEST_F(WatchedFolderTest, RefusesAFolderWithoutItsWholePath) {
    test::run_task([](WatchedFolderTest* self) -> Task<> {
        const Executor executor = co_await boost::asio::this_coro::executor;
        EXPECT_THROW(WatchedFolder(self->params, "documents", self->target, self->files, executor), Error);
    }(this));
}

}  // namespace
}  // namespace docmind
