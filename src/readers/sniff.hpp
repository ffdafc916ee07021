#pragma once
// "What are these bytes?" The content decides; name and media type only choose between kinds of text.

#include <string>
#include <string_view>

namespace docmind {

enum class Format {
    pdf,
    image,
    html,
    markdown,
    rst,
    latex,
    csv,
    json,
    json_lines,
    xml,
    code,
    mail,
    mbox,
    text,
    docx,
    xlsx,
    pptx,
    odf,
    epub,
    rtf,
    archive,
    compressed,
    unsupported
};

struct Sniffed {
    Format format = Format::unsupported;
    std::string media_type;  ///< what the bytes are
    std::string kind;        ///< what they seem to be, for people; of unsupported bytes only: "a ZIP archive"
};

/// Looks at the beginning of the bytes (and at the end of what may be a PDF, and at the list of files of a ZIP). Never throws.
[[nodiscard]] Sniffed sniff(std::string_view bytes, std::string_view name, std::string_view media_type);

/// Letters A to Z in lower case, everything else as it is.
[[nodiscard]] std::string ascii_lower(std::string_view text);

}  // namespace docmind
