#include "readers/office/odf_styles.hpp"

#include "readers/office/list_number.hpp"
#include "readers/office/xml.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

namespace {

constexpr int max_chain = 32;  // of styles that are based on others
constexpr std::size_t max_mark = 64;

OdfListStyle read_list_style(pugi::xml_node source) {
    OdfListStyle style;
    for (const pugi::xml_node entry : source.children()) {
        const std::string_view name = local_name(entry);
        const int number = number_attribute(entry, "level", 0);
        if (number < 1 || std::cmp_greater(number, odf_list_levels)) continue;
        OdfListLevel& level = style[static_cast<std::size_t>(number) - 1];
        if (name != "list-level-style-number" && name != "outline-level-style") continue;
        level = {.is_ordered = true,
                 .format = std::string(attribute(entry, "num-format")),
                 .prefix = std::string(attribute(entry, "num-prefix")),
                 .suffix = std::string(attribute(entry, "num-suffix")),
                 .shown_levels = number_attribute(entry, "display-levels", 1),
                 .start = number_attribute(entry, "start-value", 1)};
    }
    return style;
}

void apply(pugi::xml_node style, OdfStyle* result) {
    for (const pugi::xml_node properties : style.children()) {
        const std::string_view name = local_name(properties);
        if (name == "paragraph-properties" || name == "table-properties") {
            if (const auto value = attribute(properties, "break-before"); !value.empty()) result->begins_page = value == "page";
            if (const auto value = attribute(properties, "break-after"); !value.empty()) result->ends_page = value == "page";
        }
        const bool is_text_or_table = name == "text-properties" || name == "table-properties";
        const std::string_view display = is_text_or_table ? attribute(properties, "display") : std::string_view();
        if (!display.empty()) result->is_hidden = display == "none" || display == "false";
    }
    // Another kind of page begins a page.
    if (!attribute(style, "master-page-name").empty()) result->begins_page = true;
}

}  // namespace

void OdfStyles::add(pugi::xml_node document) {
    for (const pugi::xml_node group : document.children()) {
        const std::string_view name = local_name(group);
        if (name != "styles" && name != "automatic-styles") continue;
        for (const pugi::xml_node style : group.children()) {
            const std::string_view kind = local_name(style);
            if (kind == "style") {
                styles_.insert_or_assign(std::string(attribute(style, "family")) + "/" + std::string(attribute(style, "name")), style);
            } else if (kind == "list-style") {
                lists_.insert_or_assign(std::string(attribute(style, "name")), read_list_style(style));
            } else if (kind == "outline-style") {
                outline_ = read_list_style(style);
            }
        }
    }
}

OdfStyle OdfStyles::find(std::string_view family, std::string_view name) const {
    std::array<pugi::xml_node, max_chain> chain;
    std::size_t length = 0;
    OdfStyle result;
    while (!name.empty() && length < chain.size()) {
        result.is_title = result.is_title || name == "Title";
        const auto style = styles_.find(std::string(family) + "/" + std::string(name));
        if (style == styles_.end()) break;
        chain[length++] = style->second;
        name = attribute(style->second, "parent-style-name");
    }
    while (length > 0) apply(chain[--length], &result);
    return result;
}

const OdfListStyle& OdfStyles::list(std::string_view name) const {
    const auto style = lists_.find(name);
    return style == lists_.end() ? bullets_ : style->second;
}

std::string OdfCounters::next(const OdfListStyle& style, std::size_t level) {
    const OdfListLevel& own = style[level];
    if (!std::exchange(begun_[level], true)) counters_[level] = own.start - 1;
    ++counters_[level];
    for (std::size_t i = level + 1; i < odf_list_levels; ++i) begun_[i] = false;
    if (!own.is_ordered) return "-";
    if (own.format.empty()) return {};
    std::string mark;
    const int first = std::max(0, static_cast<int>(level) + 1 - own.shown_levels);
    for (auto i = static_cast<std::size_t>(first); i <= level; ++i) {
        const int number = begun_[i] ? counters_[i] : style[i].start;
        if (style[i].format.empty()) continue;
        mark += (mark.empty() ? "" : ".") + list_number(number, style[i].format);
    }
    mark = own.prefix + mark + own.suffix;
    return mark.size() <= max_mark ? mark : std::string();
}

}  // namespace docmind
