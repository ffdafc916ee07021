#include "storage/engine/restored_library.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/data_directory.hpp"
#include "storage/test_documents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <map>

namespace docmind {
namespace {

namespace fs = std::filesystem;

using testing::AllOf;
using testing::Contains;
using testing::IsEmpty;
using testing::Pair;

void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

/// Every file below the folder, and what is in it.
std::map<std::string, std::string> files_of(const fs::path& folder) {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file() || entry.path().filename() == "lock") continue;
        std::ifstream in(entry.path());
        files[entry.path().lexically_relative(folder).string()] = {std::istreambuf_iterator<char>(in), {}};
    }
    return files;
}

const std::map<std::string, std::string> former_files{{"docmind.sqlite3", "old"}, {"docmind.sqlite3-wal", "old"},
                                                      {"blobs/a", "old"},         {"search.index", "old"},
                                                      {"settings.toml", "old"},   {"uploads/u.bytes", "old"}};
const std::map<std::string, std::string> restored_files{{"docmind.sqlite3", "new"}, {"blobs/b", "new"}, {"blobs/c", "new"}};

void put_all(const fs::path& folder, const std::map<std::string, std::string>& files) {
    for (const auto& [name, text] : files) put(folder / name, text);
}

std::map<std::string, std::string> below(const std::string& folder, const std::map<std::string, std::string>& files) {
    std::map<std::string, std::string> result;
    for (const auto& [name, text] : files) result[folder + "/" + name] = text;
    return result;
}

TEST(RestoredLibraryTest, takes_the_place_of_the_former_one_which_is_kept_whole) {
    const test::TemporaryDirectory directory;
    put_all(directory.data(), former_files);
    put(directory.data() / "cache.db", "of any library");
    put_all(unfinished_restore(directory.data()), restored_files);
    commit_restore(directory.data(), "former-1");
    auto expected = restored_files;
    expected.merge(below("former-1", former_files));
    expected["cache.db"] = "of any library";
    EXPECT_EQ(files_of(directory.data()), expected);
}

TEST(RestoredLibraryTest, removes_a_former_one_that_nobody_asked_to_keep) {
    const test::TemporaryDirectory directory;
    put_all(directory.data(), former_files);
    put_all(unfinished_restore(directory.data()), restored_files);
    commit_restore(directory.data(), "");
    EXPECT_EQ(files_of(directory.data()), restored_files);
}

TEST(RestoredLibraryTest, that_was_not_committed_is_removed_by_the_next_owner) {
    const test::TemporaryDirectory directory;
    put_all(directory.data(), former_files);
    put_all(unfinished_restore(directory.data()), restored_files);
    EXPECT_FALSE(is_restore_committed(directory.data()));
    const DataDirectory owner(directory.data());
    EXPECT_EQ(files_of(directory.data()), former_files);
}

// In the child only.
int passes_left = 0;

void die_at_a_restore(std::string_view name) {
    if (name.starts_with("storage.restore.") && --passes_left == 0) ::kill(::getpid(), SIGKILL);
}

TEST(RestoredLibraryTest, killed_at_any_step_it_is_the_old_or_the_new_one_whoever_opens_it_and_however_often_that_one_is_killed) {
    int steps = 0;
    bool killed = true;
    for (int first = 1; killed; ++first) {
        const test::TemporaryDirectory directory;
        put_all(directory.data(), former_files);
        put_all(unfinished_restore(directory.data()), restored_files);
        const auto die_in = [&](int pass, const auto& work) {
            const pid_t child = ::fork();
            if (child == 0) {
                passes_left = pass;
                on_crash_point(die_at_a_restore);
                work();
                ::_exit(0);
            }
            int status = 0;
            ::waitpid(child, &status, 0);
            return WIFSIGNALED(status);
        };
        killed = die_in(first, [&] { commit_restore(directory.data(), "former-1"); });
        const bool is_new = is_restore_committed(directory.data()) || !killed;
        // Each of those who open it gets one step further.
        while (die_in(2, [&] { const DataDirectory owner(directory.data()); })) {
        }
        auto expected = restored_files;
        expected.merge(below("former-1", former_files));
        EXPECT_EQ(files_of(directory.data()), is_new ? expected : former_files) << "killed at step " << first;
        EXPECT_EQ(is_new, first > 1) << "the first step is the one that counts";
        steps = first;
    }
    EXPECT_GE(steps, 10);
}

TEST(RestoredLibraryTest, what_is_no_library_is_not_in_the_way) {
    const test::TemporaryDirectory directory;
    EXPECT_FALSE(has_library(directory.data()));
    {
        const DataDirectory owner(directory.data());
    }
    EXPECT_FALSE(has_library(directory.data()));
    fs::create_directory(directory.data() / "blobs");
    EXPECT_FALSE(has_library(directory.data()));
    put(directory.data() / "blobs" / "a", "something");
    EXPECT_TRUE(has_library(directory.data()));
    fs::remove_all(directory.data() / "blobs");
    put(directory.data() / "docmind.sqlite3", "not ours, but somebody's");
    EXPECT_TRUE(has_library(directory.data()));
}

}  // namespace
}  // namespace docmind
