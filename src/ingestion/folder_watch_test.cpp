#include "ingestion/folder_watch.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <thread>

#include "async/deadline.hpp"
#include "async/test_gate.hpp"
#include "ingestion/watch_test_support.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Kind = FolderChange::Kind;

struct FolderWatchTest : ::testing::Test {
    test::WatchedTestFolder folder;
    Pool files{{.name = "files"}};
    FolderWatch::Params params = test::quick_watch();
    std::vector<KnownFile> known;

    FolderWatch watch() { return FolderWatch(params, folder.root(), known, files); }

    void remember(const std::string& name) {
        const FileMark mark = look_at(folder.path(name)).mark;
        known.push_back({.path = folder.path(name), .size = mark.size, .mtime_ns = mark.mtime_ns});
    }

    template <class Body>
    void run(Body body, std::chrono::seconds limit = 60s) {
        test::run_task(
            [](FolderWatchTest* self, Body* inner) -> Task<> {
                FolderWatch watch = self->watch();
                co_await (*inner)(&watch);
            }(this, &body),
            limit);
    }
};

/// Everything until nothing happens for `quiet`, as "+name", "-name" and "old>name", sorted.
Task<std::vector<std::string>> changes(FolderWatch* watch, fs::path root, std::chrono::milliseconds quiet = 600ms) {
    std::vector<std::string> all;
    const auto name = [&](const std::string& path) { return path.substr(root.string().size() + 1); };
    for (;;) {
        std::optional<FolderChange> change;
        try {
            change = co_await with_deadline(watch->next(), quiet);
        } catch (const Error& error) {
            if (error.code() != errc::timeout) throw;
        }
        if (!change) break;
        if (change->kind == Kind::changed) all.push_back("+" + name(change->path));
        if (change->kind == Kind::removed) all.push_back("-" + name(change->path));
        if (change->kind == Kind::moved) all.push_back(name(change->from) + ">" + name(change->path));
    }
    std::ranges::sort(all);
    co_return all;
}

using Names = std::vector<std::string>;

TEST_F(FolderWatchTest, ComparesWithWhatIsKnownThenFollows) {
    folder.write_old("same.txt", "same");
    folder.write_old("changed.txt", "before");
    folder.write_old("gone.txt", "gone");
    fs::create_directories(folder.root() / "deep/er");
    for (const char* name : {"same.txt", "changed.txt", "gone.txt"}) remember(name);
    folder.write_old("changed.txt", "after it");
    folder.write_old("deep/er/new.txt", "new");
    fs::remove(folder.root() / "gone.txt");
    run([&](FolderWatch* watch) -> Task<> {
        const Names first = co_await changes(watch, folder.root());
        EXPECT_EQ(first, (Names{"+changed.txt", "+deep/er/new.txt", "-gone.txt"}));
        EXPECT_EQ(watch->status().state, FolderStatus::State::following);
        EXPECT_EQ(watch->status().files, 3u);
        EXPECT_EQ(watch->status().folders, 3u);
        folder.write("deep/er/new.txt", "newer");
        folder.write("another.txt", "text");
        fs::remove(folder.root() / "same.txt");
        const Names second = co_await changes(watch, folder.root());
        EXPECT_EQ(second, (Names{"+another.txt", "+deep/er/new.txt", "-same.txt"}));
    });
}

TEST_F(FolderWatchTest, DoesNothingWhileNothingHappens) {
    folder.write_old("a.txt", "text");
    FolderWatch watch = this->watch();
    test::Run<FolderChange> first(watch.next());
    first.finish(5s);
    test::Run<FolderChange> run(watch.next());
    test::run_for(run, 300ms);
    const auto turns = watch.turns();
    EXPECT_EQ(run.io().run_for(1500ms), 0u) << "handlers that ran";
    EXPECT_EQ(watch.turns(), turns);
    EXPECT_FALSE(run.ended());
    folder.write("a.txt", "text two");
    run.finish(5s);
    EXPECT_EQ(run.take().path, folder.path("a.txt"));
}

TEST_F(FolderWatchTest, WaitsForAFileThatIsWrittenSlowly) {
    params.settle = 500ms;
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        std::jthread writer([&] {
            std::ofstream file(folder.root() / "slow.txt");
            for (int i = 0; i < 30; ++i) {
                file << "a line that comes late\n" << std::flush;
                std::this_thread::sleep_for(100ms);
            }
        });
        const FolderChange change = co_await with_deadline(watch->next(), 20s);
        EXPECT_EQ(change.path, folder.path("slow.txt"));
        EXPECT_EQ(change.mark.size, 30u * 23u) << "reported when it was complete";
        const Names more = co_await changes(watch, folder.root());
        EXPECT_TRUE(more.empty());
        EXPECT_LT(watch->turns(), 100u) << "one look for several writes";
    });
}

TEST_F(FolderWatchTest, AFileThatStaysOpenCountsOnceItHasSettled) {
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        std::ofstream log(folder.root() / "open.log");
        log << "line\n" << std::flush;
        const Names first = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(first, Names{"+open.log"});
        log << "line\n" << std::flush;
        const Names second = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(second, Names{"+open.log"});
    });
}

TEST_F(FolderWatchTest, ManyVersionsOfAFileAreReportedNoFasterThanAsked) {
    params.repeat = 1000ms;
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        std::jthread writer([&] {
            for (int i = 0; i < 40; ++i) {
                std::ofstream(folder.root() / "log.txt", std::ios::app) << "line\n";
                std::this_thread::sleep_for(50ms);
            }
        });
        const Names all = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_GE(all.size(), 2u);
        EXPECT_LE(all.size(), 5u);
        EXPECT_EQ(watch->status().files, 1u);
    });
}

TEST_F(FolderWatchTest, RenamesAreMovesWhateverIsRenamed) {
    folder.write_old("a.txt", "a");
    fs::create_directories(folder.root() / "old/inner");
    folder.write_old("old/inner/b.txt", "b");
    folder.write_old("old/c.txt", "c");
    if (look_at(folder.path("a.txt")).mark.born_ns == 0) GTEST_SKIP() << "this file system does not keep when a file was made";
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        fs::rename(folder.root() / "a.txt", folder.root() / "old/z.txt");
        fs::rename(folder.root() / "old", folder.root() / "new");
        const Names moved = co_await changes(watch, folder.root());
        EXPECT_EQ(moved, (Names{"a.txt>new/z.txt", "old/c.txt>new/c.txt", "old/inner/b.txt>new/inner/b.txt"}));
        folder.write("new/inner/b.txt", "the folder is still watched");
        const Names after = co_await changes(watch, folder.root());
        EXPECT_EQ(after, Names{"+new/inner/b.txt"});
        EXPECT_EQ(watch->status().folders, 3u);
    });
}

TEST_F(FolderWatchTest, AFileMovedOverAnotherIsTheFirst) {
    folder.write_old("a.txt", "a");
    folder.write_old("b.txt", "bb");
    if (look_at(folder.path("a.txt")).mark.born_ns == 0) GTEST_SKIP() << "this file system does not keep when a file was made";
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        fs::rename(folder.root() / "a.txt", folder.root() / "b.txt");
        const Names moved = co_await changes(watch, folder.root());
        EXPECT_EQ(moved, Names{"a.txt>b.txt"});
        EXPECT_EQ(watch->status().files, 1u);
    });
}

TEST_F(FolderWatchTest, MovedInAndMovedOut) {
    fs::create_directories(folder.outside() / "elsewhere/deep");
    std::ofstream(folder.outside() / "elsewhere/deep/in.txt") << "in";
    folder.write_old("out.txt", "out");
    fs::create_directory(folder.root() / "leaving");
    folder.write_old("leaving/x.txt", "x");
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        fs::rename(folder.outside() / "elsewhere", folder.root() / "arrived");
        fs::rename(folder.root() / "out.txt", folder.outside() / "out.txt");
        fs::rename(folder.root() / "leaving", folder.outside() / "left");
        const Names moved = co_await changes(watch, folder.root());
        EXPECT_EQ(moved, (Names{"+arrived/deep/in.txt", "-leaving/x.txt", "-out.txt"}));
        std::ofstream(folder.outside() / "left/x.txt") << "nobody is told of this";
        folder.write("arrived/deep/in.txt", "but of this");
        const Names after = co_await changes(watch, folder.root());
        EXPECT_EQ(after, Names{"+arrived/deep/in.txt"});
    });
}

TEST_F(FolderWatchTest, AFileInAFolderMadeTheMomentBeforeIsNotMissed) {
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        std::jthread maker([&] {
            for (int i = 0; i < 40; ++i) {
                const fs::path deep = folder.root() / std::to_string(i) / "a/b/c/d";
                fs::create_directories(deep);
                std::ofstream(deep / "file.txt") << "text " << i;
                if (i % 5 == 0) std::this_thread::sleep_for(13ms);
            }
        });
        const Names all = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 40u);
        EXPECT_EQ(all.size(), 40u) << "none twice";
    });
}

TEST_F(FolderWatchTest, SavingThroughATemporaryFileOrABackupIsOneChange) {
    folder.write_old("a.txt", "before");
    folder.write_old("b.txt", "before");
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        folder.write(".a.txt.swp", "x");
        folder.write("a.txt.tmp", "after it");
        fs::rename(folder.root() / "a.txt.tmp", folder.root() / "a.txt");
        fs::rename(folder.root() / "b.txt", folder.root() / "b.txt~");
        co_await sleep_for(100ms);
        folder.write("b.txt", "after it");
        fs::remove(folder.root() / "b.txt~");
        const Names all = co_await changes(watch, folder.root());
        EXPECT_EQ(all, (Names{"+a.txt", "+b.txt"}));
    });
}

TEST_F(FolderWatchTest, LeavesOutWhatIsNoFileOfAPersonAndWhatIsNotWanted) {
    params.wanted = [](std::string_view name) { return !name.ends_with(".iso"); };
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        fs::create_directory(folder.root() / ".git");
        folder.write(".git/config", "x");
        folder.write("disk.iso", "x");
        folder.write("~$letter.docx", "x");
        folder.write("film.mkv.part", "x");
        folder.write("empty.txt", "");
        std::ofstream(folder.outside() / "secret.txt") << "x";
        fs::create_symlink(folder.outside() / "secret.txt", folder.root() / "link.txt");
        fs::create_directory(folder.outside() / "secrets");
        std::ofstream(folder.outside() / "secrets/x.txt") << "x";
        fs::create_directory_symlink(folder.outside() / "secrets", folder.root() / "links");
        EXPECT_EQ(::mkfifo(folder.path("fifo.txt").c_str(), 0600), 0);
        const Names all = co_await changes(watch, folder.root());
        EXPECT_TRUE(all.empty()) << all.front();
    });
}

TEST_F(FolderWatchTest, ThousandsOfFilesAtOnce) {
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        for (int i = 0; i < 2000; ++i) {
            if (i % 100 == 0) fs::create_directory(folder.root() / std::to_string(i / 100));
            folder.write(std::to_string(i / 100) + "/" + std::to_string(i) + ".txt", "text");
        }
        const Names all = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(all.size(), 2000u);
        fs::remove_all(folder.root() / "7");
        const Names removed = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(removed.size(), 100u);
    });
}

TEST_F(FolderWatchTest, ComparesAfterTheSystemsQueueHasOverflowed) {
    int limit = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> limit;
    if (limit > 20'000) GTEST_SKIP() << "this system's queue is too long to be filled quickly";
    for (const char* name : {"gone.txt", "x", "y"}) folder.write_old(name, "text");
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        fs::remove(folder.root() / "gone.txt");
        // By turns: an event that is the same as the last one is not kept.
        for (int i = 0; i < limit; ++i) fs::permissions(folder.root() / (i % 2 == 0 ? "x" : "y"), fs::perms::owner_all);
        fs::create_directory(folder.root() / "late");
        folder.write("late/new.txt", "after the overflow");
        const Names all = co_await changes(watch, folder.root(), 2000ms);
        EXPECT_EQ(all, (Names{"+late/new.txt", "-gone.txt"}));
        folder.write("late/new.txt", "once more");
        const Names after = co_await changes(watch, folder.root());
        EXPECT_EQ(after, Names{"+late/new.txt"});
    });
}

TEST_F(FolderWatchTest, LooksFromTimeToTimeWhereTheSystemWatchesNoMore) {
    params.max_folders = 2;
    fs::create_directories(folder.root() / "a/b/c");
    folder.write_old("a/b/c/x.txt", "text");
    run([&](FolderWatch* watch) -> Task<> {
        const Names first = co_await changes(watch, folder.root());
        EXPECT_EQ(first, Names{"+a/b/c/x.txt"});
        EXPECT_EQ(watch->status().state, FolderStatus::State::rescanning);
        EXPECT_NE(watch->status().message.find("watch.max_folders"), std::string::npos) << watch->status().message;
        folder.write("a/b/c/y.txt", "text");
        fs::rename(folder.root() / "a/b/c/x.txt", folder.root() / "z.txt");
        const Names second = co_await changes(watch, folder.root(), 1500ms);
        EXPECT_EQ(second, (Names{"+a/b/c/y.txt", "a/b/c/x.txt>z.txt"}));
    });
    EXPECT_NE(Inotify::explain_limit().find("/proc/sys/fs/inotify/max_user_watches"), std::string::npos);
}

TEST_F(FolderWatchTest, LeavesOutFilesBeyondTheLimitAndForgetsNone) {
    params.max_files = 10;
    for (int i = 0; i < 10; ++i) {
        folder.write_old(std::to_string(i), "text");
        remember(std::to_string(i));
    }
    for (int i = 10; i < 30; ++i) folder.write_old(std::to_string(i), "text");
    run([&](FolderWatch* watch) -> Task<> {
        const Names first = co_await changes(watch, folder.root());
        EXPECT_TRUE(first.empty()) << first.front();
        folder.write("5", "newer");
        fs::remove(folder.root() / "6");
        const Names second = co_await changes(watch, folder.root());
        EXPECT_EQ(second, (Names{"+5", "-6"}));
        EXPECT_EQ(watch->status().files, 9u);
    });
}

TEST_F(FolderWatchTest, ComparesAgainWhenTooMuchIsPending) {
    params.max_pending = 20;
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        for (int i = 0; i < 200; ++i) folder.write(std::to_string(i), "text");
        const Names all = co_await changes(watch, folder.root(), 1000ms);
        EXPECT_EQ(all.size(), 200u);
        EXPECT_LT(watch->turns(), 100u);
    });
}

TEST_F(FolderWatchTest, KeepsEverythingWhileTheFolderIsAway) {
    for (const char* name : {"a.txt", "b.txt", "c.txt"}) {
        folder.write_old(name, name);
        remember(name);
    }
    fs::rename(folder.root(), folder.outside() / "parked");
    run([&](FolderWatch* watch) -> Task<> {
        const Names missing = co_await changes(watch, folder.root());
        EXPECT_TRUE(missing.empty());
        EXPECT_EQ(watch->status().state, FolderStatus::State::away);
        EXPECT_NE(watch->status().message.find("3 files"), std::string::npos) << watch->status().message;
        fs::create_directory(folder.root());
        const Names empty = co_await changes(watch, folder.root());
        EXPECT_TRUE(empty.empty());
        EXPECT_EQ(watch->status().state, FolderStatus::State::away);
        fs::remove(folder.root());
        fs::remove(folder.outside() / "parked/b.txt");
        fs::rename(folder.outside() / "parked", folder.root());
        const Names back = co_await changes(watch, folder.root());
        EXPECT_EQ(back, Names{"-b.txt"});
        EXPECT_EQ(watch->status().state, FolderStatus::State::following);
        // And while it is followed.
        fs::rename(folder.root(), folder.outside() / "parked");
        const Names moved_away = co_await changes(watch, folder.root());
        EXPECT_TRUE(moved_away.empty());
        EXPECT_EQ(watch->status().state, FolderStatus::State::away);
        fs::rename(folder.outside() / "parked", folder.root());
        folder.write("a.txt", "newer");
        const Names again = co_await changes(watch, folder.root());
        EXPECT_EQ(again, Names{"+a.txt"});
    });
}

TEST_F(FolderWatchTest, EmptyingTheFolderWhileItIsFollowedRemovesItsFiles) {
    folder.write_old("a.txt", "a");
    folder.write_old("b.txt", "b");
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 300ms);
        fs::remove(folder.root() / "a.txt");
        fs::remove(folder.root() / "b.txt");
        const Names all = co_await changes(watch, folder.root());
        EXPECT_EQ(all, (Names{"-a.txt", "-b.txt"}));
    });
}

TEST_F(FolderWatchTest, AFolderThatCannotBeReadIsNotAnEmptyOne) {
    fs::permissions(folder.outside(), fs::perms::all);
    fs::create_directory(folder.root() / "private");
    folder.write_old("private/a.txt", "text");
    folder.write_old("b.txt", "text");
    remember("private/a.txt");
    const auto set = [&](fs::perms perms) { fs::permissions(folder.root() / "private", perms); };
    set(fs::perms::none);
    const bool is_root = ::geteuid() == 0;
    if (is_root) ASSERT_EQ(::seteuid(65534), 0);
    run([&](FolderWatch* watch) -> Task<> {
        const Names first = co_await changes(watch, folder.root());
        EXPECT_EQ(first, Names{"+b.txt"});
        if (is_root) EXPECT_EQ(::seteuid(0), 0);
        set(fs::perms::all);
        const Names second = co_await changes(watch, folder.root());
        EXPECT_TRUE(second.empty());
        fs::remove(folder.root() / "private/a.txt");
        const Names third = co_await changes(watch, folder.root());
        EXPECT_EQ(third, Names{"-private/a.txt"});
    });
}

TEST_F(FolderWatchTest, AnUnmountedDiskKeepsItsFiles) {
    // Mounts of this test's own, which nobody else sees.
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
        GTEST_SKIP() << "no right to mount";
    }
    const std::string disk = folder.root().string();
    const std::string inner = folder.path("inner");
    ASSERT_EQ(::mount("tmpfs", disk.c_str(), "tmpfs", 0, nullptr), 0);
    fs::create_directory(inner);
    ASSERT_EQ(::mount("tmpfs", inner.c_str(), "tmpfs", 0, nullptr), 0);
    for (const char* name : {"a.txt", "b.txt", "inner/c.txt", "inner/d.txt"}) folder.write_old(name, name);
    Pool own_files{{.name = "files"}};  // its threads see the mounts
    test::run_task(
        [](FolderWatchTest* self, Pool* pool, std::string outer, std::string within) -> Task<> {
            FolderWatch watch(self->params, self->folder.root(), {}, *pool);
            Names all = co_await changes(&watch, self->folder.root());
            EXPECT_EQ(all.size(), 4u);
            EXPECT_EQ(::umount2(within.c_str(), 0), 0);
            all = co_await changes(&watch, self->folder.root());
            EXPECT_TRUE(all.empty()) << all.front();
            self->folder.write("a.txt", "the rest is followed");
            all = co_await changes(&watch, self->folder.root());
            EXPECT_EQ(all, Names{"+a.txt"});
            EXPECT_EQ(::umount2(outer.c_str(), 0), 0);
            all = co_await changes(&watch, self->folder.root());
            EXPECT_TRUE(all.empty()) << all.front();
            EXPECT_EQ(watch.status().state, FolderStatus::State::away);
        }(this, &own_files, disk, inner),
        30s);
}

TEST_F(FolderWatchTest, NamesMayBeAnyBytes) {
    const std::string name = "caf\xe9 \n\"'.txt";
    run([&](FolderWatch* watch) -> Task<> {
        co_await changes(watch, folder.root(), 100ms);
        folder.write(name, "text");
        const Names all = co_await changes(watch, folder.root());
        EXPECT_EQ(all, Names{"+" + name});
    });
}

TEST_F(FolderWatchTest, MayBeCancelledOrDestroyedAtEveryAwait) {
    for (int i = 0; i < 50; ++i) folder.write_old(std::to_string(i), "text");
    const auto all_of_them = [](FolderWatchTest* self) -> Task<> {
        FolderWatch watch = self->watch();
        for (int i = 0; i < 50; ++i) co_await watch.next();
        self->folder.write("more", "text");
        co_await watch.next();
        fs::remove(self->folder.root() / "more");
    };
    EXPECT_GE(test::cancel_at_every_await([&] { return all_of_them(this); }).cancelled, 3u);
    EXPECT_GE(test::destroy_at_every_await([&] { return all_of_them(this); }), 3u);
}

}  // namespace
}  // namespace docmind
