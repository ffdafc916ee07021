#include <docmind/metadata_filter.hpp>

#include <docmind/document_store.hpp>
#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t max_filters = 32, max_values = 64;

struct Spelling {
    std::string_view text;
    FilterOperator op;
};
/// Longer ones first: "!=" is no "=".
constexpr std::array spellings{Spelling{"!=", FilterOperator::not_equal},     Spelling{"^=", FilterOperator::begins},
                               Spelling{"*=", FilterOperator::contains},      Spelling{"<=", FilterOperator::less_equal},
                               Spelling{">=", FilterOperator::greater_equal}, Spelling{"=", FilterOperator::equal},
                               Spelling{"<", FilterOperator::less},           Spelling{">", FilterOperator::greater}};

std::string_view spelling_of(FilterOperator op) {
    return std::ranges::find(spellings, op, &Spelling::op)->text;
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return result;
}

bool orders(FilterOperator op) {
    return op == FilterOperator::less || op == FilterOperator::less_equal || op == FilterOperator::greater ||
           op == FilterOperator::greater_equal;
}

/// "2024", "2024-03", "2024-03-01T12:00:00Z".
bool is_date(std::string_view text) {
    return text.size() >= 4 && text.substr(0, 4).find_first_not_of("0123456789") == std::string_view::npos &&
           text.find_first_not_of("0123456789-:.+TtZz") == std::string_view::npos;
}

void check(const MetadataFilter& filter) {
    const auto refuse = [&](const std::string& why) { throw Error(errc::invalid_argument, "The filter " + to_string(filter) + why); };
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20; };
    const bool ordered = orders(filter.op);
    if (filter.key.empty() || filter.values.empty() || std::ranges::any_of(filter.values, &std::string::empty))
        refuse(" is not whole: write it as type=pdf or created>=2024-03.");
    if (filter.values.size() > max_values) refuse(" has too many values: 64 is the most.");
    if (std::ranges::any_of(filter.key, is_control)) refuse(" has a control character in its key.");
    for (const std::string& value : filter.values) {
        if (std::ranges::any_of(value, is_control)) refuse(" has a control character in a value.");
        if (ordered && !is_date(value)) refuse(" compares times: its value should look like 2024, 2024-03 or 2024-03-01T12:00:00Z.");
    }
    if (filter.key == "folder" && filter.op != FilterOperator::equal && filter.op != FilterOperator::not_equal)
        refuse(" is about a folder: only folder= and folder!= are known. source^= takes the beginning of a path.");
}

/// What the document has for the key.
std::vector<std::string> facts_of(const DocumentRecord& document, const std::string& key) {
    if (key == "type") return {file_kind(document.name), document.media_type};
    if (key == "name") return {document.name};
    if (key == "source" || key == "folder") return {document.source};
    if (key == "added") return {document.created_at};
    const auto found = document.metadata.find(key);
    return found == document.metadata.end() ? std::vector<std::string>() : std::vector{found->second};
}

bool fits(const MetadataFilter& filter, const std::string& fact, const std::string& value) {
    const std::string_view beginning = std::string_view(fact).substr(0, value.size());
    switch (filter.op) {
        case FilterOperator::equal:
        case FilterOperator::not_equal:
            if (filter.key == "folder") return fact.starts_with(value.ends_with('/') ? value : value + "/");
            return is_time(filter.key) ? beginning == value : fact == value;
        case FilterOperator::begins: return beginning == value;
        case FilterOperator::contains: return fact.contains(value);
        case FilterOperator::less: return !fact.empty() && beginning < value;
        case FilterOperator::less_equal: return !fact.empty() && beginning <= value;
        case FilterOperator::greater: return beginning > value;
        case FilterOperator::greater_equal: return beginning >= value;
    }
    return false;
}

bool holds(const MetadataFilter& filter, const DocumentRecord& document) {
    bool any = false;
    for (const std::string& fact : facts_of(document, filter.key)) {
        const std::string known = lower(fact);
        for (const std::string& value : filter.values) any = any || fits(filter, known, lower(value));
    }
    return any != (filter.op == FilterOperator::not_equal);
}

}  // namespace

bool is_time(std::string_view key) noexcept {
    return key == "added" || key == "created" || key == "modified";
}

MetadataFilter parse_filter(std::string_view text) {
    MetadataFilter filter;
    const std::size_t at = text.find_first_of("!^*<>=");
    if (at == std::string_view::npos) filter.values.emplace_back(trimmed(text));
    for (const Spelling& spelling : spellings) {
        if (at == std::string_view::npos || !text.substr(at).starts_with(spelling.text)) continue;
        filter.key = lower(trimmed(text.substr(0, at)));
        filter.op = spelling.op;
        std::string_view rest = text.substr(at + spelling.text.size());
        for (bool more = true; more;) {
            const std::size_t end = std::min(rest.find('|'), rest.size());
            filter.values.emplace_back(trimmed(rest.substr(0, end)));
            more = end < rest.size();
            rest.remove_prefix(more ? end + 1 : end);
        }
        break;
    }
    check(filter);
    return filter;
}

std::string to_string(const MetadataFilter& filter) {
    std::string text = filter.key + std::string(spelling_of(filter.op));
    for (const std::string& value : filter.values) text += (&value == &filter.values.front() ? "" : "|") + value;
    return text;
}

void check_filters(const std::vector<MetadataFilter>& filters) {
    if (filters.size() > max_filters) throw Error(errc::invalid_argument, "There are too many filters: 32 is the most.");
    std::ranges::for_each(filters, check);
}

bool matches(const std::vector<MetadataFilter>& filters, const DocumentRecord& document) {
    return std::ranges::all_of(filters, [&](const MetadataFilter& filter) { return holds(filter, document); });
}

}  // namespace docmind
