#include "backup/manifest.hpp"

#include "backup/test_archives.hpp"

#include <docmind/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace docmind {
namespace {

using test::original;
using testing::ElementsAre;

Manifest usual() {
    Manifest manifest = test::manifest_of({{.name = "docmind.sqlite3", .bytes = "database"}, original("one"), original("two")});
    manifest.contents.documents = 2;
    manifest.contents.sessions = 3;
    manifest.contents.left_out = {"llm.api_key"};
    return manifest;
}

errc code_of(const std::string& text) {
    try {
        static_cast<void>(parse_manifest(text));
    } catch (const Error& error) {
        return error.code();
    }
    return errc::internal;
}

/// As text, after `change`.
std::string changed(const std::function<void(Manifest&)>& change) {
    Manifest manifest = usual();
    change(manifest);
    return to_text(manifest);
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return text.replace(at, what.size(), by);
}

TEST(ManifestTest, comes_back_as_it_was) {
    const Manifest manifest = parse_manifest(to_text(usual()));
    EXPECT_EQ(manifest.contents.schema_version, 7);
    EXPECT_EQ(manifest.contents.docmind_version, "0.1.0");
    EXPECT_EQ(manifest.contents.created_at, "2026-01-31T23:59:59.123Z");
    EXPECT_EQ(manifest.contents.documents, 2u);
    EXPECT_EQ(manifest.contents.sessions, 3u);
    EXPECT_EQ(manifest.contents.files, 3u);
    EXPECT_EQ(manifest.contents.bytes, 14u);
    EXPECT_THAT(manifest.contents.left_out, ElementsAre("llm.api_key"));
    ASSERT_EQ(manifest.members.size(), 3u);
    EXPECT_EQ(manifest.members[1].name, original("one").name);
    EXPECT_EQ(contents_from_line(to_line(usual().contents)).documents, 2u);
}

TEST(ManifestTest, of_a_newer_format_is_a_conflict_and_not_damage) {
    EXPECT_EQ(code_of(replaced(to_text(usual()), "\"format_version\":1", "\"format_version\":2")), errc::conflict);
    EXPECT_EQ(code_of(replaced(to_text(usual()), "\"format_version\":1", "\"format_version\":0")), errc::corrupt);
}

TEST(ManifestTest, names_nothing_but_the_files_of_a_library) {
    for (const std::string& name :
         std::vector<std::string>{"../docmind.sqlite3", "/etc/passwd", "blobs/../../x", "blobs/", "blobs/" + sha256_of("other"), "lock",
                                  "server.json", "blobs\\x", "docmind.sqlite3 ", "", "./settings.toml", "restore.ready/former"}) {
        EXPECT_EQ(code_of(changed([&](Manifest& manifest) { manifest.members[1].name = name; })), errc::corrupt) << name;
    }
}

TEST(ManifestTest, that_does_not_add_up_is_refused) {
    EXPECT_EQ(code_of(changed([](Manifest& m) { m.members[1] = m.members[2]; })), errc::corrupt);
    EXPECT_EQ(code_of(changed([](Manifest& m) { m.members.erase(m.members.begin()); })), errc::corrupt);
    EXPECT_EQ(code_of(changed([](Manifest& m) { ++m.contents.bytes; })), errc::corrupt);
    EXPECT_EQ(code_of(changed([](Manifest& m) { ++m.contents.files; })), errc::corrupt);
    EXPECT_EQ(code_of(changed([](Manifest& m) { m.members[0].bytes = ~std::uint64_t{0}; })), errc::corrupt);
    EXPECT_EQ(code_of(changed([](Manifest& m) { m.members[0].sha256 = "ABC"; })), errc::corrupt);
    EXPECT_EQ(code_of(replaced(to_text(usual()), "\"bytes\":8", "\"bytes\":-8")), errc::corrupt);
    EXPECT_EQ(code_of(replaced(to_text(usual()), "\"schema_version\":7", "\"schema_version\":\"7\"")), errc::corrupt);
    EXPECT_EQ(code_of(replaced(to_text(usual()), "\"members\"", "\"others\"")), errc::corrupt);
    EXPECT_EQ(code_of(replaced(to_text(usual()), "docmind-backup", "something-else")), errc::corrupt);
}

TEST(ManifestTest, cut_off_anywhere_it_is_refused) {
    const std::string text = to_text(usual());
    for (std::size_t length = 0; length + 2 < text.size(); ++length) EXPECT_EQ(code_of(text.substr(0, length)), errc::corrupt) << length;
    EXPECT_EQ(code_of(std::string(100'000, '[')), errc::corrupt);
}

}  // namespace
}  // namespace docmind
