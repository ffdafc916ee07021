#include "readers/text/code_outline.hpp"

#include "readers/sniff.hpp"
#include "readers/text/brace_outline.hpp"

#include <algorithm>
#include <string>

namespace docmind {

namespace {

constexpr std::size_t max_title = 120;
constexpr std::string_view white = " \t\r";

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(white);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(white) - first + 1);
}

bool begins_with_word(std::string_view line, std::string_view word) {
    return line.starts_with(word) &&
           (line.size() == word.size() || white.find(line[word.size()]) != std::string_view::npos || line[word.size()] == '(');
}

bool begins_with_one_of(std::string_view line, std::string_view words) {
    while (!words.empty()) {
        const std::string_view next = words.substr(0, words.find(' '));
        if (begins_with_word(line, next)) return true;
        words.remove_prefix(std::min(words.size(), next.size() + 1));
    }
    return false;
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-' || c == ':';
    });
}

/// The level of what the line begins; 0 where it begins nothing.
int level_of(std::string_view line, std::size_t indent, const CodeLanguage& language) {
    switch (language.outline) {
        case OutlineStyle::indented:
            return indent <= 4 && begins_with_one_of(line, "class def async") ? static_cast<int>(indent > 0) + 1 : 0;
        case OutlineStyle::keywords: {
            if (indent > 8 || !begins_with_one_of(ascii_lower(line.substr(0, 40)), language.keywords)) return 0;
            // "local" is a function only where it says so.
            if (line.starts_with("local ") && !line.starts_with("local function")) return 0;
            return static_cast<int>(indent / 2) + 1;
        }
        case OutlineStyle::sections: return indent == 0 && line.size() > 2 && line.front() == '[' && line.back() == ']' ? 1 : 0;
        case OutlineStyle::assigned: {
            const auto arrow = std::min(line.find("<-"), line.find('='));
            if (indent > 0 || arrow == std::string_view::npos || !is_name(trimmed(line.substr(0, arrow)))) return 0;
            const std::string_view value = trimmed(line.substr(arrow + (line[arrow] == '<' ? 2 : 1)));
            return value.starts_with("function(") || value.starts_with("function (") ? 1 : 0;
        }
        case OutlineStyle::shell: {
            if (indent > 0) return 0;
            if (begins_with_word(line, "function")) return 1;
            const auto open = line.find("()");
            return open != std::string_view::npos && is_name(trimmed(line.substr(0, open))) ? 1 : 0;
        }
        default: return 0;
    }
}

std::vector<Heading> outline_by_line(std::string_view code, const CodeLanguage& language) {
    std::vector<Heading> found;
    bool in_text = false;  // Python's text over several lines
    for (std::size_t at = 0; at < code.size();) {
        const std::string_view whole = code.substr(at, code.find('\n', at) - at);
        const std::string_view line = trimmed(whole);
        const std::size_t indent = line.empty() ? 0 : static_cast<std::size_t>(line.data() - whole.data());
        const bool was_in_text = in_text;
        if (language.outline == OutlineStyle::indented) {
            for (const std::string_view mark : {"\"\"\"", "'''"}) {
                for (auto q = line.find(mark); q != std::string_view::npos; q = line.find(mark, q + 3)) in_text = !in_text;
            }
        }
        const int level = was_in_text ? 0 : level_of(line, indent, language);
        if (level > 0) found.push_back({static_cast<std::uint32_t>(at + indent), level, outline_title(line)});
        at += whole.size() + 1;
    }
    return found;
}

}  // namespace

std::string outline_title(std::string_view source) {
    std::string title;
    for (const char c : source) {
        const bool is_space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (!is_space) {
            title.push_back(c);
        } else if (!title.empty() && title.back() != ' ') {
            title.push_back(' ');
        }
        if (title.size() > max_title) break;
    }
    if (title.size() > max_title) {
        std::size_t cut = max_title;
        while (cut > 0 && (static_cast<unsigned char>(title[cut]) & 0xC0) == 0x80) --cut;
        title.resize(cut);
        title += "…";
    }
    while (!title.empty() && (title.back() == ' ' || title.back() == '{' || title.back() == ':')) title.pop_back();
    return title;
}

std::vector<Heading> code_outline(std::string_view code, const CodeLanguage& language) {
    switch (language.outline) {
        case OutlineStyle::none: return {};
        case OutlineStyle::braces: return brace_outline(code, language);
        default: return outline_by_line(code, language);
    }
}

}  // namespace docmind
