#include "readers/sniff.hpp"

#include "readers/archive/zip_directory.hpp"
#include "readers/sniff_text.hpp"
#include "readers/text/charset.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>

namespace docmind {

namespace {

using namespace std::string_view_literals;

constexpr std::size_t head_bytes = 64 * 1024;
constexpr std::size_t pdf_header_reach = 1024;  // ISO 32000-1, annex H.3.4.1: readers accept a header within the first 1024 bytes
constexpr std::size_t pdf_tail_reach = 2048;
constexpr std::size_t most_parts = 100'000;  // of a package of Office

struct Magic {
    std::size_t offset;
    std::string_view bytes;
    std::string_view kind;
};

constexpr std::array magics = {
    Magic{0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv,
          "an old Microsoft Office file (.doc, .xls, .ppt or the like; open it in its program and save it as DOCX, XLSX or PPTX)"},
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
    Magic{0, "7z\xBC\xAF\x27\x1C"sv, "a 7-Zip archive"},
    Magic{0, "Rar!\x1A\x07"sv, "a RAR archive"},
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

struct Packed {
    std::string_view magic;
    Format format;
    std::string_view media_type;
};
constexpr std::array packed_formats = {Packed{"{\\rtf"sv, Format::rtf, "application/rtf"},
                                       Packed{"\x1F\x8B\x08"sv, Format::compressed, "application/gzip"},
                                       Packed{"BZh"sv, Format::compressed, "application/x-bzip2"},
                                       Packed{"\xFD"
                                              "7zXZ\0"sv,
                                              Format::compressed, "application/x-xz"},
                                       Packed{"\x28\xB5\x2F\xFD"sv, Format::compressed, "application/zstd"}};

constexpr std::string_view ooxml = "application/vnd.openxmlformats-officedocument.";
constexpr std::string_view odf = "application/vnd.oasis.opendocument.";

/// What the file called "mimetype" says, which ODF and EPUB put first and do not compress.
std::string_view declared_type(std::string_view zip) {
    constexpr std::size_t name_at = 30;
    constexpr std::string_view name = "mimetype";
    if (!has(zip, name_at, name)) return {};
    std::string_view type = zip.substr(name_at + name.size(), 100);
    return type.substr(0, type.find_first_of("P \r\n"sv));
}

Sniffed sniff_zip(std::string_view bytes) {
    const std::string_view type = declared_type(bytes);
    if (type == "application/epub+zip") return {Format::epub, std::string(type), {}};
    for (const auto kind : {"text"sv, "spreadsheet"sv, "presentation"sv, "graphics"sv}) {
        if (type.starts_with(odf) && type.substr(odf.size()).starts_with(kind)) return {Format::odf, std::string(type), {}};
    }
    Sniffed sniffed{Format::archive, "application/zip", {}};
    try {
        bool is_package = false;
        for (const ZipEntry& entry : read_zip_directory(bytes, most_parts)) {
            const std::string_view name = entry.name;
            is_package = is_package || name == "[Content_Types].xml";
            if (name.starts_with("word/document") && name.ends_with(".xml"))
                sniffed = {Format::docx, std::string(ooxml) + "wordprocessingml.document", {}};
            if (name == "xl/workbook.xml") sniffed = {Format::xlsx, std::string(ooxml) + "spreadsheetml.sheet", {}};
            if (name == "ppt/presentation.xml") sniffed = {Format::pptx, std::string(ooxml) + "presentationml.presentation", {}};
            if (name == "xl/workbook.bin") sniffed = {Format::unsupported, {}, "a binary Excel workbook (XLSB; save it as XLSX)"};
            if (name == "META-INF/container.xml" && sniffed.format == Format::archive) sniffed = {Format::epub, "application/epub+zip", {}};
        }
        if (is_package || sniffed.format == Format::epub) return sniffed;
    } catch (const Error&) {
        // Only the archive's reader can say what is wrong with it.
    }
    return {Format::archive, "application/zip", {}};
}

/// A header at the very beginning is enough; text that merely speaks of "%PDF-1.7" is not a PDF, so elsewhere there must be a trailer too.
bool is_pdf(std::string_view bytes, bool said_to_be_pdf) {
    const auto at = bytes.substr(0, pdf_header_reach).find("%PDF-");
    if (at == std::string_view::npos) return false;
    if (at == 0 || said_to_be_pdf) return true;
    const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), pdf_tail_reach));
    return tail.find("%%EOF") != std::string_view::npos || tail.find("startxref") != std::string_view::npos;
}

/// Bytes that no text has. UTF-16 and UTF-32 are full of zeros.
bool is_binary(std::string_view bytes) {
    const std::string_view head = bytes.substr(0, head_bytes);
    const bool wide = has(head, 0, "\xFF\xFE") || has(head, 0, "\xFE\xFF") || has(head, 0, "\0\0\xFE\xFF"sv);
    if (wide || !wide_charset(bytes).empty()) return false;
    if (head.find('\0') != std::string_view::npos) return true;
    const auto controls = std::ranges::count_if(
        head, [](unsigned char c) { return c < 0x20 && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != 0x1B; });
    return static_cast<std::size_t>(controls) * 20 > head.size();
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
    if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06")) return sniff_zip(bytes);
    if (has(bytes, 257, "ustar")) return {Format::archive, "application/x-tar", {}};
    for (const auto& packed : packed_formats) {
        if (bytes.starts_with(packed.magic)) return {packed.format, std::string(packed.media_type), {}};
    }
    for (const auto& image : images) {
        if (has(bytes, image.offset, image.bytes)) return {Format::image, std::string(image.media_type), {}};
    }
    for (const auto& magic : magics) {
        if (has(bytes, magic.offset, magic.bytes)) return {Format::unsupported, {}, std::string(magic.kind)};
    }
    if (!is_binary(bytes)) return sniff_text(bytes, extension, type);
    // Said to be a PDF and binary: far more likely a damaged one, and only the PDF reader can say so.
    if (said_to_be_pdf) return {Format::pdf, "application/pdf", {}};
    if (has(bytes, 0, "MZ")) return {Format::unsupported, {}, "a program (Windows)"};
    if (has(bytes, 0, "BM")) return {Format::image, "image/bmp", {}};
    return {Format::unsupported, {}, "binary data of an unknown kind"};
}

}  // namespace docmind
