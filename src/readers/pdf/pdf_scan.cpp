#include "readers/pdf/pdf_scan.hpp"

#include "readers/utf8.hpp"

#include <leptonica/allheaders.h>
#include <poppler-image.h>
#include <poppler-page-renderer.h>
#include <poppler-page.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <string_view>

namespace docmind {

namespace {

constexpr std::size_t enough_characters = 100;  // a page with more is text, whatever pictures it has
constexpr double look_resolution = 36;
constexpr int clearly_different = 48;     // shades of 256, from the page's commonest
constexpr double ink_of_a_scan = 0.01;    // share of the page's pixels beside its few words
constexpr double ink_of_a_line = 0.0005;  // the same where there is no word at all
constexpr double read_resolution = 300;
constexpr double least_resolution = 40;

bool is_unreadable(char32_t c) {
    const bool is_private = (c >= 0xE000 && c < 0xF900) || c >= 0xF0000;
    return c == 0xFFFD || is_private || c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool is_garbage(const std::vector<PlacedWord>& words) {
    std::size_t bad = 0, all = 0;
    for (const PlacedWord& word : words) {
        for (std::string_view rest = word.text; !rest.empty(); ++all) {
            const auto [c, length] = utf8::decode(rest);
            bad += is_unreadable(c) ? 1 : 0;
            rest.remove_prefix(length);
        }
    }
    return bad * 3 > all;
}

poppler::image draw(const poppler::page& page, double resolution) {
    poppler::page_renderer renderer;
    renderer.set_image_format(poppler::image::format_gray8);
    renderer.set_render_hints(poppler::page_renderer::antialiasing | poppler::page_renderer::text_antialiasing);
    return renderer.render_page(&page, resolution, resolution);
}

/// The resolution at which a page this large has at most so many pixels.
double limited(const poppler::page& page, double resolution, double max_pixels) {
    const poppler::rectf size = page.page_rect();
    const double inches = std::max(1e-6, size.width() / 72 * (size.height() / 72));
    return std::min(resolution, std::sqrt(max_pixels / inches));
}

/// The share of pixels that differ from the ground and lie in no word's box.
double ink_beside(const poppler::image& picture, const std::vector<PlacedWord>& words, double scale) {
    const int width = picture.width(), height = picture.height();
    std::vector<bool> covered(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    for (const PlacedWord& word : words) {
        const auto pixel = [scale](float edge, int margin, int end) {
            return static_cast<int>(std::clamp(std::floor(static_cast<double>(edge) * scale) + margin, 0.0, static_cast<double>(end)));
        };
        const int x0 = pixel(word.x0, -2, width), x1 = pixel(word.x1, 3, width);
        for (int y = pixel(word.y0, -2, height); y < pixel(word.y1, 3, height); ++y) {
            for (int x = x0; x < x1; ++x)
                covered[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x)] = true;
        }
    }
    std::array<std::size_t, 256> shades{};
    const auto row = [&picture](int y) {
        return reinterpret_cast<const unsigned char*>(picture.const_data()) + static_cast<std::ptrdiff_t>(y) * picture.bytes_per_row();
    };
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) ++shades[row(y)[x]];
    }
    const int ground = static_cast<int>(std::ranges::max_element(shades) - shades.begin());
    std::size_t ink = 0, at = 0;
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x, ++at) ink += !covered[at] && std::abs(row(y)[x] - ground) > clearly_different ? 1 : 0;
    }
    return static_cast<double>(ink) / static_cast<double>(std::max<std::size_t>(1, covered.size()));
}

}  // namespace

std::size_t readable_characters(const std::vector<PlacedWord>& words) {
    std::size_t count = 0;
    for (const PlacedWord& word : words) {
        for (const unsigned char c : word.text) {
            const bool is_ascii = (c >= '0' && c <= '9') || ((c | 0x20U) >= 'a' && (c | 0x20U) <= 'z');
            count += is_ascii || c >= 0xC0 ? 1 : 0;
        }
    }
    return count;
}

bool looks_like_a_scan(const poppler::page& page, const std::vector<PlacedWord>& words) {
    const std::size_t characters = readable_characters(words);
    const bool garbage = !words.empty() && is_garbage(words);
    if (characters >= enough_characters && !garbage) return false;
    if (garbage) return true;
    constexpr double most_pixels_looked_at = 1'000'000;
    const double resolution = limited(page, look_resolution, most_pixels_looked_at);
    const poppler::image picture = draw(page, resolution);
    if (!picture.is_valid()) return false;
    return ink_beside(picture, words, resolution / 72) > (words.empty() ? ink_of_a_line : ink_of_a_scan);
}

Rendered render(const poppler::page& page, std::uint64_t max_pixels) {
    const double resolution = std::floor(limited(page, read_resolution, static_cast<double>(max_pixels)));
    if (resolution < least_resolution) return {};
    const poppler::image drawn = draw(page, resolution);
    if (!drawn.is_valid()) return {};
    Picture picture(pixCreateNoInit(drawn.width(), drawn.height(), 8));
    if (!picture) throw std::bad_alloc();
    const auto words_per_line = static_cast<std::size_t>(pixGetWpl(picture.get()));
    for (int y = 0; y < drawn.height(); ++y) {
        std::memcpy(pixGetData(picture.get()) + words_per_line * static_cast<std::size_t>(y),
                    drawn.const_data() + static_cast<std::ptrdiff_t>(y) * drawn.bytes_per_row(), static_cast<std::size_t>(drawn.width()));
    }
    // leptonica keeps its pixels in words of four, the first in the highest byte.
    pixEndianByteSwap(picture.get());
    return {std::move(picture), static_cast<int>(resolution)};
}

}  // namespace docmind
