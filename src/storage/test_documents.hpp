#pragma once
// For tests: small documents whose passages can be told apart, and a folder that goes when the test ends.

#include <docmind/node.hpp>

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace docmind::test {

class TemporaryDirectory {
  public:
    TemporaryDirectory() : path_(std::filesystem::temp_directory_path() / ("docmind-storage-" + make_id())) {
        std::filesystem::create_directory(path_);
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] std::filesystem::path data() const { return path_ / "data"; }

  private:
    std::filesystem::path path_;
};

inline Vector random_unit(std::mt19937& random, std::size_t dimension) {
    std::normal_distribution<float> normal;
    Vector vector(dimension);
    double square = 0;
    for (float& x : vector) {
        x = normal(random);
        square += static_cast<double>(x) * x;
    }
    for (float& x : vector) x = static_cast<float>(x / std::sqrt(square));
    return vector;
}

inline constexpr std::size_t test_dimension = 8;

/// Points along one axis; two different axes are at right angles.
inline Vector axis(std::size_t which, std::size_t dimension = test_dimension) {
    Vector vector(dimension);
    vector[which % dimension] = 1;
    return vector;
}

/// A document with one page and one node per text; node i has the vector axis(first_axis + i).
inline EmbeddedDocument make_document(const std::string& id, const std::vector<std::string>& texts, std::size_t first_axis = 0) {
    EmbeddedDocument result;
    result.document = {.id = id, .name = id + ".pdf", .media_type = "application/pdf", .pages = {}, .metadata = {}};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        Page page{.number = static_cast<int>(i) + 1, .text = texts[i], .width = 595.25F, .height = 842, .words = {}};
        page.words.push_back(
            {.begin = 0, .end = static_cast<std::uint32_t>(texts[i].size()), .x0 = 72, .y0 = 100, .x1 = 300.5F, .y1 = 112});
        result.document.pages.push_back(std::move(page));
        Node node{.id = fmt::format("{}-{}-{}", id, i, std::hash<std::string>()(texts[i])),
                  .document_id = id,
                  .ordinal = static_cast<int>(i),
                  .page = static_cast<int>(i) + 1,
                  .begin = 0,
                  .end = static_cast<std::uint32_t>(texts[i].size()),
                  .text = texts[i],
                  .title = "On " + id,
                  .tokens = 5};
        result.nodes.push_back({.node = std::move(node), .embedding = axis(first_axis + i)});
    }
    return result;
}

}  // namespace docmind::test
