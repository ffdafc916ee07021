#include "readers/text/text_reader.hpp"

#include "readers/page_writer.hpp"
#include "readers/text/code_outline.hpp"
#include "readers/text/csv_reader.hpp"
#include "readers/text/html_reader.hpp"
#include "readers/text/json_reader.hpp"
#include "readers/text/latex_reader.hpp"
#include "readers/text/markdown_reader.hpp"
#include "readers/text/rst_reader.hpp"
#include "readers/text/text_decoder.hpp"
#include "readers/text/xml_reader.hpp"
#include "readers/text_sanitizer.hpp"

#include <docmind/error.hpp>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

namespace {

constexpr std::size_t max_value = 1000;

struct Read {
    Metadata metadata;
    std::vector<Page> pages;  // not yet numbered
};

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\n") == std::string_view::npos;
}

/// The pages between form feeds; blank ones keep their numbers.
std::vector<Page> pages_of(std::string_view text) {
    std::vector<Page> pages;
    while (true) {
        const auto end = text.find('\f');
        std::string_view page = text.substr(0, end);
        // The form feed may stand on a line of its own.
        if (page.starts_with('\n') && !pages.empty()) page.remove_prefix(1);
        pages.push_back({.text = sanitize(page)});
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    // A form feed at the end begins no page.
    while (pages.size() > 1 && is_blank(pages.back().text)) pages.pop_back();
    return pages;
}

/// Source code as it stands, with what begins where.
Read read_code(std::string text, const CodeLanguage& language) {
    Page page{.text = std::move(text)};
    page.headings = code_outline(page.text, language);
    Read read{.metadata = {{"programming_language", std::string(language.name)}}, .pages = {}};
    read.pages.push_back(std::move(page));
    return read;
}

/// The formats that PageWriter writes; nothing where the text turns out not to be what it seemed.
std::optional<Metadata> write_by_format(const Sniffed& sniffed, std::string_view text, const ReadOptions& options, PageWriter& writer) {
    switch (sniffed.format) {
        case Format::html: return read_html_into(text, HtmlPart::main_content, writer);
        case Format::markdown: return read_markdown_into(text, options, writer);
        case Format::rst: return read_rst_into(text, options, writer);
        case Format::latex: return read_latex_into(text, writer);
        case Format::xml: return read_xml_into(text, writer);
        case Format::csv: read_csv_into(text, sniffed.media_type, options, writer); return Metadata();
        default: return std::nullopt;
    }
}

Read read_by_format(const Sniffed& sniffed, std::string text, const ReadOptions& options) {
    if (sniffed.format == Format::text) return {{}, pages_of(text)};
    // It settles the kinds of newline and takes out what no reader should meet.
    text = sanitize(text);
    if (sniffed.format == Format::code) {
        if (const auto* language = code_language_of_media_type(sniffed.media_type); language != nullptr)
            return read_code(std::move(text), *language);
    }
    Read read;
    if (sniffed.format == Format::json || sniffed.format == Format::json_lines) {
        JsonPage json = sniffed.format == Format::json ? read_json(text) : read_json_lines(text);
        read.metadata = std::move(json.metadata);
        read.pages.push_back(std::move(json.page));
        return read;
    }
    PageWriter writer;
    if (auto metadata = write_by_format(sniffed, text, options, writer)) {
        read.metadata = *std::move(metadata);
        read.pages.push_back(writer.take(1));
    } else {
        read.pages.push_back({.text = std::move(text)});
    }
    return read;
}

Metadata sanitized(const Metadata& metadata) {
    Metadata sane;
    for (const auto& [key, value] : metadata) {
        std::string line = sanitize(value);
        for (char& c : line) c = c == '\n' || c == '\t' ? ' ' : c;
        if (!is_blank(line) && line.size() <= max_value) sane[key] = std::move(line);
    }
    return sane;
}

}  // namespace

void read_text(const Sniffed& sniffed, std::string_view bytes, const ReadOptions& options, const DocumentSink& sink) {
    const bool is_markup = sniffed.format == Format::html || sniffed.format == Format::xml;
    const std::string charset = is_markup ? declared_charset(bytes) : std::string();
    Read read = read_by_format(sniffed, decode_text(bytes, charset), options);
    bool has_text = false;
    for (Page& page : read.pages) {
        // Plain text is sanitized already; elsewhere a character reference may have made what sanitize() drops.
        if (sniffed.format != Format::text) sanitize(page);
        has_text = has_text || !is_blank(page.text);
        if (page.text.size() > std::numeric_limits<std::uint32_t>::max())
            throw Error(errc::too_large, "This text is over 4 GiB. Split it into smaller files.");
    }
    if (!has_text) throw Error(errc::empty_document, "There is no text in this file.");
    if (read.pages.size() > options.max_pages) {
        throw Error(errc::too_large, "This text has " + std::to_string(read.pages.size()) + " pages; " + std::to_string(options.max_pages) +
                                         " are allowed (ingestion.max_pages). Split it into smaller files.");
    }
    sink.document(sniffed.media_type, sanitized(read.metadata));
    int number = 0;
    for (Page& page : read.pages) {
        page.number = ++number;
        sink.page(std::move(page));
    }
}

}  // namespace docmind
