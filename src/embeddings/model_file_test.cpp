#include "embeddings/model_file.hpp"

#include <docmind/error.hpp>

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <string_view>

namespace docmind {
namespace {

namespace fs = std::filesystem;

errc failure(const fs::path& path) {
    try {
        const MappedFile file(path);
    } catch (const Error& error) {
        EXPECT_TRUE(std::string_view(error.what()).contains(path.string())) << error.what();
        return error.code();
    }
    return errc::internal;
}

/// KiB of this file that this process has in memory.
long resident(const fs::path& path) {
    std::ifstream maps("/proc/self/smaps");
    long sum = 0;
    bool inside = false;
    for (std::string line; std::getline(maps, line);) {
        if (line.starts_with("Rss:")) {
            if (inside) sum += std::stol(line.substr(4));
            inside = false;
        } else if (line.contains(path.string())) {
            inside = true;
        }
    }
    return sum;
}

TEST(MappedFile, bytes_stay_the_same_when_their_memory_is_given_back) {
    const fs::path path = fs::path(testing::TempDir()) / "model_file_test.bin";
    std::ofstream(path) << std::string(1 << 20, 'w') << "end";
    const MappedFile file(path);
    const auto text = [&] { return std::string_view(reinterpret_cast<const char*>(file.data()), file.size()); };
    EXPECT_TRUE(text().ends_with("wend"));
    ASSERT_EQ(text().find('x'), std::string_view::npos);
    EXPECT_GE(resident(path), 1024);
    file.release_pages();
    EXPECT_LT(resident(path), 1024);
    EXPECT_EQ(text(), std::string(1 << 20, 'w') + "end");
    fs::remove(path);
}

TEST(MappedFile, what_is_no_file_with_bytes_is_named_in_the_error) {
    const fs::path folder = testing::TempDir();
    EXPECT_EQ(failure(folder / "nowhere.bin"), errc::corrupt);
    EXPECT_EQ(failure(folder), errc::corrupt);
    std::ofstream(folder / "empty.bin").flush();
    EXPECT_EQ(failure(folder / "empty.bin"), errc::corrupt);
}

}  // namespace
}  // namespace docmind
