#include "node_parser/document_title.hpp"

#include "node_parser/one_line.hpp"

#include <algorithm>

namespace docmind {
namespace {

/// "/a/b/annual_report.final.pdf" -> "annual report.final"
std::string readable_name(std::string_view name) {
    name.remove_prefix(std::min(name.find_last_of("/\\") + 1, name.size()));
    const std::size_t dot = name.rfind('.');
    const std::size_t length = dot == std::string_view::npos ? 0 : name.size() - dot - 1;
    const bool extension = dot > 0 && length >= 1 && length <= 8 && std::ranges::all_of(name.substr(dot + 1), [](unsigned char c) {
                               return (c | 0x20) >= 'a' ? (c | 0x20) <= 'z' : c >= '0' && c <= '9';
                           });
    if (extension) name = name.substr(0, dot);
    std::string readable(name);
    std::ranges::replace(readable, '_', ' ');
    return one_line(readable);
}

/// What programs write into the title when nobody gave one.
bool says_nothing(std::string_view title) {
    std::string lower(title);
    std::ranges::transform(lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return lower.empty() || lower == "untitled" || lower == "title" || lower == "unknown" || lower.starts_with("microsoft word - ") ||
           lower.starts_with("microsoft powerpoint - ");
}

}  // namespace

std::string document_title(const Document& document) {
    const auto found = document.metadata.find("title");
    const std::string title = found == document.metadata.end() ? std::string() : one_line(found->second);
    return says_nothing(title) ? readable_name(document.name) : title;
}

}  // namespace docmind
