#include "readers/office/docx_styles.hpp"

#include "readers/office/list_number.hpp"
#include "readers/office/xml.hpp"
#include "readers/sniff.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t max_mark = 64;
constexpr int max_chain = 32;  // of styles that are based on others

}  // namespace

bool is_on(pugi::xml_node property) {
    const std::string_view value = attribute(property, "val");
    return property && value != "0" && value != "false" && value != "off" && value != "none";
}

DocxStyles::DocxStyles(pugi::xml_node styles) {
    std::map<std::string_view, pugi::xml_node> sources;
    for (const pugi::xml_node style : styles.children()) {
        if (local_name(style) == "style" && attribute(style, "type") == "paragraph") sources.emplace(attribute(style, "styleId"), style);
    }
    for (const auto& [id, style] : sources) {
        std::vector<pugi::xml_node> chain;
        for (pugi::xml_node at = style; at && std::ssize(chain) < max_chain;) {
            chain.push_back(at);
            const auto base = sources.find(attribute(child(at, "basedOn"), "val"));
            at = base == sources.end() ? pugi::xml_node() : base->second;
        }
        DocxParagraph paragraph;
        for (const pugi::xml_node source : std::views::reverse(chain)) {
            apply(child(source, "pPr"), &paragraph);
            if (const auto hidden = descend(source, "rPr/vanish")) paragraph.is_hidden = is_on(hidden);
            const std::string name = ascii_lower(attribute(child(source, "name"), "val"));
            if (name == "title") paragraph.heading = 1;
            if (name.starts_with("heading ") && name.size() == 9 && name[8] >= '1' && name[8] <= '9') paragraph.heading = name[8] - '0';
        }
        if (attribute(style, "default") == "1") normal_ = paragraph;
        styles_.emplace(id, paragraph);
    }
    // Which level of a numbering belongs to a style may be said there only; the level of a heading is its own.
    for (auto& [id, paragraph] : styles_) {
        if (paragraph.heading > 0 && paragraph.level == 0) paragraph.level = paragraph.heading - 1;
    }
}

void DocxStyles::apply(pugi::xml_node properties, DocxParagraph* paragraph) {
    for (const pugi::xml_node property : properties.children()) {
        const std::string_view name = local_name(property);
        if (name == "outlineLvl") {
            const int level = number_attribute(property, "val", 9);
            paragraph->heading = level >= 0 && level < 9 ? level + 1 : 0;
        } else if (name == "numPr") {
            if (const auto id = child(property, "numId")) paragraph->numbering = attribute(id, "val");
            if (const auto level = child(property, "ilvl")) paragraph->level = std::clamp(number_attribute(level, "val", 0), 0, 8);
        } else if (name == "pageBreakBefore") {
            paragraph->begins_page = is_on(property);
        }
    }
}

DocxParagraph DocxStyles::paragraph(pugi::xml_node properties) const {
    const auto style = styles_.find(attribute(child(properties, "pStyle"), "val"));
    DocxParagraph paragraph = style == styles_.end() ? normal_ : style->second;
    apply(properties, &paragraph);
    return paragraph;
}

void DocxNumbering::read_level(pugi::xml_node source, Level* level) {
    level->format = attribute(child(source, "numFmt"), "val");
    level->text = attribute(child(source, "lvlText"), "val");
    level->start = number_attribute(child(source, "start"), "val", 1);
}

DocxNumbering::DocxNumbering(pugi::xml_node numbering) {
    const auto level_of = [](pugi::xml_node source) { return static_cast<std::size_t>(number_attribute(source, "ilvl", 0)); };
    for (const pugi::xml_node source : numbering.children()) {
        if (local_name(source) != "abstractNum") continue;
        List& list = lists_[std::string(attribute(source, "abstractNumId"))];
        for (const pugi::xml_node level : source.children()) {
            if (local_name(level) == "lvl" && level_of(level) < depth) read_level(level, &list.levels[level_of(level)]);
        }
    }
    for (const pugi::xml_node source : numbering.children()) {
        if (local_name(source) != "num") continue;
        const std::string id(attribute(source, "numId"));
        Instance instance{.list = std::string(attribute(child(source, "abstractNumId"), "val"))};
        bool is_changed = false;
        List changed = lists_[instance.list];
        for (const pugi::xml_node change : source.children()) {
            if (local_name(change) != "lvlOverride" || level_of(change) >= depth) continue;
            if (const auto start = child(change, "startOverride")) instance.starts[level_of(change)] = number_attribute(start, "val", 1);
            if (const auto level = child(change, "lvl")) {
                read_level(level, &changed.levels[level_of(change)]);
                is_changed = true;
            }
        }
        if (is_changed) {
            instance.list = "numId " + id;
            lists_.insert_or_assign(instance.list, std::move(changed));
        }
        instances_.insert_or_assign(id, std::move(instance));
    }
}

DocxNumbering::Mark DocxNumbering::next(const std::string& numbering, int level) {
    const auto found = instances_.find(numbering);
    if (found == instances_.end()) return {.is_bullet = true};
    Instance& instance = found->second;
    List& list = lists_[instance.list];
    const auto at = static_cast<std::size_t>(level);
    if (!std::exchange(instance.used, true)) {
        for (std::size_t i = 0; i < depth; ++i) {
            if (instance.starts[i]) list.counters[i] = *instance.starts[i] - 1;
        }
    }
    const Level& own = list.levels[at];
    list.counters[at] = list.counters[at].value_or(own.start - 1) + 1;
    for (std::size_t i = at + 1; i < depth; ++i) list.counters[i].reset();
    Mark mark{.is_bullet = own.format == "bullet"};
    if (mark.is_bullet || own.format == "none") return mark;
    for (std::size_t i = 0; i < own.text.size(); ++i) {
        const bool is_counter = own.text[i] == '%' && i + 1 < own.text.size() && own.text[i + 1] >= '1' && own.text[i + 1] <= '9';
        if (!is_counter) {
            mark.text.push_back(own.text[i]);
            continue;
        }
        const auto counted = static_cast<std::size_t>(own.text[++i] - '1');
        const Level& other = list.levels[counted];
        mark.text += list_number(list.counters[counted].value_or(other.start), other.format);
    }
    if (mark.text.size() > max_mark) mark.text.clear();
    return mark;
}

}  // namespace docmind
