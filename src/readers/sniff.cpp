#include "readers/sniff.hpp"

#include "readers/charset.hpp"
#include "readers/sniff_text.hpp"

#include <algorithm>
#include <array>

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
    Magic{0, "\x89PNG\r\n\x1A\n"sv, "a PNG image"},
    Magic{0, "\xFF\xD8\xFF"sv, "a JPEG image"},
    Magic{0, "GIF87a"sv, "a GIF image"},
    Magic{0, "GIF89a"sv, "a GIF image"},
    Magic{0, "II*\0"sv, "a TIFF image"},
    Magic{0, "MM\0*"sv, "a TIFF image"},
    Magic{8, "WEBP"sv, "a WebP image"},
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
    for (const auto& magic : magics) {
        if (has(bytes, magic.offset, magic.bytes)) return {Format::unsupported, {}, std::string(magic.kind)};
    }
    if (!is_binary(bytes)) return sniff_text(bytes, extension, type);
    // Said to be a PDF and binary: far more likely a damaged one, and only the PDF reader can say so.
    if (said_to_be_pdf) return {Format::pdf, "application/pdf", {}};
    if (has(bytes, 0, "MZ")) return {Format::unsupported, {}, "a program (Windows)"};
    if (has(bytes, 0, "BM")) return {Format::unsupported, {}, "a BMP image"};
    return {Format::unsupported, {}, "binary data of an unknown kind"};
}

}  // namespace docmind
