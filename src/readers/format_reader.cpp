#include "readers/format_reader.hpp"

#include "readers/pdf_reader.hpp"
#include "readers/sniff.hpp"
#include "readers/text_reader.hpp"

#include <docmind/error.hpp>

namespace docmind {

std::string_view readable_formats() noexcept {
    return "PDF, plain text, Markdown, HTML, CSV, JSON and source code";
}

void read_document(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                   const DocumentSink& sink) {
    if (bytes.empty()) throw Error(errc::empty_document, "This file is empty.");
    const Sniffed sniffed = sniff(bytes, name, media_type);
    switch (sniffed.format) {
        case Format::pdf: read_pdf(bytes, sink); return;
        case Format::unsupported:
            throw Error(errc::unsupported, "This file is " + sniffed.kind +
                                               ", which cannot be read. What can be read: " + std::string(readable_formats()) + ".");
        default: read_text(sniffed, bytes, options, sink);
    }
}

}  // namespace docmind
