#include "readers/pdf/pdf_reader.hpp"

#include "readers/pdf/page_layout.hpp"
#include "readers/pdf/pdf_bookmarks.hpp"
#include "readers/pdf/pdf_headings.hpp"
#include "readers/pdf/pdf_scan.hpp"
#include "readers/pdf/reading_order.hpp"
#include "readers/pdf/recognizer.hpp"
#include "readers/pdf/running_lines.hpp"
#include "readers/pdf/table_finder.hpp"
#include "readers/text_sanitizer.hpp"
#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>
#include <poppler-toc.h>

#include <algorithm>
#include <climits>
#include <cmath>
#include <cstddef>
#include <ctime>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr int least_pages_with_running_lines = 3;

/// Typographic ligatures as the letters people type and search for (U+FB00 to U+FB06).
constexpr std::string_view ligatures[] = {"ff", "fi", "fl", "ffi", "ffl", "st", "st"};

/// poppler::ustring is UTF-16. Its own to_utf8() opens a new iconv each time.
std::string to_utf8(const poppler::ustring& text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char32_t c = text[i];
        if (c >= 0xD800 && c < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000) {
            c = 0x10000 + ((c - 0xD800) << 10) + (static_cast<char32_t>(text[++i]) - 0xDC00);
        }
        if (c >= 0xFB00 && c <= 0xFB06) {
            out.append(ligatures[c - 0xFB00]);
        } else if (c != 0xFEFF) {
            utf8::append(out, c);
        }
    }
    return out;
}

void put_text(Metadata& metadata, const char* key, const poppler::ustring& value) {
    std::string text = sanitize(to_utf8(value));
    if (text.find_first_not_of(" \t\n") != std::string::npos) metadata[key] = std::move(text);
}

void put_time(Metadata& metadata, const char* key, std::time_t time) {
    // poppler says -1 (or 0) where there is none.
    if (time <= 0) return;
    std::tm utc{};
    char text[32];
    if (::gmtime_r(&time, &utc) != nullptr && std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0) metadata[key] = text;
}

Metadata metadata_of(const poppler::document& pdf) {
    Metadata metadata;
    put_text(metadata, "title", pdf.get_title());
    put_text(metadata, "author", pdf.get_author());
    put_time(metadata, "created", pdf.get_creation_date_t());
    put_time(metadata, "modified", pdf.get_modification_date_t());
    return metadata;
}

/// A hostile page may have letters as large as it likes.
float finite(double edge) {
    return std::abs(edge) < 1e6 ? static_cast<float>(edge) : 0.F;
}

std::vector<PlacedWord> words_of(const poppler::page& source) {
    std::vector<PlacedWord> words;
    for (const auto& box : source.text_list()) {
        const poppler::rectf at = box.bbox();
        words.push_back({.text = to_utf8(box.text()),
                         .x0 = finite(at.left()),
                         .y0 = finite(at.top()),
                         .x1 = finite(at.right()),
                         .y1 = finite(at.bottom()),
                         .space_after = box.has_space_after(),
                         .rotation = box.rotation()});
    }
    return words;
}

/// The page's size as it is shown, without its text.
Page empty_page(const poppler::page& source, int number) {
    Page page{.number = number};
    const poppler::rectf size = source.page_rect();
    page.width = static_cast<float>(size.width());
    page.height = static_cast<float>(size.height());
    // The words lie on the page as it is shown, the crop box on the page as it was before it was turned.
    const auto turn = source.orientation();
    if (turn == poppler::page::landscape || turn == poppler::page::seascape) std::swap(page.width, page.height);
    return page;
}

[[noreturn]] void throw_corrupt() {
    throw Error(errc::corrupt,
                "This PDF is damaged: no reader of ours finds its pages. Open it in a PDF viewer and save it again, then upload that.");
}

std::string number_of_pages(int count) {
    return std::to_string(count) + (count == 1 ? " page" : " pages");
}

/// `which`: ascending.
void leave_out(std::vector<PlacedWord>& words, const std::vector<std::size_t>& which) {
    for (std::size_t i = which.size(); i-- > 0;) words.erase(words.begin() + static_cast<std::ptrdiff_t>(which[i]));
}

class PdfReading {
  public:
    PdfReading(const poppler::document& pdf, std::vector<Bookmark> bookmarks, const ReadOptions& options, const DocumentSink& sink)
        : pdf_(pdf), bookmarks_(std::move(bookmarks)), options_(options), sink_(sink) {}

    void run() {
        const int count = pdf_.pages();
        if (count <= 0) throw Error(errc::empty_document, "This PDF has no pages.");
        if (static_cast<std::uint32_t>(count) > options_.max_pages) {
            throw Error(errc::too_large, "This PDF has " + number_of_pages(count) + ", more than " + std::to_string(options_.max_pages) +
                                             " (ingestion.max_pages). Split it into smaller files.");
        }
        sink_.expect(static_cast<std::uint32_t>(count));
        sink_.document("application/pdf", metadata_of(pdf_));
        for (int i = 0; i < count; ++i) {
            take(read_page(i));
            // A page is finished when those after it are known that it is compared with.
            if (read_.size() > running_window) finish_first();
        }
        while (!read_.empty()) finish_first();
        if (unreadable_ == count) throw_corrupt();
        if (!text_found_) throw_without_text(count);
        if (recognizer_) {
            sink_.add_facts(
                {{"ocr", "tesseract " + recognizer_->languages()}, {"ocr_confidence", std::to_string(recognizer_->confidence())}});
        }
    }

  private:
    /// A page that has been read, but not yet put into words and lines.
    struct RawPage {
        Page page;  // without text
        std::vector<PlacedWord> words;
        bool is_recognized = false;  // then they are in order, and separated
    };

    RawPage read_page(int index) {
        const std::unique_ptr<poppler::page> source(pdf_.create_page(index));
        // A page that cannot be read stays in its place: the numbers after it must be those on the screen.
        if (!source) {
            ++unreadable_;
            return {.page = {.number = index + 1}};
        }
        RawPage raw{.page = empty_page(*source, index + 1), .words = words_of(*source)};
        const bool must_be_recognized =
            options_.ocr == OcrStrategy::ocr || (options_.ocr == OcrStrategy::automatic && looks_like_a_scan(*source, raw.words));
        if (must_be_recognized) recognize(*source, raw);
        return raw;
    }

    void take(RawPage raw) {
        edges_.push_back(edges_of(raw.words, raw.page.height, raw.page.number));
        read_.push_back(std::move(raw));
    }

    void finish_first() {
        RawPage raw = std::move(read_.front());
        const std::size_t at = edges_.size() - read_.size();
        read_.pop_front();
        if (pdf_.pages() >= least_pages_with_running_lines) leave_out(raw.words, running_words(edges_, at));
        if (at == running_window) edges_.pop_front();
        std::vector<std::size_t> parts = {raw.words.size()};
        if (!raw.is_recognized) parts = order_columns(raw.words);
        form_tables(raw.words, parts);
        PageLayout layout;
        for (const PlacedWord& word : raw.words) layout.add(word);
        Page text = layout.take();
        raw.page.text = std::move(text.text);
        raw.page.words = std::move(text.words);
        add_headings(raw.page);
        sanitize(raw.page);
        text_found_ = text_found_ || !raw.page.words.empty();
        sink_.page(std::move(raw.page));
    }

    void add_headings(Page& page) {
        const auto on_page = std::ranges::equal_range(bookmarks_, page.number, {}, &Bookmark::page);
        add_bookmarks(page, {on_page.begin(), on_page.end()});
        if (!bookmarks_.empty()) return;
        sizes_.add(page);
        add_large_lines(page, sizes_.usual());
    }

    /// Replaces the page's words by those that recognition finds, unless they are fewer or there is no data to recognise them with.
    void recognize(const poppler::page& source, RawPage& raw) {
        if (!without_recognition_.empty()) return;
        try {
            if (!recognizer_) recognizer_.emplace(options_.languages);
        } catch (const Error& error) {
            if (options_.ocr == OcrStrategy::ocr) throw;
            without_recognition_ = error.what();
            return;
        }
        Rendered rendered = render(source, options_.max_image_pixels);
        if (!rendered.picture) return;
        std::vector<PlacedWord> found = recognizer_->recognize(std::move(rendered.picture), rendered.resolution);
        if (readable_characters(found) < readable_characters(raw.words)) return;
        raw.words = std::move(found);
        raw.is_recognized = true;
    }

    [[noreturn]] void throw_without_text(int count) const {
        const std::string scan = "This PDF has " + number_of_pages(count) + " but no text: it looks like a scan. ";
        if (!without_recognition_.empty()) throw Error(errc::unsupported, scan + without_recognition_);
        if (options_.ocr == OcrStrategy::fast)
            throw Error(errc::empty_document, scan + "Text recognition (OCR) is switched off (ingestion.ocr = \"fast\").");
        throw Error(errc::empty_document,
                    "This PDF has " + number_of_pages(count) + " but no text, and text recognition (OCR) found none.");
    }

    const poppler::document& pdf_;
    std::vector<Bookmark> bookmarks_;
    const ReadOptions& options_;
    const DocumentSink& sink_;
    LetterSizes sizes_;
    std::deque<RawPage> read_;              // that are not finished
    std::deque<PageEdges> edges_;           // of the pages before them, and theirs
    std::optional<Recognizer> recognizer_;  // from the first page that needs it
    std::string without_recognition_;       // why pages are not recognised
    int unreadable_ = 0;
    bool text_found_ = false;
};

}  // namespace

void prepare_pdf() {
    // The first conversion reads glibc's list of character sets.
    static_cast<void>(poppler::ustring::from_utf8("a"));
}

void read_pdf(std::string_view bytes, const ReadOptions& options, const DocumentSink& sink) {
    // It would print what it finds wrong; nobody could read that.
    poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
    if (bytes.size() > static_cast<std::size_t>(INT_MAX))
        throw Error(errc::too_large, "This PDF is over 2 GiB. Split it into smaller files.");
    const std::unique_ptr<poppler::document> pdf(poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
    if (!pdf) throw_corrupt();
    if (pdf->is_locked()) throw Error(errc::encrypted, "This PDF asks for a password. Save it without one, then upload that.");
    const bool has_outline = std::unique_ptr<poppler::toc>(pdf->create_toc()) != nullptr;
    PdfReading(*pdf, has_outline ? bookmarks_of(bytes) : std::vector<Bookmark>(), options, sink).run();
}

}  // namespace docmind
