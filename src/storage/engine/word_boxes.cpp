#include "storage/engine/word_boxes.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace docmind {
namespace {

constexpr float units_per_point = 16;

// Words mostly follow each other in the text, in a line or column: steps are small, and small numbers are short. Signed steps are
// zigzag-coded, so that a word before the last one is stored too.
void put(std::vector<std::byte>& out, std::int64_t value) {
    auto bits = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
    for (; bits >= 0x80; bits >>= 7) out.push_back(static_cast<std::byte>(bits | 0x80));
    out.push_back(static_cast<std::byte>(bits));
}

std::int64_t units(float points) {
    // Beyond this no page reaches; a box that is not a number is stored as 0.
    return std::isfinite(points) ? std::llround(std::clamp(points, -1e6F, 1e6F) * units_per_point) : 0;
}

class Input {
  public:
    explicit Input(std::span<const std::byte> bytes) : bytes_(bytes) {}
    [[nodiscard]] bool at_end() const { return bytes_.empty(); }
    std::int64_t take() {
        std::uint64_t bits = 0;
        for (unsigned shift = 0;; shift += 7) {
            if (bytes_.empty() || shift > 63) throw Error(errc::storage, "The word boxes of a page are damaged. Reprocess the document.");
            const auto byte = static_cast<std::uint64_t>(bytes_.front());
            bytes_ = bytes_.subspan(1);
            bits |= (byte & 0x7f) << shift;
            if ((byte & 0x80) == 0) break;
        }
        return static_cast<std::int64_t>(bits >> 1) ^ -static_cast<std::int64_t>(bits & 1);
    }

  private:
    std::span<const std::byte> bytes_;
};

}  // namespace

std::vector<std::byte> encode_word_boxes(const std::vector<WordBox>& words) {
    std::vector<std::byte> out;
    out.reserve(words.size() * 11);
    std::int64_t text = 0, x = 0, y = 0;
    for (const WordBox& word : words) {
        put(out, word.begin - text);
        put(out, static_cast<std::int64_t>(word.end) - word.begin);
        put(out, units(word.x0) - x);
        put(out, units(word.y0) - y);
        put(out, units(word.x1) - units(word.x0));
        put(out, units(word.y1) - units(word.y0));
        text = word.end;
        x = units(word.x1);
        y = units(word.y0);
    }
    return out;
}

std::vector<WordBox> decode_word_boxes(std::span<const std::byte> bytes) {
    std::vector<WordBox> words;
    Input input(bytes);
    // Unsigned sums: damaged bytes may hold any number, and only a signed overflow would be undefined.
    std::uint64_t text = 0, x = 0, y = 0;
    const auto points = [](std::uint64_t value) { return static_cast<float>(static_cast<std::int64_t>(value)) / units_per_point; };
    const auto step = [&input](std::uint64_t from) { return from + static_cast<std::uint64_t>(input.take()); };
    while (!input.at_end()) {
        WordBox word;
        const std::uint64_t begin = step(text), end = step(begin);
        const std::uint64_t x0 = step(x), y0 = step(y), x1 = step(x0), y1 = step(y0);
        word.begin = static_cast<std::uint32_t>(begin);
        word.end = static_cast<std::uint32_t>(end);
        word.x0 = points(x0), word.y0 = points(y0), word.x1 = points(x1), word.y1 = points(y1);
        text = end, x = x1, y = y0;
        words.push_back(word);
    }
    return words;
}

}  // namespace docmind
