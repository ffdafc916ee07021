#include "readers/text/front_matter.hpp"

#include "readers/sniff.hpp"
#include "readers/text/dates.hpp"

#include <array>
#include <string>

namespace docmind {

namespace {

using namespace std::string_view_literals;

struct KnownKey {
    std::string_view yaml, key;
};
constexpr std::array known_keys = {
    KnownKey{"title", "title"},         KnownKey{"author", "author"},       KnownKey{"authors", "author"},
    KnownKey{"subject", "subject"},     KnownKey{"lang", "language"},       KnownKey{"language", "language"},
    KnownKey{"date", "created"},        KnownKey{"created", "created"},     KnownKey{"lastmod", "modified"},
    KnownKey{"modified", "modified"},   KnownKey{"updated", "modified"},    KnownKey{"description", "description"},
    KnownKey{"summary", "description"}, KnownKey{"abstract", "description"}};

std::string_view trimmed(std::string_view text, std::string_view what) {
    const auto first = text.find_first_not_of(what);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(what) - first + 1);
}

std::string_view scalar(std::string_view text) {
    text = trimmed(text, " \t\r");
    const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
    return quoted ? text.substr(1, text.size() - 2) : text;
}

void add(std::string& value, std::string_view item) {
    item = scalar(item);
    if (item.empty()) return;
    if (!value.empty()) value.append(", ");
    value.append(item);
}

std::string value_of(std::string_view text) {
    text = trimmed(text, " \t\r");
    if (!text.starts_with('[') || !text.ends_with(']')) return std::string(scalar(text));
    text = text.substr(1, text.size() - 2);
    std::string value;
    while (!text.empty()) {
        const auto comma = text.find(',');
        add(value, text.substr(0, comma));
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return value;
}

std::string_view known_key(std::string_view yaml) {
    const std::string lower = ascii_lower(yaml);
    for (const auto& known : known_keys) {
        if (known.yaml == lower) return known.key;
    }
    return {};
}

void keep(Metadata& metadata, std::string_view key, std::string value) {
    const bool is_date = key == "created" || key == "modified";
    if (is_date) value = rfc3339(value);
    if (!key.empty() && !value.empty()) metadata.try_emplace(std::string(key), std::move(value));
}

}  // namespace

Metadata take_front_matter(std::string_view& text) {
    if (!text.starts_with("---\n")) return {};
    std::size_t end = std::string_view::npos;
    for (const auto mark : {"\n---\n"sv, "\n...\n"sv}) end = std::min(end, text.find(mark, 3));
    if (end == std::string_view::npos) return {};
    std::string_view matter = text.substr(4, end - 3);
    Metadata metadata;
    std::string_view key;
    std::string value;
    while (!matter.empty()) {
        const std::string_view line = matter.substr(0, matter.find('\n'));
        matter.remove_prefix(std::min(matter.size(), line.size() + 1));
        const std::string_view content = trimmed(line, " \t");
        const auto colon = line.find(':');
        if (content.starts_with("- ")) {
            if (!key.empty()) add(value, content.substr(2));
        } else if (colon != std::string_view::npos && line.front() != ' ' && line.front() != '#') {
            keep(metadata, key, std::move(value));
            key = known_key(line.substr(0, colon));
            value = value_of(line.substr(colon + 1));
            // "|" and ">" begin a text over several lines.
            if (value == "|" || value == ">") value.clear();
        } else if (!key.empty() && line.starts_with(' ') && !content.empty()) {
            if (!value.empty()) value.push_back(' ');
            value.append(content);
        }
    }
    keep(metadata, key, std::move(value));
    text.remove_prefix(end + 5);
    return metadata;
}

}  // namespace docmind
