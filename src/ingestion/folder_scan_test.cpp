#include "ingestion/folder_scan.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>

#include "ingestion/watch_test_support.hpp"

namespace docmind {
namespace {

namespace fs = std::filesystem;

TEST(FolderScan, KnowsWhatProgramsLeaveBesideAPersonsFiles) {
    for (const char* name : {"letter.docx", "a", "notes.tmp.txt", "part", "~", "tilde~name.txt", "#1.md", "übung.pdf", "x.swpx"}) {
        EXPECT_TRUE(is_persons_file(name)) << name;
    }
    for (const char* name : {"", ".hidden", ".~lock.letter.odt#", "~$letter.docx", "letter.docx~", ".letter.swp", "letter.SWP", "film.part",
                             "setup.crdownload", "x.tmp", "X.TMP", "#letter#", "Thumbs.db", "lost+found"}) {
        EXPECT_FALSE(is_persons_file(name)) << name;
    }
}

TEST(FolderScan, SeesRegularFilesWithContentOnly) {
    const test::WatchedTestFolder folder;
    folder.write("file", "text");
    folder.write("empty", "");
    fs::create_directory(folder.root() / "folder");
    fs::create_symlink("file", folder.root() / "link");
    ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
    EXPECT_EQ(look_at(folder.path("file")).sight, Sight::file);
    EXPECT_EQ(look_at(folder.path("file")).mark.size, 4u);
    EXPECT_EQ(look_at(folder.path("empty")).sight, Sight::unclear);
    for (const char* name : {"folder", "link", "fifo", "nothing", "file/below"}) {
        EXPECT_EQ(look_at(folder.path(name)).sight, Sight::absent) << name;
    }
    EXPECT_EQ(look_at(folder.path(std::string(300, 'x'))).sight, Sight::unclear) << "a name the file system cannot answer for";
}

TEST(FolderScan, ListsFilesAndFoldersAndFollowsNoLink) {
    const test::WatchedTestFolder folder;
    folder.write("file", "text");
    folder.write(".hidden", "text");
    fs::create_directory(folder.root() / "inner");
    fs::create_directory(folder.root() / ".git");
    fs::create_directory_symlink("inner", folder.root() / "link");
    ASSERT_EQ(::mkfifo(folder.path("fifo").c_str(), 0600), 0);
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    const std::string name = folder.path("socket");
    ASSERT_LT(name.size(), sizeof address.sun_path);
    std::ranges::copy(name, address.sun_path);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ASSERT_EQ(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(socket);

    const FolderListing listing = list_folder(folder.root().string(), false);
    EXPECT_EQ(listing.sight, Sight::file);
    EXPECT_FALSE(listing.empty);
    EXPECT_EQ(listing.files, std::vector<std::string>{"file"});
    EXPECT_EQ(listing.folders, std::vector<std::string>{"inner"});
    EXPECT_EQ(list_folder(folder.path("link"), false).sight, Sight::absent);
    EXPECT_EQ(list_folder(folder.path("link"), true).sight, Sight::file);
    EXPECT_TRUE(list_folder(folder.path("inner"), false).empty);
    EXPECT_EQ(list_folder(folder.path("nothing"), false).sight, Sight::absent);
}

TEST(FolderScan, TellsAFileThatMovedFromACopyAndANewVersion) {
    const test::WatchedTestFolder folder;
    folder.write("a", "text");
    const FileMark before = look_at(folder.path("a")).mark;
    if (before.born_ns == 0) GTEST_SKIP() << "this file system does not keep when a file was made";
    fs::rename(folder.root() / "a", folder.root() / "b");
    EXPECT_TRUE(before.same_file(look_at(folder.path("b")).mark));
    fs::copy_file(folder.root() / "b", folder.root() / "c");
    fs::last_write_time(folder.root() / "c", fs::last_write_time(folder.root() / "b"));
    const FileMark copy = look_at(folder.path("c")).mark;
    EXPECT_TRUE(before.same_version(copy));
    EXPECT_FALSE(before.same_file(copy));
    EXPECT_FALSE(FileMark{}.same_file(FileMark{})) << "where nothing is known, nothing is the same";
}

}  // namespace
}  // namespace docmind
