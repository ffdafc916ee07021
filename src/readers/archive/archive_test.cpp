#include "readers/archive/archive.hpp"

#include "readers/test_collect.hpp"
#include "readers/test_zip.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace docmind {
namespace {

using test::Packed;
using test::zip;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::uint64_t MiB = 1 << 20;

/// What opening the archive and reading all of its files fails with.
std::optional<errc> unpacking_fails(const std::string& bytes, const ReadOptions& options = {}, std::string* message = nullptr) {
    try {
        ExpansionBudget budget(options, bytes.size());
        Archive archive(bytes, options, &budget);
        for (const std::string& name : archive.names()) static_cast<void>(archive.read(name));
    } catch (const Error& error) {
        if (message != nullptr) *message = error.what();
        return error.code();
    }
    return std::nullopt;
}

std::optional<errc> reading_fails(const std::string& bytes, const std::string& name, const ReadOptions& options, std::string* message) {
    try {
        test::read(bytes, name, "", options);
    } catch (const Error& error) {
        *message = error.what();
        return error.code();
    }
    return std::nullopt;
}

std::string deflated(const std::string& content, const std::string& name = "a.txt") {
    return test::packed_by_libarchive({{name, content}}, "zip");
}

TEST(Archive, ReadsItsFilesByName) {
    const ReadOptions options;
    const std::vector<Packed> files = {{"b.txt", "two"}, {"a/a.txt", "one"}};
    for (const std::string& bytes : {zip({files[0], files[1], {"folder/", ""}}), test::packed_by_libarchive(files, "zip"),
                                     test::packed_by_libarchive(files, "ustar"), "PK before it\n" + zip(files)}) {
        ExpansionBudget budget(options, bytes.size());
        Archive archive(bytes, options, &budget);
        EXPECT_THAT(archive.names(), ElementsAre("b.txt", "a/a.txt"));
        EXPECT_EQ(archive.read("a/a.txt"), "one");
        EXPECT_EQ(archive.read("b.txt"), "two");
        EXPECT_EQ(archive.read("nothing"), std::nullopt);
    }
}

TEST(Archive, ReadsNamesOfOldArchives) {
    EXPECT_EQ(read_zip_directory(zip({{"\x84pfel\\gr\x81n.txt", "x", {}, 0}}), 10).at(0).name, "äpfel/grün.txt");
}

TEST(Archive, RefusesABombBeforeItIsThere) {
    const std::string bomb = deflated(std::string(64 * MiB, '\0'));
    ASSERT_LT(bomb.size(), MiB);
    std::string message;
    EXPECT_EQ(unpacking_fails(bomb, {}, &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("200 times its size (ingestion.max_expansion_ratio)"));
    EXPECT_EQ(unpacking_fails(bomb, {.max_expanded_bytes = 2 * MiB, .max_expansion_ratio = 10'000}, &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("2097152 bytes (ingestion.max_expanded_bytes)"));
    // A little may come out of next to nothing.
    EXPECT_EQ(unpacking_fails(deflated(std::string(MiB - 10, ' '))), std::nullopt);
}

TEST(Archive, RefusesFilesThatShareTheirBytes) {
    std::vector<Packed> files = {{"0", std::string(10'000, 'x')}};
    for (int i = 1; i < 1000; ++i) files.push_back({.name = std::to_string(i), .content = files[0].content, .same_place_as = 0});
    std::string message;
    EXPECT_EQ(unpacking_fails(zip(files), {}, &message), errc::corrupt);
    // The same, with the name that its local header has.
    EXPECT_THAT(message, HasSubstr("contradict"));
    const std::string inner = zip({{"b", "text"}});
    const std::string local_b = inner.substr(0, inner.find("PK\x01\x02"));
    std::string quoted = zip({{"a", local_b}, {.name = "b", .content = "text", .same_place_as = 0}});
    // The directory's second entry points into the data of the first.
    const std::size_t offset_field = quoted.rfind("PK\x01\x02") + 42;
    quoted.replace(offset_field, 4, test::little(31, 4));
    EXPECT_EQ(unpacking_fails(quoted, {}, &message), errc::corrupt);
    EXPECT_THAT(message, HasSubstr("overlap"));
}

TEST(Archive, RefusesWhatContradictsItself) {
    EXPECT_EQ(unpacking_fails(zip({{"a", "x"}, {"a", "y"}})), errc::corrupt);
    EXPECT_EQ(unpacking_fails(zip({{"a", "x", "b"}})), errc::corrupt);
    EXPECT_EQ(unpacking_fails(zip({{.name = "a", .content = "x", .said_size = 100}})), errc::corrupt);
    EXPECT_EQ(unpacking_fails(zip({{"a", "x"}, {"b", "y"}}, 1)), errc::corrupt);
    EXPECT_EQ(unpacking_fails(zip({{"a", "x"}}, 2)), errc::corrupt);
    EXPECT_EQ(unpacking_fails(zip({{.name = "a", .content = "x", .flags = 1}})), errc::encrypted);
    std::string changed = zip({{"a", "some text"}});
    changed[35] = 'S';
    EXPECT_EQ(unpacking_fails(changed), errc::corrupt);  // the checksum
}

TEST(Archive, RefusesTooManyFilesBeforeItLooksAtThem) {
    std::vector<Packed> files;
    for (int i = 0; i < 20; ++i) files.push_back({std::to_string(i), "x"});
    std::string message;
    EXPECT_EQ(unpacking_fails(zip(files), {.max_archive_entries = 19}, &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("more than 19 files (ingestion.max_archive_entries)"));
    EXPECT_EQ(unpacking_fails(test::packed_by_libarchive(files, "ustar"), {.max_archive_entries = 19}), errc::too_large);
    // A million of them, said in a ZIP64 directory that has none.
    const std::string million = test::little(1'000'000, 8);
    const std::string zip64 = "PK\x06\x06" + test::little(44, 8) + test::little(45, 2) + test::little(45, 2) + test::little(0, 8) +
                              million + million + test::little(0, 8) + test::little(0, 8) + "PK\x06\x07" + test::little(0, 4) +
                              test::little(0, 8) + test::little(1, 4) + "PK\x05\x06" + test::little(0, 4) + "\xFF\xFF\xFF\xFF" +
                              test::little(0xFFFFFFFF, 4) + test::little(0xFFFFFFFF, 4) + test::little(0, 2);
    EXPECT_EQ(unpacking_fails("PK\x03\x04" + zip64), errc::corrupt);  // its place is wrong by four bytes
    EXPECT_EQ(unpacking_fails(zip64), errc::too_large);
}

TEST(Archive, SurvivesEveryCutAndEveryChangedByte) {
    const std::string whole = test::packed_by_libarchive({{"a.txt", "some text"}, {"b/c.txt", "other text"}}, "zip");
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(unpacking_fails(whole.substr(0, size)).has_value()) << size;
    for (std::size_t at = 0; at < whole.size(); ++at) {
        for (const char byte : {'\0', '\xFF', 'P'}) {
            std::string changed = whole;
            changed[at] = byte;
            unpacking_fails(changed);
        }
    }
    const std::string tar = test::packed_by_libarchive({{"a.txt", "some text"}}, "ustar", "xz");
    for (std::size_t at = 0; at < tar.size(); ++at) {
        std::string message, changed = tar;
        changed[at] = static_cast<char>(~changed[at]);
        reading_fails(changed, "a.tar.xz", {}, &message);
    }
}

TEST(Archive, DecompressesSingleFiles) {
    for (const char* filter : {"gzip", "bzip2", "xz", "zstd"}) {
        const std::string bytes = test::packed_by_libarchive({{"x", "# Title\n\nBody"}}, "raw", filter);
        const Document document = test::read(bytes, "notes.md.gz");
        EXPECT_EQ(document.pages.at(0).text, "Title\n\nBody") << filter;
        EXPECT_THAT(document.media_type, Not(HasSubstr("markdown")));
    }
}

TEST(ArchiveReader, IsOneDocumentOfAllItsFiles) {
    const std::vector<Packed> files = {{"b.txt", "Second"},
                                       {"a/a.md", "# Head\n\nFirst"},
                                       {"__MACOSX/a.txt", "litter"},
                                       {".DS_Store", "litter"},
                                       {"a/.hidden.txt", "no"},
                                       {"program",
                                        "\x7F"
                                        "ELF"},
                                       {"empty.txt", ""},
                                       {"folder/", ""}};
    const Document document = test::read(zip(files), "a.zip");
    EXPECT_EQ(document.media_type, "application/zip");
    EXPECT_EQ(document.metadata.at("skipped"), "empty.txt, program");
    ASSERT_EQ(document.pages.size(), 2u);
    EXPECT_EQ(document.pages[0].number, 1);
    EXPECT_EQ(document.pages[0].text, "Head\n\nFirst");
    ASSERT_EQ(document.pages[0].headings.size(), 2u);
    EXPECT_EQ(document.pages[0].headings[0].title, "a/a.md");
    EXPECT_EQ(document.pages[0].headings[0].level, 1);
    EXPECT_EQ(document.pages[0].headings[1].title, "Head");
    EXPECT_EQ(document.pages[0].headings[1].level, 2);
    EXPECT_EQ(document.pages[1].number, 2);
    EXPECT_EQ(document.pages[1].headings.at(0).title, "b.txt");
}

TEST(ArchiveReader, GoesTwoDeepAndNoFurther) {
    std::string bytes = zip({{"text.txt", "deep down"}});
    std::string message;
    const Document document = test::read(zip({{"inner.zip", bytes}}), "a.zip");
    EXPECT_EQ(document.pages.at(0).text, "deep down");
    EXPECT_EQ(document.pages.at(0).headings.at(1).title, "text.txt");
    EXPECT_EQ(test::read(zip({{"inner.zip", zip({{"a.txt", "text"}, {"b.bin", std::string("\0", 1)}})}}), "a.zip").metadata.at("skipped"),
              "inner.zip (b.bin)");
    for (int i = 0; i < 9; ++i) bytes = zip({{"inner.zip", bytes}});
    EXPECT_EQ(test::failure(bytes, "a.zip", &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("more than 2 deep (ingestion.max_archive_depth)"));
}

TEST(ArchiveReader, SpendsOneBudgetOnAllLevels) {
    // Each level by itself stays within the ratio.
    std::vector<Packed> files;
    for (int i = 0; i < 40; ++i) files.push_back({std::to_string(i) + ".zip", deflated(std::string(900'000, 'a') + std::to_string(i))});
    std::string message;
    EXPECT_EQ(test::failure(test::packed_by_libarchive(files, "zip"), "a.zip", &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("max_expansion_ratio"));
}

TEST(ArchiveReader, CountsPagesOfAllFiles) {
    std::vector<Packed> files;
    for (int i = 0; i < 5; ++i) files.push_back({std::to_string(i), "text"});
    std::string message;
    EXPECT_EQ(reading_fails(zip(files), "a.zip", {.max_pages = 4}, &message), errc::too_large);
    EXPECT_THAT(message, HasSubstr("more than 4 pages (ingestion.max_pages)"));
}

TEST(ArchiveReader, SaysWhyNothingCanBeRead) {
    std::string message;
    EXPECT_EQ(test::failure(zip({{"a.bin", std::string("\0\1", 2)}, {"b", ""}}), "a.zip", &message), errc::unsupported);
    EXPECT_THAT(message, HasSubstr("a.bin"));
    EXPECT_EQ(test::failure(zip({{"__MACOSX/x", "y"}}), "a.zip"), errc::empty_document);
    EXPECT_EQ(test::failure(zip({}), "a.zip"), errc::empty_document);
}

TEST(ArchiveReader, IsLinearInTheNumberOfFiles) {
    std::vector<Packed> files;
    for (int i = 0; i < 10'000; ++i) files.push_back({std::to_string(i) + ".txt", "text " + std::to_string(i)});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(test::read(zip(files), "a.zip").pages.size(), 10'000u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
}

}  // namespace
}  // namespace docmind
