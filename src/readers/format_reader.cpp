#include "readers/format_reader.hpp"

#include "readers/html_reader.hpp"
#include "readers/image_reader.hpp"
#include "readers/markdown_reader.hpp"
#include "readers/pdf_reader.hpp"
#include "readers/sniff.hpp"
#include "readers/text_decoder.hpp"
#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <limits>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_title = 300;

TitledText read_by_format(Format format, std::string text) {
    switch (format) {
        case Format::html: return read_html(text);
        case Format::markdown: return read_markdown(text);
        default: return {{}, std::move(text)};
    }
}

void read_as_one_page(const Sniffed& sniffed, std::string_view bytes, const DocumentSink& sink) {
    // sanitize() first: it settles the kinds of newline, which Markdown cares about.
    TitledText read = read_by_format(sniffed.format, sanitize(decode_text(bytes)));
    // Again, because a character reference may have made what sanitize() drops.
    const bool may_have_changed = sniffed.format != Format::text;
    Page page{.text = may_have_changed ? sanitize(read.text) : std::move(read.text)};
    if (page.text.find_first_not_of(" \t\n") == std::string::npos) throw Error(errc::empty_document, "There is no text in this file.");
    if (page.text.size() > std::numeric_limits<std::uint32_t>::max())
        throw Error(errc::too_large, "This text is over 4 GiB. Split it into smaller files.");
    Metadata metadata;
    std::string title = sanitize(read.title);
    if (!title.empty() && title.size() <= max_title) metadata["title"] = std::move(title);
    sink.document(sniffed.media_type, std::move(metadata));
    sink.page(std::move(page));
}

}  // namespace

std::string_view readable_formats() noexcept {
    return "PDF, images (PNG, JPEG, TIFF, WebP, GIF, BMP), plain text, Markdown, HTML, CSV, JSON and source code";
}

void read_document(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                   const DocumentSink& sink) {
    if (bytes.empty()) throw Error(errc::empty_document, "This file is empty.");
    const Sniffed sniffed = sniff(bytes, name, media_type);
    switch (sniffed.format) {
        case Format::pdf: read_pdf(bytes, options, sink); return;
        case Format::image: read_image(bytes, sniffed.media_type, options, sink); return;
        case Format::unsupported:
            throw Error(errc::unsupported, "This file is " + sniffed.kind +
                                               ", which cannot be read. What can be read: " + std::string(readable_formats()) + ".");
        default: read_as_one_page(sniffed, bytes, sink);
    }
}

}  // namespace docmind
