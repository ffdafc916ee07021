#include "readers/pdf/image_reader.hpp"

#include "readers/pdf/recognizer.hpp"
#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <leptonica/allheaders.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <utility>

namespace docmind {

namespace {

constexpr double a4_inches = 11.69;           // its longer side
constexpr int most_pixels_read = 18'000'000;  // A4 at 450 dpi; more makes reading slower, not better
constexpr int least_resolution_read = 150;    // below it, letters are smaller than tesseract likes

struct Size {
    std::uint64_t width = 0, height = 0;
};

[[noreturn]] void throw_corrupt() {
    throw Error(errc::corrupt, "This image is damaged. Open it in an image viewer and save it again, then upload that.");
}

const l_uint8* data_of(std::string_view bytes) {
    return reinterpret_cast<const l_uint8*>(bytes.data());
}

std::uint64_t number(std::string_view bytes, std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes.at(at + static_cast<std::size_t>(i)));
    return value;
}

/// A GIF file that ends after its first picture: the library would unpack them all, and each may be as large as it likes.
class GifHead {
  public:
    explicit GifHead(std::string_view gif) : gif_(gif) {
        if (gif.size() < 13) throw_corrupt();
        at_ = 13 + table_bytes(10);
        while (byte(at_) == 0x21) {  // an extension
            at_ += 2;
            skip_blocks();
        }
        if (byte(at_) != 0x2C || at_ + 10 > gif.size()) throw_corrupt();
        const std::uint64_t screen_width = number(gif, 6, 2), screen_height = number(gif, 8, 2);
        size_ = {std::max(screen_width, number(gif, at_ + 1, 2) + number(gif, at_ + 5, 2)),
                 std::max(screen_height, number(gif, at_ + 3, 2) + number(gif, at_ + 7, 2))};
        at_ += 10 + table_bytes(at_ + 9) + 1;
        skip_blocks();
    }
    [[nodiscard]] Size size() const { return size_; }
    [[nodiscard]] std::string first_picture() const { return std::string(gif_.substr(0, at_)) + ';'; }

  private:
    [[nodiscard]] unsigned char byte(std::size_t at) const {
        if (at >= gif_.size()) throw_corrupt();
        return static_cast<unsigned char>(gif_[at]);
    }
    [[nodiscard]] std::size_t table_bytes(std::size_t flags_at) const {
        const unsigned flags = byte(flags_at);
        return (flags & 0x80U) == 0 ? 0 : std::size_t{3} << ((flags & 7U) + 1);
    }
    void skip_blocks() {
        while (const std::size_t length = byte(at_)) at_ += length + 1;
        ++at_;
    }

    std::string_view gif_;
    std::size_t at_ = 0;
    Size size_;
};

Size size_of_bmp(std::string_view bytes) {
    if (bytes.size() < 26) throw_corrupt();
    // A height below zero says that the rows go downwards.
    const auto side = [&](std::size_t at) {
        return static_cast<std::uint64_t>(std::llabs(static_cast<std::int32_t>(number(bytes, at, 4))));
    };
    return {side(18), side(22)};
}

Size size_from_header(std::string_view bytes) {
    l_int32 width = 0, height = 0;
    if (pixReadHeaderMem(data_of(bytes), bytes.size(), nullptr, &width, &height, nullptr, nullptr, nullptr) != 0) throw_corrupt();
    return {static_cast<std::uint64_t>(std::max(0, width)), static_cast<std::uint64_t>(std::max(0, height))};
}

void check(const Size& size, const ReadOptions& options) {
    if (size.width == 0 || size.height == 0) throw_corrupt();
    if (size.width > options.max_image_pixels / size.height) {
        throw Error(errc::too_large, "This image has " + std::to_string(size.width) + " x " + std::to_string(size.height) +
                                         " pixels, more than " + std::to_string(options.max_image_pixels) +
                                         " in all (ingestion.max_image_pixels). Save it smaller.");
    }
}

/// Gives the pictures one by one; each was measured before it was unpacked.
void for_each_picture(std::string_view bytes, const std::string& media_type, const ReadOptions& options,
                      const std::function<void(Picture)>& take) {
    if (media_type == "image/gif") {
        const GifHead head(bytes);
        check(head.size(), options);
        const std::string first = head.first_picture();
        take(Picture(pixReadMem(data_of(first), first.size())));
    } else if (media_type == "image/tiff") {
        std::size_t offset = 0;
        for (std::uint32_t frame = 0; frame == 0 || offset != 0; ++frame) {
            if (frame == options.max_pages) {
                throw Error(errc::too_large, "This TIFF file has more than " + std::to_string(options.max_pages) +
                                                 " pages (ingestion.max_pages). Split it into smaller files.");
            }
            l_int32 width = 0, height = 0;
            if (readHeaderMemTiff(data_of(bytes), bytes.size(), static_cast<l_int32>(frame), &width, &height, nullptr, nullptr, nullptr,
                                  nullptr, nullptr) != 0)
                throw_corrupt();
            check({static_cast<std::uint64_t>(std::max(0, width)), static_cast<std::uint64_t>(std::max(0, height))}, options);
            take(Picture(pixReadMemFromMultipageTiff(data_of(bytes), bytes.size(), &offset)));
        }
    } else {
        check(media_type == "image/bmp" ? size_of_bmp(bytes) : size_from_header(bytes), options);
        take(Picture(pixReadMem(data_of(bytes), bytes.size())));
    }
}

int resolution_of(Pix* picture) {
    const int said = pixGetXRes(picture);
    // 72 and 96 are what programs write that know nothing of paper.
    if (said > 96 && said <= 2400) return said;
    const double longer = std::max(pixGetWidth(picture), pixGetHeight(picture));
    return static_cast<int>(std::clamp(longer / a4_inches, 50.0, 600.0));
}

/// The picture in the size that is best read, and its resolution then.
std::pair<Picture, int> sized_to_read(Picture picture, int resolution) {
    const double pixels = static_cast<double>(pixGetWidth(picture.get())) * pixGetHeight(picture.get());
    double scale = 1;
    if (resolution < least_resolution_read) scale = std::min(2.0, std::sqrt(most_pixels_read / pixels));
    if (pixels > most_pixels_read) scale = std::sqrt(most_pixels_read / pixels);
    if (std::abs(scale - 1) < 0.05) return {std::move(picture), resolution};
    // A bitmap becomes grey, or thin strokes would be lost.
    if (pixGetDepth(picture.get()) < 8) picture.reset(pixConvertTo8(picture.get(), 0));
    Picture scaled(picture ? pixScale(picture.get(), static_cast<float>(scale), static_cast<float>(scale)) : nullptr);
    if (!scaled) throw std::bad_alloc();
    return {std::move(scaled), std::max(1, static_cast<int>(std::lround(resolution * scale)))};
}

}  // namespace

void read_image(std::string_view bytes, const std::string& media_type, const ReadOptions& options, const DocumentSink& sink) {
    if (options.ocr == OcrStrategy::fast) {
        throw Error(errc::unsupported,
                    "This is an image, and only text recognition (OCR) could read it, which is switched off (ingestion.ocr = \"fast\").");
    }
    Recognizer recognizer(options.languages);
    int pages = 0;
    bool text_found = false;
    for_each_picture(bytes, media_type, options, [&](Picture picture) {
        if (!picture) throw_corrupt();
        const int resolution = resolution_of(picture.get());
        const auto in_points = [resolution](int pixels) { return static_cast<float>(pixels) * 72.F / static_cast<float>(resolution); };
        const float width = in_points(pixGetWidth(picture.get())), height = in_points(pixGetHeight(picture.get()));
        if (pages == 0) sink.document(media_type, {{"ocr", "tesseract " + recognizer.languages()}});
        auto [sized, sized_resolution] = sized_to_read(std::move(picture), resolution);
        PageLayout layout;
        for (const PlacedWord& word : recognizer.recognize(std::move(sized), sized_resolution)) layout.add(word);
        Page page = layout.take();
        page.number = ++pages;
        page.width = width;
        page.height = height;
        sanitize(page);
        text_found = text_found || !page.words.empty();
        sink.page(std::move(page));
    });
    if (!text_found) throw Error(errc::empty_document, "Text recognition (OCR) found no text in this image.");
    sink.add_facts({{"ocr_confidence", std::to_string(recognizer.confidence())}});
}

}  // namespace docmind
