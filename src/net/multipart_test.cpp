#include "net/multipart.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "async/test_support.hpp"

namespace docmind {
namespace {

using namespace std::string_literals;

/// A body that comes in given pieces, and counts how many were pulled.
class Pieces final : public BodySource {
  public:
    Pieces(std::string bytes, std::size_t first, std::size_t size) : bytes_(std::move(bytes)), first_(first), size_(size) {}
    Task<std::optional<std::string>> next() override {
        const std::size_t size = at_ == 0 && first_ > 0 ? first_ : size_;
        if (at_ >= bytes_.size()) co_return std::nullopt;
        std::string piece = bytes_.substr(at_, size);
        at_ += piece.size();
        co_return piece;
    }
    [[nodiscard]] std::size_t pulled() const noexcept { return at_; }

  private:
    std::string bytes_;
    std::size_t first_, size_;
    std::size_t at_ = 0;
};

struct Part {
    MultipartPart head;
    std::string content;
    bool operator==(const Part& o) const {
        return head.name == o.head.name && head.filename == o.head.filename && head.content_type == o.head.content_type &&
               content == o.content;
    }
};

const std::string form = "multipart/form-data; boundary=\"b0\"";

Task<std::vector<Part>> read_parts(BodySource* body, std::string content_type, MultipartReader::Params params) {
    std::vector<Part> parts;
    MultipartReader reader(body, content_type, params);
    for (;;) {
        auto head = co_await reader.next_part();
        if (!head) break;
        Part part{std::move(*head), {}};
        for (;;) {
            const auto chunk = co_await reader.next_chunk();
            if (!chunk) break;
            EXPECT_FALSE(chunk->empty());
            part.content += *chunk;
        }
        parts.push_back(std::move(part));
    }
    const auto no_chunk = co_await reader.next_chunk();
    const auto no_part = co_await reader.next_part();
    EXPECT_FALSE(no_chunk || no_part);
    co_return parts;
}

/// The parts of the whole, having checked that no way of cutting it makes a difference.
std::vector<Part> parse(const std::string& bytes, MultipartReader::Params params = {}) {
    const auto cut = [&](std::size_t first, std::size_t size) {
        Pieces body(bytes, first, size);
        return test::run_task(read_parts(&body, form, params));
    };
    const std::vector<Part> whole = cut(bytes.size(), bytes.size());
    EXPECT_EQ(cut(0, 1), whole) << "byte by byte";
    for (std::size_t at = 1; at < bytes.size() && bytes.size() < 1000; ++at) EXPECT_EQ(cut(at, bytes.size()), whole) << "cut at " << at;
    return whole;
}

/// Why this is refused, whole and byte by byte.
std::optional<errc> refused(const std::string& bytes, MultipartReader::Params params = {}, const std::string& content_type = form) {
    std::optional<errc> codes[2];
    for (const std::size_t size : {std::size_t{1}, bytes.size() + 2}) {
        Pieces body(bytes, 0, size);
        try {
            test::run_task(read_parts(&body, content_type, params));
        } catch (const Error& error) {
            codes[size == 1 ? 0 : 1] = error.code();
        }
    }
    EXPECT_EQ(codes[0], codes[1]) << "byte by byte it is refused differently";
    return codes[1];
}

/// One part with this Content-Disposition, and its end.
std::string one(const std::string& disposition, const std::string& content = "x") {
    return "--b0\r\nContent-Disposition: form-data; " + disposition + "\r\n\r\n" + content + "\r\n--b0--\r\n";
}

std::optional<std::string> filename_of(const std::string& disposition) {
    const auto parts = parse(one(disposition));
    return parts.size() == 1 ? parts.front().head.filename : std::nullopt;
}

TEST(Multipart, takes_a_form_apart_however_it_is_cut) {
    const auto parts = parse(
        "--b0\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nA title\r\n"
        "--b0 \t\r\ncontent-type: text/plain\r\nCONTENT-DISPOSITION: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nline "
        "1\r\n--b1\r\n\r\n--\r--b0\r\n"
        "--b0--\r\nepilogue");
    ASSERT_EQ(parts.size(), 2U);
    EXPECT_EQ(parts[0].head.name, "title");
    EXPECT_EQ(parts[0].head.filename, std::nullopt);
    EXPECT_EQ(parts[0].head.content_type, "");
    EXPECT_EQ(parts[0].content, "A title");
    EXPECT_EQ(parts[1].head.name, "file");
    EXPECT_EQ(parts[1].head.filename, "a.txt");
    EXPECT_EQ(parts[1].head.content_type, "text/plain");
    EXPECT_EQ(parts[1].content, "line 1\r\n--b1\r\n\r\n--\r--b0");
}

TEST(Multipart, a_file_may_be_empty_or_end_in_line_breaks) {
    EXPECT_EQ(parse(one("name=a", "")).at(0).content, "");
    EXPECT_EQ(parse(one("name=a", "\r\n")).at(0).content, "\r\n");
    EXPECT_EQ(parse(one("name=a", "\r\n\r\n\r")).at(0).content, "\r\n\r\n\r");
    EXPECT_EQ(parse(one("name=a", "\0\xFF\r\n-"s)).at(0).content, "\0\xFF\r\n-"s);
}

TEST(Multipart, skips_what_stands_before_the_first_boundary) {
    const auto parts = parse("This is a form.\r\n--b\r\n" + one("name=a"));
    ASSERT_EQ(parts.size(), 1U);
    EXPECT_EQ(parts[0].content, "x");
    EXPECT_EQ(parse("\r\n" + one("name=a")).size(), 1U);
}

TEST(Multipart, a_form_may_have_no_part) {
    EXPECT_TRUE(parse("--b0--\r\n").empty());
    EXPECT_TRUE(parse("--b0--").empty());
}

TEST(Multipart, file_names_are_what_browsers_mean) {
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"a; b.txt\""), "a; b.txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"say %22hi%22.txt\""), "say \"hi\".txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"say \\\"hi\\\".txt\""), "say \"hi\".txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"C:\\dir\\a.txt\""), "C:\\dir\\a.txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"a%0D%0Ab%41.txt\""), "a\r\nb%41.txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=plain.txt"), "plain.txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"\""), "");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"\xC3\xA4.txt\""), "\xC3\xA4.txt");
    EXPECT_EQ(filename_of("name=\"f\"; filename=\"\xE4.txt\""), "\xEF\xBF\xBD.txt");
    EXPECT_EQ(filename_of("name=\"f\""), std::nullopt);
    // A name within a name is none.
    EXPECT_EQ(filename_of("name=\"a; filename=b\""), std::nullopt);
}

TEST(Multipart, an_extended_file_name_is_preferred) {
    EXPECT_EQ(filename_of("name=f; filename=\"a.txt\"; filename*=UTF-8''%C3%A4%20%22.txt"), "\xC3\xA4 \".txt");
    EXPECT_EQ(filename_of("name=f; filename*=utf-8'en'%e2%82%ac.txt"), "\xE2\x82\xAC.txt");
    EXPECT_EQ(filename_of("name=f; filename*=UTF-8''%FF.txt"), "\xEF\xBF\xBD.txt");
    // What cannot be understood gives way to the plain one.
    EXPECT_EQ(filename_of("name=f; filename=\"a.txt\"; filename*=ISO-8859-1''%E4.txt"), "a.txt");
    EXPECT_EQ(filename_of("name=f; filename=\"a.txt\"; filename*=UTF-8''%zz.txt"), "a.txt");
    EXPECT_EQ(filename_of("name=f; filename=\"a.txt\"; filename*=UTF-8''a%00.txt"), "a.txt");
}

TEST(Multipart, refuses_a_form_that_is_cut_off) {
    const std::string whole = one("name=a", "content");
    for (std::size_t length = 0; length < whole.size() - 2; ++length)
        EXPECT_EQ(refused(whole.substr(0, length)), errc::invalid_argument) << length;
    EXPECT_EQ(refused(whole), std::nullopt);
}

TEST(Multipart, refuses_what_is_no_form) {
    EXPECT_EQ(refused("--b0\r\nContent-Type: text/plain\r\n\r\nx\r\n--b0--"), errc::invalid_argument);
    EXPECT_EQ(refused("--b0\r\n\r\nx\r\n--b0--"), errc::invalid_argument);
    EXPECT_EQ(refused("--b0\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--b0--"), errc::invalid_argument);
    EXPECT_EQ(refused("--b0\r\nno colon\r\n\r\nx\r\n--b0--"), errc::invalid_argument);
    EXPECT_EQ(refused("--b0x\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n--b0--"), errc::invalid_argument);
    EXPECT_EQ(refused("no boundary anywhere\r\n"), errc::invalid_argument);
}

TEST(Multipart, needs_a_boundary_of_1_to_70_characters) {
    for (const std::string& bad : {"multipart/form-data"s, "multipart/form-data; boundary="s, "multipart/form-data; boundary=\"\""s,
                                   "multipart/form-data; boundary=" + std::string(71, 'x')}) {
        EXPECT_EQ(refused("", {}, bad), errc::invalid_argument) << bad;
    }
    const std::string longest(70, 'x');
    EXPECT_EQ(refused("--" + longest + "--", {}, "multipart/form-data; boundary=" + longest), std::nullopt);
}

TEST(Multipart, the_head_of_a_part_has_a_limit) {
    const MultipartReader::Params params{.max_head_bytes = 100};
    EXPECT_EQ(refused(one("name=a"), params), std::nullopt);
    EXPECT_EQ(refused(one("name=" + std::string(150, 'x')), params), errc::too_large);
    EXPECT_EQ(refused("--b0\r\nA: " + std::string(9000, 'x')), errc::too_large);
}

TEST(Multipart, the_number_of_parts_has_a_limit) {
    std::string bytes;
    for (int i = 0; i < 3; ++i) bytes += "--b0\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n";
    bytes += "--b0--";
    EXPECT_EQ(refused(bytes, {.max_parts = 3}), std::nullopt);
    EXPECT_EQ(refused(bytes, {.max_parts = 2}), errc::too_large);
}

Task<std::string> names_only(BodySource* body) {
    MultipartReader reader(body, form);
    std::string names;
    for (;;) {
        const auto part = co_await reader.next_part();
        if (!part) break;
        names += part->name + ";";
    }
    co_return names;
}

TEST(Multipart, what_nobody_takes_of_a_part_is_skipped) {
    std::string bytes = "--b0\r\nContent-Disposition: form-data; name=a\r\n\r\n" + std::string(300'000, 'x') + "\r\n" + one("name=b");
    Pieces body(bytes, 0, 1000);
    EXPECT_EQ(test::run_task(names_only(&body)), "a;b;");
}

Task<std::size_t> largest_gap(Pieces* body) {
    MultipartReader reader(body, form);
    co_await reader.next_part();
    const std::size_t before = body->pulled();
    std::size_t given = 0, gap = 0;
    for (;;) {
        const auto chunk = co_await reader.next_chunk();
        if (!chunk) break;
        given += chunk->size();
        gap = std::max(gap, body->pulled() - before - std::min(given, body->pulled() - before));
    }
    co_return gap;
}

TEST(Multipart, a_file_is_passed_on_as_it_comes) {
    // Bytes that look like the beginning of a boundary all the time.
    std::string content;
    while (content.size() < 200'000) content += "\r\n--b";
    Pieces body(one("name=a", content), 0, 1000);
    EXPECT_LT(test::run_task(largest_gap(&body)), 2000U);
}

}  // namespace
}  // namespace docmind
