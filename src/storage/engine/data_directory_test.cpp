#include "storage/engine/data_directory.hpp"

#include "storage/test_documents.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>

namespace docmind {
namespace {

std::optional<Error> refusal(const std::filesystem::path& directory) {
    try {
        const DataDirectory second(directory);
    } catch (const Error& error) {
        return error;
    }
    return std::nullopt;
}

TEST(DataDirectoryTest, a_second_owner_is_refused_at_once_and_told_who_the_first_is) {
    const test::TemporaryDirectory directory;
    const DataDirectory owner(directory.data());
    const auto error = refusal(directory.data());
    ASSERT_TRUE(error);
    EXPECT_EQ(error->code(), errc::conflict);
    EXPECT_THAT(error->what(), testing::HasSubstr(fmt::format("process {}", getpid())));
}

TEST(DataDirectoryTest, what_a_killed_owner_was_about_to_start_holds_the_lock_for_a_moment_only) {
    const test::TemporaryDirectory directory;
    {
        const DataDirectory once(directory.data());
    }
    int held[2];
    ASSERT_EQ(pipe2(held, O_CLOEXEC), 0);
    const pid_t owner = fork();
    if (owner == 0) {
        const auto file = directory.data() / "lock";
        const int lock = open(file.c_str(), O_RDWR | O_CLOEXEC);
        const std::string pid = fmt::format("{}\n", getpid());
        const bool taken = flock(lock, LOCK_EX | LOCK_NB) == 0 && write(lock, pid.data(), pid.size()) > 0;
        // The child between fork and exec, its owner killed meanwhile.
        if (taken && fork() == 0) {
            usleep(300'000);
            execlp("true", "true", nullptr);
            _exit(1);
        }
        _exit(write(held[1], taken ? "y" : "n", 1) == 1 ? 0 : 1);
    }
    char taken = 'n';
    ASSERT_EQ(read(held[0], &taken, 1), 1);
    ASSERT_EQ(taken, 'y');
    ASSERT_EQ(waitpid(owner, nullptr, 0), owner);
    close(held[0]);
    close(held[1]);
    EXPECT_FALSE(refusal(directory.data()));
}

}  // namespace
}  // namespace docmind
