#include "readers/pdf_reader.hpp"

#include "readers/page_layout.hpp"
#include "readers/text_sanitizer.hpp"
#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <climits>
#include <cstddef>
#include <ctime>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

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

Page page_of(const poppler::page& source, int number) {
    PageLayout layout;
    for (const auto& box : source.text_list()) {
        const std::string text = to_utf8(box.text());
        const poppler::rectf at = box.bbox();
        layout.add({.text = text,
                    .x0 = static_cast<float>(at.left()),
                    .y0 = static_cast<float>(at.top()),
                    .x1 = static_cast<float>(at.right()),
                    .y1 = static_cast<float>(at.bottom()),
                    .space_after = box.has_space_after(),
                    .rotation = box.rotation()});
    }
    Page page = layout.take();
    page.number = number;
    const poppler::rectf size = source.page_rect();
    page.width = static_cast<float>(size.width());
    page.height = static_cast<float>(size.height());
    // The words lie on the page as it is shown, the crop box on the page as it was before it was turned.
    const auto turn = source.orientation();
    if (turn == poppler::page::landscape || turn == poppler::page::seascape) std::swap(page.width, page.height);
    sanitize(page);
    return page;
}

[[noreturn]] void throw_corrupt() {
    throw Error(errc::corrupt,
                "This PDF is damaged: no reader of ours finds its pages. Open it in a PDF viewer and save it again, then upload that.");
}

}  // namespace

void prepare_pdf() {
    // The first conversion reads glibc's list of character sets.
    static_cast<void>(poppler::ustring::from_utf8("a"));
}

void read_pdf(std::string_view bytes, const DocumentSink& sink) {
    // It would print what it finds wrong; nobody could read that.
    poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
    if (bytes.size() > static_cast<std::size_t>(INT_MAX))
        throw Error(errc::too_large, "This PDF is over 2 GiB. Split it into smaller files.");
    const std::unique_ptr<poppler::document> pdf(poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
    if (!pdf) throw_corrupt();
    if (pdf->is_locked()) throw Error(errc::encrypted, "This PDF asks for a password. Save it without one, then upload that.");
    const int count = pdf->pages();
    if (count <= 0) throw Error(errc::empty_document, "This PDF has no pages.");
    sink.document("application/pdf", metadata_of(*pdf));

    int unreadable = 0;
    bool text_found = false;
    for (int i = 0; i < count; ++i) {
        const std::unique_ptr<poppler::page> source(pdf->create_page(i));
        if (!source) ++unreadable;
        // A page that cannot be read stays in its place: the numbers after it must be those on the screen.
        Page page = source ? page_of(*source, i + 1) : Page{.number = i + 1};
        text_found = text_found || !page.words.empty();
        sink.page(std::move(page));
    }
    if (unreadable == count) throw_corrupt();
    if (text_found) return;
    throw Error(errc::empty_document,
                "This PDF has " + std::to_string(count) + (count == 1 ? " page" : " pages") +
                    " but no text: it looks like a scan. Text recognition (OCR) is not built in; run the file through "
                    "an OCR program first, then upload the result.");
}

}  // namespace docmind
