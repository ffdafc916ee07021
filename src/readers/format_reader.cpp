#include "readers/format_reader.hpp"

#include "readers/mail_reader.hpp"
#include "readers/pdf_reader.hpp"
#include "readers/sniff.hpp"
#include "readers/text_reader.hpp"

#include <docmind/error.hpp>

#include <cstdint>

namespace docmind {

namespace {

/// `depth`: how many archives and messages lie around this file.
void read_within(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                 std::uint32_t depth, const DocumentSink& sink) {
    if (bytes.empty()) throw Error(errc::empty_document, "This file is empty.");
    const Sniffed sniffed = sniff(bytes, name, media_type);
    const auto read_attached = [&](std::string_view attached, const std::string& its_name, const std::string& its_type,
                                   const DocumentSink& its_sink) {
        if (depth >= options.max_archive_depth) {
            throw Error(errc::too_large, "Files are attached to messages within messages more than " +
                                             std::to_string(options.max_archive_depth) +
                                             " deep (ingestion.max_archive_depth). Save the inner ones apart.");
        }
        read_within(attached, its_name, its_type, options, depth + 1, its_sink);
    };
    switch (sniffed.format) {
        case Format::pdf: read_pdf(bytes, sink); return;
        case Format::mail: read_mail(bytes, options, read_attached, sink); return;
        case Format::mbox: read_mbox(bytes, options, read_attached, sink); return;
        case Format::unsupported:
            throw Error(errc::unsupported, "This file is " + sniffed.kind +
                                               ", which cannot be read. What can be read: " + std::string(readable_formats()) + ".");
        default: read_text(sniffed, bytes, options, sink);
    }
}

}  // namespace

std::string_view readable_formats() noexcept {
    return "PDF, plain text, Markdown, HTML, reStructuredText, LaTeX, CSV, JSON, XML, mail (EML, mbox) and source code";
}

void read_document(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                   const DocumentSink& sink) {
    read_within(bytes, name, media_type, options, 0, sink);
}

}  // namespace docmind
