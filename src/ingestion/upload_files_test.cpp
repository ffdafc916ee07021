#include "ingestion/upload_files.hpp"

#include <docmind/error.hpp>
#include <docmind/node.hpp>

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace docmind {
namespace {

namespace fs = std::filesystem;

struct UploadFilesTest : testing::Test {
    UploadFilesTest() {
        std::string name = (fs::temp_directory_path() / "docmind-uploads-XXXXXX").string();
        folder = ::mkdtemp(name.data());
    }
    ~UploadFilesTest() override { fs::remove_all(folder); }

    UploadState created(std::uint64_t length) {
        UploadState state{.id = make_id(),
                          .length = length,
                          .touched = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000)),
                          .name = "with space\nand line.txt",
                          .media_type = "text/plain",
                          .metadata = "filename d2l0aA=="};
        UploadFiles(folder).create(state);
        return state;
    }
    std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder), fs::directory_iterator())); }
    std::string bytes_of(const UploadState& state) const {
        std::ifstream in(UploadFiles(folder).bytes_path(state.id));
        return {std::istreambuf_iterator<char>(in), {}};
    }

    fs::path folder;
};

TEST_F(UploadFilesTest, WhatIsKnownComesBackAfterARestart) {
    UploadState state = created(100);
    state.document_id = "the-document";
    state.duplicate = true;
    UploadFiles(folder).save(state);
    const std::vector<UploadState> loaded = UploadFiles(folder).load();
    ASSERT_EQ(loaded.size(), 1u);
    EXPECT_EQ(loaded[0].id, state.id);
    EXPECT_EQ(loaded[0].length, 100u);
    EXPECT_EQ(loaded[0].touched, state.touched);
    EXPECT_EQ(loaded[0].name, "with spaceand line.txt");
    EXPECT_EQ(loaded[0].media_type, "text/plain");
    EXPECT_EQ(loaded[0].metadata, state.metadata);
    EXPECT_EQ(loaded[0].document_id, "the-document");
    EXPECT_TRUE(loaded[0].duplicate);
}

TEST_F(UploadFilesTest, LeftoversAndWhatCannotBeReadAreRemoved) {
    const UploadState good = created(100);
    const UploadState cut_off = created(100);
    std::ofstream(folder / (cut_off.id + ".state"), std::ios::trunc) << "docmind-upload 1\nlength 100\noffset 0\n";
    UploadState shorter = created(100);
    shorter.offset = 50;  // of which the file has none
    UploadFiles(folder).save(shorter);
    std::ofstream(folder / "stray.bytes") << "x";
    std::ofstream(folder / (good.id + ".state.new")) << "half";
    std::ofstream(folder / "not-an-id.state") << "docmind-upload 1\nend\n";
    fs::create_symlink("/etc/passwd", folder / "link");
    const std::vector<UploadState> loaded = UploadFiles(folder).load();
    ASSERT_EQ(loaded.size(), 1u);
    EXPECT_EQ(loaded[0].id, good.id);
    EXPECT_EQ(files(), 2u);
    EXPECT_TRUE(fs::exists("/etc/passwd"));
}

TEST_F(UploadFilesTest, BytesBehindTheDurableOffsetAreCutOffBeforeTheNextPiece) {
    const UploadState state = created(10);
    {
        PieceWriter(UploadFiles(folder).bytes_path(state.id), 0, 10, {}, {}).write("abcdefgh");
    }
    // Only four of them were acknowledged when the process died.
    PieceWriter next(UploadFiles(folder).bytes_path(state.id), 4, 10, {}, {});
    next.write("EF");
    EXPECT_TRUE(next.conclude(true));
    EXPECT_EQ(next.flush(), 6u);
    EXPECT_EQ(bytes_of(state), "abcdEF");
}

TEST_F(UploadFilesTest, NothingGoesBeyondTheAnnouncedLength) {
    const UploadState state = created(4);
    PieceWriter writer(UploadFiles(folder).bytes_path(state.id), 0, 4, {}, {});
    writer.write("abc");
    EXPECT_THROW(writer.write("de"), Error);
    EXPECT_EQ(writer.flush(), 3u);
    EXPECT_EQ(bytes_of(state), "abc");
}

TEST_F(UploadFilesTest, AWrongChecksumOrAPieceThatIsNotWholeLeavesNothing) {
    const UploadState state = created(10);
    const fs::path path = UploadFiles(folder).bytes_path(state.id);
    PieceWriter first(path, 0, 10, {}, {});
    first.write("ab");
    EXPECT_EQ(first.flush(), 2u);
    const UploadHash hash = first.hash();
    // SHA-1 of "abc"
    const std::string digest = "\xa9\x99\x3e\x36\x47\x06\x81\x6a\xba\x3e\x25\x71\x78\x50\xc2\x6c\x9c\xd0\xd8\x9d";
    const PieceChecksum checksum{.digest = digest};
    for (const auto& [bytes, whole, kept] : {std::tuple{"abd", true, false}, {"abc", false, false}, {"abc", true, true}}) {
        PieceWriter piece(path, 2, 10, hash, checksum);
        piece.write(bytes);
        EXPECT_EQ(piece.conclude(whole), kept);
        EXPECT_EQ(piece.conclude(whole), kept);
        EXPECT_EQ(piece.flush(), kept ? 5u : 2u);
        EXPECT_EQ(piece.hash().hashed, kept ? 5u : 2u);
        EXPECT_EQ(bytes_of(state), kept ? "ababc" : "ab");
    }
}

TEST_F(UploadFilesTest, TheHashIsThatOfTheFileHoweverItCame) {
    const UploadState state = created(6);
    const fs::path path = UploadFiles(folder).bytes_path(state.id);
    UploadHash hash;
    for (const std::uint64_t at : {0u, 2u, 4u}) {
        PieceWriter piece(path, at, 6, hash, {});
        piece.write(std::string_view("abcdef").substr(at, 2));
        piece.flush();
        hash = piece.hash();
    }
    EXPECT_EQ(hash.hashed, 6u);
    UploadHash after_restart;
    while (after_restart.hashed < 6) after_restart.catch_up(path, 6, 4);
    const std::string expected = "bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721";
    EXPECT_EQ(hash.finish(), expected);
    EXPECT_EQ(after_restart.finish(), expected);
    // A piece on top of what was not hashed does not count as hashed.
    PieceWriter piece(path, 4, 6, {}, {});
    piece.write("ef");
    EXPECT_EQ(piece.hash().hashed, 0u);
}

}  // namespace
}  // namespace docmind
