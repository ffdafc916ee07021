#include "backup/unpack.hpp"

#include "backup/test_archives.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <thread>

namespace docmind {
namespace {

namespace fs = std::filesystem;

using test::backup_of;
using test::original;
using test::RawMember;
using testing::HasSubstr;

const std::vector<RawMember> files{{.name = "docmind.sqlite3", .bytes = std::string(5000, 'd')},
                                   {.name = "settings.toml", .bytes = "[llm]\nmodel = \"x\"\n"},
                                   original("the bytes of a document"),
                                   original(std::string(1000, 'x'))};

class UnpackTest : public testing::Test {
  protected:
    Manifest restore(const std::string& archive, std::stop_token stop = {}) {
        test::write_file(folder.path() / "b.tar", archive);
        fs::remove_all(folder.path() / "out");
        return unpack(folder.path() / "b.tar", {.folder = folder.path() / "out", .newest_schema = 7, .progress = {}}, std::move(stop));
    }
    /// Errors as their codes; what was not refused is `internal`.
    errc code_of(const std::string& archive) {
        try {
            static_cast<void>(restore(archive));
        } catch (const Error& error) {
            message = error.what();
            return error.code();
        }
        return errc::internal;
    }

    test::TemporaryFolder folder;
    std::string message;
};

TEST_F(UnpackTest, gives_the_files_of_the_manifest_for_their_owner_only) {
    const Manifest manifest = restore(backup_of(files));
    EXPECT_EQ(manifest.members.size(), 4u);
    for (const RawMember& file : files) {
        EXPECT_EQ(test::read_file(folder.path() / "out" / file.name), file.bytes);
        struct stat status{};
        ASSERT_EQ(::stat((folder.path() / "out" / file.name).c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 0777, 0600u);
    }
    EXPECT_EQ(std::distance(fs::recursive_directory_iterator(folder.path() / "out"), {}), 5) << "the files and the folder of the originals";
}

TEST_F(UnpackTest, looks_without_writing_where_there_is_no_folder) {
    test::write_file(folder.path() / "b.tar", backup_of(files));
    std::uint64_t last = 0;
    const auto progress = [&](std::uint64_t done, std::uint64_t total) {
        EXPECT_LE(done, total);
        EXPECT_GE(done, last);
        last = done;
    };
    const Manifest manifest = unpack(folder.path() / "b.tar", {.folder = std::nullopt, .newest_schema = 7, .progress = progress}, {});
    EXPECT_EQ(last, manifest.contents.bytes);
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 1);
}

TEST_F(UnpackTest, refuses_an_archive_that_ends_anywhere_before_its_last_file_is_whole) {
    const std::string whole = backup_of(files);
    // Behind it are a block that is filled up and the two that say that it is the end.
    const std::size_t needed = whole.size() - 1024 - (1024 - 1000);
    for (std::size_t length = 0; length < needed; length += length % 512 == 511 ? 1 : 73) {
        EXPECT_EQ(code_of(whole.substr(0, length)), errc::corrupt) << length;
    }
    EXPECT_EQ(code_of(whole.substr(0, needed - 1)), errc::corrupt);
}

TEST_F(UnpackTest, refuses_an_archive_with_a_wrong_byte_in_any_head_and_any_file) {
    const std::string whole = backup_of(files);
    std::size_t at = 0;
    for (const RawMember& member : [] {
             std::vector<RawMember> all = test::heads_of(to_text(test::manifest_of(files)));
             all.insert(all.end(), files.begin(), files.end());
             return all;
         }()) {
        for (const std::size_t place : {std::size_t{0}, std::size_t{100}, std::size_t{124}, std::size_t{150}, std::size_t{156},
                                        std::size_t{512}, 512 + member.bytes.size() / 2, 512 + member.bytes.size() - 1}) {
            std::string damaged = whole;
            damaged[at + place] = static_cast<char>(damaged[at + place] ^ 0x04);
            EXPECT_EQ(code_of(damaged), errc::corrupt) << member.name << " at " << place;
        }
        at += 512 + (member.bytes.size() + 511) / 512 * 512;
    }
    EXPECT_EQ(at + 1024, whole.size());
}

TEST_F(UnpackTest, refuses_what_the_manifest_does_not_name_names_twice_or_names_otherwise) {
    const auto with = [&](const RawMember& member) {
        return backup_of(files, [&](std::vector<RawMember>& members) { members.push_back(member); });
    };
    EXPECT_EQ(code_of(with(original("one more"))), errc::corrupt);
    EXPECT_EQ(code_of(with(files[2])), errc::corrupt) << "twice";
    for (const std::string& name : std::vector<std::string>{"../evil", "/tmp/evil", "blobs/../../evil", "evil", "out/../../evil"}) {
        EXPECT_EQ(code_of(with({.name = name, .bytes = "evil"})), errc::corrupt) << name;
        const auto renamed = [&](std::vector<RawMember>& members) { members.back().name = name; };
        EXPECT_EQ(code_of(backup_of(files, renamed)), errc::corrupt) << name;
    }
    EXPECT_FALSE(fs::exists(folder.path() / "evil"));
    EXPECT_FALSE(fs::exists(folder.path().parent_path() / "evil"));
    EXPECT_FALSE(fs::exists("/tmp/evil"));
}

TEST_F(UnpackTest, refuses_a_manifest_that_leads_out_even_where_its_checksum_is_right) {
    for (const std::string& name : std::vector<std::string>{"../evil", "/tmp/evil", "blobs/../../evil"}) {
        std::vector<RawMember> evil = files;
        evil.push_back({.name = name, .bytes = "evil"});
        EXPECT_EQ(code_of(backup_of(evil)), errc::corrupt) << name;
    }
    EXPECT_FALSE(fs::exists(folder.path() / "evil"));
}

TEST_F(UnpackTest, refuses_links_folders_pipes_and_devices) {
    const std::string name = files[2].name;
    for (const RawMember& member :
         {RawMember{.name = name, .bytes = "", .kind = AE_IFLNK, .link = "/etc/passwd"},
          RawMember{.name = name, .bytes = "", .kind = AE_IFDIR}, RawMember{.name = name, .bytes = "", .kind = AE_IFIFO},
          RawMember{.name = name, .bytes = "", .kind = AE_IFCHR},
          RawMember{.name = name, .bytes = "", .kind = AE_IFREG, .link = "", .hardlink = "docmind.sqlite3"}}) {
        EXPECT_EQ(code_of(backup_of(files, [&](std::vector<RawMember>& members) { members[4] = member; })), errc::corrupt) << member.kind;
    }
}

TEST_F(UnpackTest, refuses_an_archive_without_its_manifest_and_its_checksum_in_front) {
    EXPECT_EQ(code_of(backup_of(files, [](std::vector<RawMember>& members) { members.erase(members.begin()); })), errc::corrupt);
    EXPECT_EQ(code_of(backup_of(files, [](std::vector<RawMember>& members) { members.erase(members.begin() + 1); })), errc::corrupt);
    EXPECT_EQ(code_of(backup_of(files, [](std::vector<RawMember>& members) { std::swap(members[0], members[2]); })), errc::corrupt);
    EXPECT_EQ(code_of("this is no archive at all, but a text that is long enough to be taken for one" + std::string(2000, '.')),
              errc::corrupt);
    EXPECT_EQ(code_of(""), errc::corrupt);
    EXPECT_EQ(code_of(test::tar_of({})), errc::corrupt);
}

TEST_F(UnpackTest, refuses_a_manifest_larger_than_it_may_be_without_reading_it) {
    test::write_file(folder.path() / "b.tar", backup_of(files));
    EXPECT_THROW(
        unpack(folder.path() / "b.tar", {.folder = std::nullopt, .newest_schema = 7, .max_manifest_bytes = 100, .progress = {}}, {}),
        Error);
}

TEST_F(UnpackTest, a_newer_version_of_the_tables_is_a_conflict_told_before_anything_is_written) {
    Manifest manifest = test::manifest_of(files);
    manifest.contents.schema_version = 8;
    manifest.contents.docmind_version = "9.9.9";
    std::vector<RawMember> members = test::heads_of(to_text(manifest));
    members.insert(members.end(), files.begin(), files.end());
    EXPECT_EQ(code_of(test::tar_of(members)), errc::conflict);
    EXPECT_THAT(message, HasSubstr("9.9.9"));
    EXPECT_FALSE(fs::exists(folder.path() / "out"));
}

TEST_F(UnpackTest, says_that_the_room_does_not_suffice_before_it_writes) {
    Manifest manifest = test::manifest_of(files);
    manifest.members[0].bytes += std::uint64_t{1} << 60;
    manifest.contents.bytes += std::uint64_t{1} << 60;
    std::vector<RawMember> members = test::heads_of(to_text(manifest));
    members.insert(members.end(), files.begin(), files.end());
    EXPECT_EQ(code_of(test::tar_of(members)), errc::storage_full);
    EXPECT_FALSE(fs::exists(folder.path() / "out" / "docmind.sqlite3"));
}

TEST_F(UnpackTest, stops_when_it_is_told_to_even_where_nothing_comes) {
    const fs::path pipe = folder.path() / "pipe";
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    std::stop_source stop;
    std::ofstream writer;
    std::jthread opening([&] { writer.open(pipe); });
    std::jthread stopping([&] { stop.request_stop(); });
    try {
        static_cast<void>(unpack(pipe, {.folder = std::nullopt, .newest_schema = 7, .progress = {}}, stop.get_token()));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::timeout);
    }
}

TEST_F(UnpackTest, says_which_file_is_not_there) {
    try {
        static_cast<void>(unpack(folder.path() / "nowhere", {.folder = std::nullopt, .newest_schema = 7, .progress = {}}, {}));
        ADD_FAILURE();
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::not_found);
        EXPECT_THAT(error.what(), HasSubstr("nowhere"));
    }
}

}  // namespace
}  // namespace docmind
