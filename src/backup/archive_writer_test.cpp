#include "backup/archive_writer.hpp"

#include "backup/archive_reader.hpp"
#include "backup/test_archives.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace docmind {
namespace {

using testing::HasSubstr;

const std::chrono::system_clock::time_point moment{std::chrono::seconds(1'800'000'000)};

std::string noise(std::size_t bytes) {
    std::mt19937 random(1);
    std::string text(bytes, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
}

ArchiveMember member(const std::string& name, const std::string& text) {
    return {.name = name, .bytes = text.size(), .sha256 = sha256_of(text), .from = text, .title = name};
}

TEST(ArchiveWriterTest, gives_back_what_went_in_from_memory_from_files_and_from_files_without_a_name) {
    const test::TemporaryFolder folder;
    const std::string large = noise(3'000'001), unnamed = noise(70'000);
    test::write_file(folder.path() / "large", large);
    test::write_file(folder.path() / "unnamed", unnamed);
    std::shared_ptr<Descriptor> opened(new Descriptor(::open((folder.path() / "unnamed").c_str(), O_RDONLY | O_CLOEXEC)));
    std::filesystem::remove(folder.path() / "unnamed");
    std::vector<ArchiveMember> members{member("a", "some text"), member("empty", "")};
    members.push_back({.name = "large", .bytes = large.size(), .sha256 = sha256_of(large), .from = folder.path() / "large", .title = "l"});
    members.push_back({.name = "unnamed", .bytes = unnamed.size(), .sha256 = sha256_of(unnamed), .from = opened, .title = "u"});
    const std::uint64_t size = archive_size(members).value();

    ArchiveWriter writer({.piece_bytes = 65'536}, members, moment);
    std::string archive;
    for (std::string piece = writer.more(); !piece.empty(); piece = writer.more()) {
        EXPECT_LE(piece.size(), 65'536u + 65'536u + 1024u) << "more than a piece is held";
        archive += piece;
    }
    EXPECT_EQ(archive.size(), size);
    EXPECT_EQ(writer.more(), "");

    test::write_file(folder.path() / "archive", archive);
    ArchiveReader reader(folder.path() / "archive", {});
    const std::vector<std::pair<std::string, std::string>> expected{
        {"a", "some text"}, {"empty", ""}, {"large", large}, {"unnamed", unnamed}};
    for (const auto& [name, bytes] : expected) {
        const auto found = reader.next();
        ASSERT_TRUE(found);
        EXPECT_EQ(found->name, name);
        EXPECT_EQ(found->bytes, bytes.size());
        std::string read;
        for (std::string piece = reader.read(); !piece.empty(); piece = reader.read()) read += piece;
        EXPECT_TRUE(read == bytes) << name;
    }
    EXPECT_FALSE(reader.next());
}

TEST(ArchiveWriterTest, names_the_document_whose_original_is_missing_too_short_or_not_what_it_was) {
    const test::TemporaryFolder folder;
    const std::filesystem::path file = folder.path() / "original";
    const auto drain = [&] {
        std::vector<ArchiveMember> members;
        members.push_back({.name = "blobs/x", .bytes = 9, .sha256 = sha256_of("123456789"), .from = file, .title = "Thesis.pdf"});
        ArchiveWriter writer({}, std::move(members), moment);
        while (!writer.more().empty()) {
        }
    };
    const auto expect_named = [&](const char* what) {
        try {
            drain();
            ADD_FAILURE() << what;
        } catch (const Error& error) {
            EXPECT_EQ(error.code(), errc::storage) << what;
            EXPECT_THAT(error.what(), HasSubstr("Thesis.pdf")) << what;
        }
    };
    expect_named("missing");
    test::write_file(file, "1234");
    expect_named("too short");
    test::write_file(file, "12345678X");
    expect_named("another byte");
    std::filesystem::remove(file);
    test::write_file(folder.path() / "elsewhere", "123456789");
    std::filesystem::create_symlink(folder.path() / "elsewhere", file);
    expect_named("a link");
    std::filesystem::remove(file);
    test::write_file(file, "123456789");
    drain();
}

TEST(ArchiveWriterTest, the_size_is_not_promised_where_a_member_needs_another_kind_of_head) {
    ArchiveMember large = member("a", "");
    large.bytes = std::uint64_t{8} << 30;
    EXPECT_FALSE(archive_size({large}));
    large.bytes -= 1;
    EXPECT_EQ(archive_size({large}), 512 + (std::uint64_t{8} << 30) + 1024);
}

TEST(ArchiveWriterTest, that_is_given_up_is_freed_without_an_end) {
    ArchiveWriter writer({.piece_bytes = 1}, {member("a", noise(100'000))}, moment);
    EXPECT_FALSE(writer.more().empty());
}

TEST(ArchiveWriterTest, refuses_pieces_of_nothing) {
    EXPECT_THROW(ArchiveWriter({.piece_bytes = 0}, {}, moment), Error);
}

}  // namespace
}  // namespace docmind
