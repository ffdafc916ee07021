#include "readers/format_reader.hpp"

#include "readers/archive/archive.hpp"
#include "readers/archive/archive_reader.hpp"
#include "readers/mail/mail_reader.hpp"
#include "readers/office/docx_reader.hpp"
#include "readers/office/epub_reader.hpp"
#include "readers/office/odf_reader.hpp"
#include "readers/office/pptx_reader.hpp"
#include "readers/office/rtf_reader.hpp"
#include "readers/office/xlsx_reader.hpp"
#include "readers/pdf/image_reader.hpp"
#include "readers/pdf/pdf_reader.hpp"
#include "readers/sniff.hpp"
#include "readers/text/text_reader.hpp"

#include <docmind/error.hpp>

#include <cstdint>

namespace docmind {

namespace {

[[noreturn]] void throw_unsupported(std::string_view bytes, const Sniffed& sniffed) {
    // Office keeps documents with a password in its old container, in a stream of this name (MS-OFFCRYPTO 2.3.4.4), in UTF-16.
    constexpr std::string_view name = "EncryptedPackage";
    std::string wide;
    for (const char c : name) wide.append({c, '\0'});
    if (bytes.starts_with("\xD0\xCF\x11\xE0") && bytes.find(wide) != std::string_view::npos)
        throw Error(errc::encrypted, "This document asks for a password. Save it without one, then upload that.");
    throw Error(errc::unsupported,
                "This file is " + sniffed.kind + ", which cannot be read. What can be read: " + std::string(readable_formats()) + ".");
}

/// `depth`: how many archives and messages lie around this file.
void read_within(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                 ExpansionBudget* budget, std::uint32_t depth, const DocumentSink& sink) {
    if (bytes.empty()) throw Error(errc::empty_document, "This file is empty.");
    const Sniffed sniffed = sniff(bytes, name, media_type);
    const auto read_attached = [&](std::string_view attached, const std::string& its_name, const std::string& its_type,
                                   const DocumentSink& its_sink) {
        if (depth >= options.max_archive_depth) {
            throw Error(errc::too_large, "Files are attached to messages within messages more than " +
                                             std::to_string(options.max_archive_depth) +
                                             " deep (ingestion.max_archive_depth). Save the inner ones apart.");
        }
        read_within(attached, its_name, its_type, options, budget, depth + 1, its_sink);
    };
    const auto read_member = [&](std::string_view member, const std::string& its_name, const DocumentSink& its_sink) {
        read_within(member, its_name, {}, options, budget, depth + 1, its_sink);
    };
    switch (sniffed.format) {
        case Format::pdf: read_pdf(bytes, options, sink); return;
        case Format::image: read_image(bytes, sniffed.media_type, options, sink); return;
        case Format::mail: read_mail(bytes, options, read_attached, sink); return;
        case Format::mbox: read_mbox(bytes, options, read_attached, sink); return;
        case Format::docx: read_docx(Archive(bytes, options, budget), options, sink); return;
        case Format::xlsx: read_xlsx(Archive(bytes, options, budget), options, sink); return;
        case Format::pptx: read_pptx(Archive(bytes, options, budget), options, sink); return;
        case Format::odf: read_odf(Archive(bytes, options, budget), sniffed.media_type, options, sink); return;
        case Format::epub: read_epub(Archive(bytes, options, budget), options, sink); return;
        case Format::rtf: read_rtf(bytes, options, sink); return;
        case Format::archive:
        case Format::compressed:
            if (depth >= options.max_archive_depth) {
                throw Error(errc::too_large, "Archives lie within archives more than " + std::to_string(options.max_archive_depth) +
                                                 " deep (ingestion.max_archive_depth). Unpack the outer ones.");
            }
            if (sniffed.format == Format::archive) {
                read_archive(bytes, sniffed.media_type, options, budget, read_member, sink);
            } else {
                read_compressed(bytes, name, sniffed.media_type, options, budget, read_member, sink);
            }
            return;
        case Format::unsupported: throw_unsupported(bytes, sniffed);
        default: read_text(sniffed, bytes, options, sink);
    }
}

}  // namespace

std::string_view readable_formats() noexcept {
    return "PDF, images (PNG, JPEG, TIFF, WebP, GIF, BMP), DOCX, XLSX, PPTX, ODT, ODS, ODP, RTF, EPUB, plain text, Markdown, HTML, "
           "reStructuredText, LaTeX, CSV, JSON, XML, mail (EML, mbox), source code, and archives of these (ZIP, tar, gzip, bzip2, xz, "
           "zstd)";
}

void read_document(std::string_view bytes, const std::string& name, const std::string& media_type, const ReadOptions& options,
                   const DocumentSink& sink) {
    ExpansionBudget budget(options, bytes.size());
    read_within(bytes, name, media_type, options, &budget, 0, sink);
}

}  // namespace docmind
