#include "backup/backup_file.hpp"

#include "backup/test_archives.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

namespace docmind {
namespace {

errc code_of(const std::function<void()>& work) {
    try {
        work();
    } catch (const Error& error) {
        return error.code();
    }
    return errc::internal;
}

std::size_t files_in(const std::filesystem::path& folder) {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(BackupFileTest, is_there_when_it_is_whole_and_not_before) {
    const test::TemporaryFolder folder;
    BackupFile file(folder.path() / "b.tar", false);
    file.write("some ");
    file.write("bytes");
    EXPECT_EQ(files_in(folder.path()), 0u);
    file.finish();
    EXPECT_EQ(test::read_file(folder.path() / "b.tar"), "some bytes");
    EXPECT_EQ(files_in(folder.path()), 1u);
    const auto rights = std::filesystem::status(folder.path() / "b.tar").permissions();
    EXPECT_EQ(rights, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(BackupFileTest, that_is_not_finished_leaves_nothing) {
    const test::TemporaryFolder folder;
    {
        BackupFile(folder.path() / "b.tar", false).write("some bytes");
    }
    EXPECT_EQ(files_in(folder.path()), 0u);
}

TEST(BackupFileTest, replaces_a_file_only_where_it_is_told_to_and_then_in_one_step) {
    const test::TemporaryFolder folder;
    test::write_file(folder.path() / "b.tar", "old");
    EXPECT_EQ(code_of([&] { BackupFile(folder.path() / "b.tar", false); }), errc::conflict);
    BackupFile file(folder.path() / "b.tar", true);
    file.write("new");
    EXPECT_EQ(test::read_file(folder.path() / "b.tar"), "old");
    file.finish();
    EXPECT_EQ(test::read_file(folder.path() / "b.tar"), "new");
    EXPECT_EQ(files_in(folder.path()), 1u);
}

TEST(BackupFileTest, does_not_replace_a_file_that_got_the_name_meanwhile) {
    const test::TemporaryFolder folder;
    BackupFile file(folder.path() / "b.tar", false);
    test::write_file(folder.path() / "b.tar", "of somebody else");
    EXPECT_EQ(code_of([&] { file.finish(); }), errc::conflict);
    EXPECT_EQ(test::read_file(folder.path() / "b.tar"), "of somebody else");
}

TEST(BackupFileTest, is_no_folder_no_device_and_in_no_folder_that_is_not_there) {
    const test::TemporaryFolder folder;
    EXPECT_EQ(code_of([&] { BackupFile(folder.path(), true); }), errc::conflict);
    EXPECT_EQ(code_of([&] { BackupFile("/dev/null", true); }), errc::conflict);
    EXPECT_EQ(code_of([&] { BackupFile(folder.path() / "nowhere" / "b.tar", false); }), errc::not_found);
}

}  // namespace
}  // namespace docmind
