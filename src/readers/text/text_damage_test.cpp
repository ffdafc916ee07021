// What comes back from damaged files: some text or an error that says why, and always sane pages. Deterministic.

#include "readers/test_collect.hpp"
#include "readers/text_sanitizer.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace docmind {
namespace {

using namespace std::string_view_literals;

std::string damaged(std::string bytes, std::mt19937& random) {
    const auto below = [&random](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
    constexpr std::string_view special = "<>&\"'{}[]()\\|:-=_*`#%$~;,\n\r\t \0\xFF\x1B?/!+@."sv;
    for (std::size_t n = 1 + below(20); n > 0 && !bytes.empty(); --n) {
        const std::size_t at = below(bytes.size());
        const std::size_t length = std::min(bytes.size() - at, 1 + below(60));
        switch (below(5)) {
            case 0: bytes[at] = static_cast<char>(below(256)); break;
            case 1: bytes[at] = special[below(special.size())]; break;
            case 2: bytes.erase(at, length); break;
            case 3: bytes.insert(below(bytes.size()), bytes.substr(at, length)); break;
            default: bytes.insert(at, below(300), special[below(special.size())]); break;
        }
    }
    if (below(3) == 0) bytes.resize(below(bytes.size() + 1));
    return bytes;
}

void expect_sane(const Document& document, const std::string& what) {
    int number = 0;
    for (const Page& page : document.pages) {
        EXPECT_EQ(page.number, ++number) << what;
        EXPECT_EQ(page.text, sanitize(page.text)) << what;
        std::uint32_t last = 0;
        for (const Heading& heading : page.headings) {
            EXPECT_GE(heading.begin, last) << what;
            EXPECT_LE(heading.begin, page.text.size()) << what;
            EXPECT_EQ(heading.title.find('\n'), std::string::npos) << what;
            last = heading.begin;
        }
    }
}

TEST(TextDamage, GivesSanePagesOrAnError) {
    std::mt19937 random(1871);  // NOLINT(cert-msc51-cpp): the same every time
    std::size_t read = 0;
    for (const auto& entry : std::filesystem::directory_iterator("tests/data/corpus/text")) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string bytes(std::istreambuf_iterator<char>(in), {});
        const std::string name = entry.path().filename();
        for (int i = 0; i < 25; ++i) {
            try {
                expect_sane(test::read(damaged(bytes, random), name), name + " " + std::to_string(i));
                ++read;
            } catch (const Error& error) {
                EXPECT_FALSE(std::string(error.what()).empty());
            }
        }
    }
    EXPECT_GT(read, 500u);
}

}  // namespace
}  // namespace docmind
