#include "readers/sniff_text.hpp"

#include "readers/text/charset.hpp"
#include "readers/text/code_language.hpp"
#include "readers/text/json_tokens.hpp"
#include "readers/text/text_decoder.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace docmind {

namespace {

using namespace std::string_view_literals;

struct TextKind {
    Format format;
    std::string_view media_type;
    std::string_view extensions;  // apart by spaces
};

// Those that a name or media type chooses. Source code has a table of its own.
constexpr std::array kinds = {
    TextKind{Format::html, "text/html", "html htm xhtml"},
    TextKind{Format::markdown, "text/markdown", "md markdown mdown mkd rmd qmd"},
    TextKind{Format::rst, "text/x-rst", "rst rest"},
    TextKind{Format::latex, "text/x-tex", "tex ltx latex"},
    TextKind{Format::csv, "text/csv", "csv"},
    TextKind{Format::csv, "text/tab-separated-values", "tsv tab"},
    TextKind{Format::json, "application/json", "json geojson ipynb webmanifest"},
    TextKind{Format::json_lines, "application/jsonl", "jsonl ndjson"},
    TextKind{Format::xml, "application/xml", "xml xsd xsl rss atom kml gpx dbk docbook tei"},
    TextKind{Format::xml, "image/svg+xml", "svg"},
    TextKind{Format::mail, "message/rfc822", "eml"},
    TextKind{Format::mbox, "application/mbox", "mbox mbx"},
};

Sniffed as(Format format, std::string_view media_type) {
    return {format, std::string(media_type), {}};
}

/// The text's beginning without what may stand before the first tag: white space, comments, XML declaration.
std::string_view first_tag(std::string_view text) {
    while (true) {
        const auto begin = text.find_first_not_of(" \t\r\n\f");
        if (begin == std::string_view::npos) return {};
        text.remove_prefix(begin);
        const std::string_view end_mark = text.starts_with("<!--") ? "-->"sv : text.starts_with("<?xml") ? "?>"sv : ""sv;
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

std::string_view line_of(std::string_view text) {
    std::string_view line = text.substr(0, text.find('\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The name of the header field that the line begins; empty where it begins none (RFC 5322, 2.2).
std::string_view header_name(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon > 76) return {};
    const std::string_view name = line.substr(0, colon);
    return std::ranges::all_of(name, [](char c) { return c > ' ' && c < 127; }) ? name : std::string_view();
}

/// How many of the lines up to the first empty one are header fields that mail has; 0 where one of the lines is none at all.
int mail_headers(std::string_view text) {
    constexpr std::array known = {"from"sv,         "to"sv,           "subject"sv,  "date"sv,        "message-id"sv,
                                  "received"sv,     "mime-version"sv, "reply-to"sv, "return-path"sv, "delivered-to"sv,
                                  "content-type"sv, "x-mailer"sv,     "cc"sv};
    int found = 0;
    bool first = true;
    while (!text.empty()) {
        const std::string_view line = line_of(text);
        if (line.empty()) break;
        const bool is_folded = line.front() == ' ' || line.front() == '\t';
        const std::string_view name = header_name(line);
        // The last line may be cut off.
        const bool is_last = text.find('\n') == std::string_view::npos;
        if (name.empty() && !is_last && (!is_folded || first)) return 0;
        if (std::ranges::find(known, ascii_lower(name)) != known.end()) ++found;
        text.remove_prefix(std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
        first = false;
    }
    return found;
}

/// "From ann@example.org Mon Jan  1 10:00:00 2024" and a header.
bool begins_as_mbox(std::string_view text) {
    if (!text.starts_with("From ")) return false;
    const std::string_view line = line_of(text);
    const auto end = text.find('\n');
    if (end == std::string_view::npos || line.find(':') == std::string_view::npos) return false;
    const std::string_view second = line_of(text.substr(end + 1));
    return !header_name(second).empty();
}

/// Whether the text begins as LaTeX: a line that begins with \documentclass, behind comments at most.
bool begins_as_latex(std::string_view text) {
    while (!text.empty()) {
        const std::string_view line = line_of(text);
        const auto first = line.find_first_not_of(" \t");
        if (first != std::string_view::npos && line[first] != '%') {
            const std::string_view rest = line.substr(first);
            return rest.starts_with("\\documentclass") || rest.starts_with("\\documentstyle") || rest.starts_with("\\begin{document}");
        }
        text.remove_prefix(std::min(text.size(), text.find('\n') == std::string_view::npos ? text.size() : text.find('\n') + 1));
    }
    return false;
}

/// JSON, JSON Lines, or neither. `is_whole`: the text is not only a beginning.
Format json_of(std::string_view text, bool is_whole) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos || (text[first] != '{' && text[first] != '[')) return Format::text;
    JsonTokens tokens(text);
    bool has_value = false;
    for (auto kind = tokens.next();; kind = tokens.next()) {
        if (kind == JsonTokens::Kind::error) return Format::text;
        if (kind == JsonTokens::Kind::cut_off) return is_whole || !has_value ? Format::text : Format::json;
        if (kind == JsonTokens::Kind::end) break;
        has_value = has_value || kind == JsonTokens::Kind::key || kind == JsonTokens::Kind::string;
    }
    const std::string_view rest = text.substr(tokens.at());
    const auto more = rest.find_first_not_of(" \t\r\n");
    if (more == std::string_view::npos) return Format::json;
    return text[first] == '{' && rest.find('\n') < more && rest[more] == '{' ? Format::json_lines : Format::text;
}

Sniffed by_content(std::string_view text, bool is_whole, std::string_view extension, std::string_view media_type) {
    if (begins_as_mbox(text)) return as(Format::mbox, "application/mbox");
    if (mail_headers(text) >= (extension == "eml" || media_type == "message/rfc822" ? 1 : 3)) return as(Format::mail, "message/rfc822");
    if (begins_as_html(text)) return as(Format::html, "text/html");
    if (text.starts_with("<?xml")) return as(Format::xml, extension == "svg" ? "image/svg+xml" : "application/xml");
    if (begins_as_latex(text)) return as(Format::latex, "text/x-tex");
    if (const Format json = json_of(text, is_whole); json == Format::json_lines) return as(json, "application/jsonl");
    // A line of JSON Lines alone is JSON too.
    else if (json == Format::json && extension != "jsonl" && extension != "ndjson")
        return as(json, "application/json");
    return {};
}

}  // namespace

Sniffed sniff_text(std::string_view bytes, std::string_view extension, std::string_view media_type) {
    constexpr std::size_t head_bytes = 64 * 1024;
    const std::string_view head = bytes.substr(0, head_bytes);
    std::string decoded;
    std::string_view text = head;
    if (head.find('\0') != std::string_view::npos) text = decoded = decode_text(head);
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (Sniffed found = by_content(text, bytes.size() <= head_bytes, extension, media_type); found.format != Format::unsupported)
        return found;
    const auto* const language = code_language(text, extension);
    // "#!" and the like say more than the name of a text; the name of a text says more than the media type.
    if (language != nullptr && !is_listed(language->extensions, extension)) return as(Format::code, language->media_type);
    for (const bool by_name : {true, false}) {
        for (const auto& kind : kinds) {
            if (by_name ? !is_listed(kind.extensions, extension) : kind.media_type != media_type) continue;
            const bool needs_tag = kind.format == Format::html || kind.format == Format::xml;
            const bool needs_headers = kind.format == Format::mail || kind.format == Format::mbox;
            if ((needs_tag && text.find('<') == std::string_view::npos) || needs_headers) return as(Format::text, "text/plain");
            return as(kind.format, kind.media_type);
        }
        if (by_name && language != nullptr) return as(Format::code, language->media_type);
    }
    if (media_type == "application/xhtml+xml") return as(Format::html, "text/html");
    if (media_type == "text/xml") return as(Format::xml, "application/xml");
    if (const auto* const said = code_language_of_media_type(media_type); said != nullptr) return as(Format::code, said->media_type);
    return as(Format::text, "text/plain");
}

}  // namespace docmind
