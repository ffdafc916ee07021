#include "readers/sniff.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t head_bytes = 64 * 1024;
constexpr std::size_t pdf_header_reach = 1024;  // ISO 32000-1, annex H.3.4.1: readers accept a header within the first 1024 bytes
constexpr std::size_t pdf_tail_reach = 2048;

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view kind;
};

constexpr std::array magics = {
    Magic{0, "PK\x03\x04"sv, "a ZIP archive (Word, Excel, PowerPoint and EPUB files are such archives)"},
    Magic{0, "PK\x05\x06"sv, "an empty ZIP archive"},
    Magic{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "an old Microsoft Office file"},
    Magic{0, "{\\rtf"sv, "an RTF document"},
    Magic{0, "%!PS"sv, "a PostScript file"},
    Magic{0,
          "\x7F"
          "ELF"sv,
          "a program (ELF)"},
    Magic{0, "\xFE\xED\xFA\xCE"sv, "a program (Mach-O)"},
    Magic{0, "\xFE\xED\xFA\xCF"sv, "a program (Mach-O)"},
    Magic{0, "\xCF\xFA\xED\xFE"sv, "a program (Mach-O)"},
    Magic{0, "\xCA\xFE\xBA\xBE"sv, "a program (Java or Mach-O)"},
    Magic{0, "\0asm"sv, "a program (WebAssembly)"},
    Magic{4, "ftyp"sv, "an MP4 video or HEIC image"},
    Magic{0, "\0\0\x01\0"sv, "an icon"},
    Magic{0, "8BPS"sv, "a Photoshop image"},
    Magic{0, "\x1F\x8B"sv, "a gzip archive"},
    Magic{0, "BZh"sv, "a bzip2 archive"},
    Magic{0,
          "\xFD"
          "7zXZ\0"sv,
          "an xz archive"},
    Magic{0, "\x28\xB5\x2F\xFD"sv, "a zstd archive"},
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive"},
    Magic{0, "Rar!\x1A\x07"sv, "a RAR archive"},
    Magic{257, "ustar"sv, "a tar archive"},
    Magic{0, "SQLite format 3\0"sv, "an SQLite database"},
    Magic{0, "ID3"sv, "an MP3 recording"},
    Magic{0, "OggS"sv, "an Ogg recording"},
    Magic{0, "fLaC"sv, "a FLAC recording"},
    Magic{8, "WAVE"sv, "a WAV recording"},
    Magic{8, "AVI "sv, "an AVI video"},
    Magic{0, "\x1A\x45\xDF\xA3"sv, "a Matroska video"},
    Magic{0, "wOF2"sv, "a font"},
    Magic{0, "\0\x01\0\0"sv, "a font"},
};

struct Image {
    std::size_t offset;
    std::string_view bytes;
    std::string_view media_type;
};

constexpr std::array images = {
    Image{0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
    Image{0, "\xFF\xD8\xFF"sv, "image/jpeg"},
    Image{0, "GIF87a"sv, "image/gif"},
    Image{0, "GIF89a"sv, "image/gif"},
    Image{0, "II*\0"sv, "image/tiff"},
    Image{0, "MM\0*"sv, "image/tiff"},
    Image{8, "WEBP"sv, "image/webp"},
};

bool has(std::string_view bytes, std::size_t offset, std::string_view part) {
    return bytes.size() >= offset + part.size() && bytes.substr(offset, part.size()) == part;
}

std::string extension_of(std::string_view name) {
    const auto dot = name.rfind('.');
    return dot == std::string_view::npos ? std::string() : ascii_lower(name.substr(dot + 1));
}

/// A header at the very beginning is enough; text that merely speaks of "%PDF-1.7" is not a PDF, so elsewhere there must be a trailer too.
bool is_pdf(std::string_view bytes, bool said_to_be_pdf) {
    const auto at = bytes.substr(0, pdf_header_reach).find("%PDF-");
    if (at == std::string_view::npos) return false;
    if (at == 0 || said_to_be_pdf) return true;
    const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), pdf_tail_reach));
    return tail.find("%%EOF") != std::string_view::npos || tail.find("startxref") != std::string_view::npos;
}

/// The text's beginning without what may stand before the first tag: byte order mark, white space, comments, XML declaration.
std::string_view first_tag(std::string_view text) {
    if (has(text, 0, "\xEF\xBB\xBF")) text.remove_prefix(3);
    while (true) {
        const auto begin = text.find_first_not_of(" \t\r\n\f");
        if (begin == std::string_view::npos) return {};
        text.remove_prefix(begin);
        const std::string_view end_mark = has(text, 0, "<!--") ? "-->"sv : has(text, 0, "<?xml") ? "?>"sv : ""sv;
        if (end_mark.empty()) return text;
        const auto end = text.find(end_mark);
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + end_mark.size());
    }
}

bool begins_as_html(std::string_view text) {
    const std::string tag = ascii_lower(first_tag(text).substr(0, 32));
    constexpr std::array beginnings = {"<!doctype html"sv, "<html"sv, "<head"sv, "<body"sv, "<title"sv, "<meta"sv, "<script"sv, "<style"sv};
    return std::ranges::any_of(beginnings, [&](std::string_view b) {
        return tag.starts_with(b) && (tag.size() == b.size() || std::isalnum(static_cast<unsigned char>(tag[b.size()])) == 0);
    });
}

/// Bytes that no text has. UTF-16 is full of zeros: only with a byte order mark is it text.
bool is_binary(std::string_view head) {
    const bool wide = has(head, 0, "\xFF\xFE") || has(head, 0, "\xFE\xFF");
    if (wide) return false;
    if (head.find('\0') != std::string_view::npos) return true;
    const auto controls = std::ranges::count_if(
        head, [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B; });
    return static_cast<std::size_t>(controls) * 20 > head.size();
}

Sniffed sniff_text(std::string_view head, const std::string& extension, std::string_view media_type) {
    const bool html_name = extension == "html" || extension == "htm" || extension == "xhtml" || media_type == "text/html" ||
                           media_type == "application/xhtml+xml";
    if (begins_as_html(head) || (html_name && head.find('<') != std::string_view::npos)) return {Format::html, "text/html", {}};
    const bool markdown = extension == "md" || extension == "markdown" || extension == "mdown" || media_type == "text/markdown";
    if (markdown) return {Format::markdown, "text/markdown", {}};
    struct Kind {
        std::string_view extension, media_type;
    };
    constexpr std::array kinds = {Kind{"json", "application/json"}, Kind{"csv", "text/csv"}, Kind{"tsv", "text/tab-separated-values"},
                                  Kind{"xml", "application/xml"}, Kind{"svg", "image/svg+xml"}};
    for (const auto& kind : kinds) {
        if (extension == kind.extension || media_type == kind.media_type) return {Format::text, std::string(kind.media_type), {}};
    }
    return {Format::text, "text/plain", {}};
}

}  // namespace

std::string ascii_lower(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

Sniffed sniff(std::string_view bytes, std::string_view name, std::string_view media_type) {
    const std::string extension = extension_of(name);
    const std::string type = ascii_lower(media_type.substr(0, media_type.find(';')));
    const bool said_to_be_pdf = extension == "pdf" || type == "application/pdf";
    if (is_pdf(bytes, said_to_be_pdf)) return {Format::pdf, "application/pdf", {}};
    for (const auto& image : images) {
        if (has(bytes, image.offset, image.bytes)) return {Format::image, std::string(image.media_type), {}};
    }
    for (const auto& magic : magics) {
        if (has(bytes, magic.offset, magic.bytes)) return {Format::unsupported, {}, std::string(magic.kind)};
    }
    const std::string_view head = bytes.substr(0, head_bytes);
    if (!is_binary(head)) return sniff_text(head, extension, type);
    // Said to be a PDF and binary: far more likely a damaged one, and only the PDF reader can say so.
    if (said_to_be_pdf) return {Format::pdf, "application/pdf", {}};
    if (has(bytes, 0, "MZ")) return {Format::unsupported, {}, "a program (Windows)"};
    if (has(bytes, 0, "BM")) return {Format::image, "image/bmp", {}};
    return {Format::unsupported, {}, "binary data of an unknown kind"};
}

}  // namespace docmind
