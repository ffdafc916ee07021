#include "readers/office/odf_text.hpp"

#include "readers/office/xml.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace docmind {

namespace {

constexpr int max_repeated_cells = 64;

/// Elements with nothing of the text in them: comments, what was deleted, descriptions of pictures, the making of indexes.
bool is_skipped(std::string_view name) {
    constexpr std::array<std::string_view, 17> names = {"annotation",
                                                        "tracked-changes",
                                                        "ruby-text",
                                                        "forms",
                                                        "sequence-decls",
                                                        "variable-decls",
                                                        "user-field-decls",
                                                        "title",
                                                        "desc",
                                                        "binary-data",
                                                        "hidden-text",
                                                        "notes",
                                                        "event-listeners",
                                                        "settings",
                                                        "scripts",
                                                        "named-expressions",
                                                        "math"};
    return std::ranges::find(names, name) != names.end() || name.ends_with("-source");
}

/// Shapes that have paragraphs of their own.
bool is_frame(std::string_view name) {
    constexpr std::array<std::string_view, 10> names = {"text-box", "custom-shape", "rect", "ellipse",   "circle",
                                                        "polygon",  "path",         "line", "connector", "caption"};
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

OdfText::OdfText(const OdfStyles* styles, PageOutput* output) : styles_(styles), flow_(output, [this] { write_notes(&due_footnotes_); }) {}

void OdfText::write(pugi::xml_node root) {
    walk_xml(root, [this](pugi::xml_node node) { return enter(node); }, [this](pugi::xml_node node) { leave(node); });
}

void OdfText::write_heading(int level, pugi::xml_node root) {
    flow_.begin_heading(level);
    flow_.text(odf_plain_text(root));
    flow_.end_heading();
}

void OdfText::line(std::string_view text) {
    flow_.writer().paragraph();
    flow_.text(text);
    flow_.writer().paragraph();
}

void OdfText::finish() {
    write_notes(&due_footnotes_);
    write_notes(&due_endnotes_);
    flow_.finish();
}

bool OdfText::enter(pugi::xml_node node) {
    if (is_text(node)) {
        if (paragraphs_ > 0) flow_.text(node.value());
        return false;
    }
    const std::string_view name = local_name(node);
    if (is_skipped(name)) return false;
    if (name == "p" || name == "h") {
        begin_paragraph(node, name == "h");
    } else if (name == "span") {
        return !styles_->find("text", attribute(node, "style-name")).is_hidden;
    } else if (name == "s" || name == "tab") {
        flow_.writer().space();
    } else if (name == "line-break") {
        flow_.writer().line_break();
    } else if (name == "soft-page-break") {
        flow_.soft_break();
        has_block_ = paragraphs_ > 0;
    } else if (name == "note") {
        refer(node);
        return false;
    } else if (name == "list") {
        begin_list(node);
    } else if (name == "list-item") {
        if (!lists_.empty()) {
            lists_.back().at_item = true;
            const int start = number_attribute(node, "start-value", -1);
            if (start >= 0) counters_[lists_.back().name].set(std::min(lists_.size(), odf_list_levels) - 1, start);
        }
    } else if (name == "table") {
        begin_block(styles_->find("table", attribute(node, "style-name")));
        ++tables_;
        flow_.begin_table();
    } else if (name == "table-row") {
        flow_.begin_row();
    } else if (name == "table-cell") {
        flow_.begin_cell(1);
    } else if (name == "covered-table-cell") {
        begin_cell(node);
        return false;
    } else if (is_frame(name) && paragraphs_ > 0) {
        frames_.push_back(node);
        return false;
    }
    return true;
}

void OdfText::leave(pugi::xml_node node) {
    const std::string_view name = local_name(node);
    if (name == "p" || name == "h") {
        end_paragraph();
    } else if (name == "list") {
        lists_.pop_back();
        flow_.writer().end_list();
    } else if (name == "table-cell") {
        // Those that it stands for besides itself.
        for (int i = std::min(number_attribute(node, "number-columns-repeated", 1), max_repeated_cells); i > 1; --i) flow_.begin_cell(1);
    } else if (name == "table-row") {
        flow_.end_row();
    } else if (name == "table") {
        --tables_;
        flow_.end_table();
    }
}

void OdfText::begin_cell(pugi::xml_node cell) {
    const int repeated = std::clamp(number_attribute(cell, "number-columns-repeated", 1), 1, max_repeated_cells);
    for (int i = 0; i < repeated; ++i) flow_.begin_cell(1);
}

void OdfText::begin_block(const OdfStyle& style) {
    const bool may_break = tables_ == 0 && !in_frame_ && !in_note_;
    const bool breaks = may_break && (std::exchange(break_is_due_, false) || style.begins_page);
    if (breaks && std::exchange(has_block_, false)) flow_.hard_break();
    has_block_ = true;
}

void OdfText::begin_paragraph(pugi::xml_node node, bool is_heading) {
    if (paragraphs_++ > 0 || std::exchange(goes_on_, false)) return;
    const OdfStyle style = styles_->find("paragraph", attribute(node, "style-name"));
    begin_block(style);
    ends_page_ = style.ends_page && tables_ == 0 && !in_frame_ && !in_note_;
    heading_ = is_heading ? std::clamp(number_attribute(node, "outline-level", 1), 1, 9) : style.is_title ? 1 : 0;
    std::string mark;
    const bool is_item = !lists_.empty() && std::exchange(lists_.back().at_item, false);
    if (is_item) {
        const std::size_t level = std::min(lists_.size(), odf_list_levels) - 1;
        mark = counters_[lists_.back().name].next(*lists_.back().style, level);
        if (heading_ == 0 && !mark.empty()) {
            flow_.writer().begin_item(mark);
            return;
        }
    } else if (is_heading && attribute(node, "is-list-header") != "true") {
        mark = outline_.next(styles_->outline(), static_cast<std::size_t>(heading_) - 1);
    }
    flow_.writer().paragraph();
    if (heading_ == 0) return;
    flow_.begin_heading(heading_);
    if (mark.empty() || mark == "-") return;
    flow_.text(mark);
    flow_.writer().space();
}

void OdfText::end_paragraph() {
    if (--paragraphs_ > 0) return;
    if (std::exchange(heading_, 0) > 0) flow_.end_heading();
    flow_.writer().paragraph();
    if (std::exchange(ends_page_, false)) break_is_due_ = true;
    write_frames();
}

void OdfText::begin_list(pugi::xml_node node) {
    List list{.name = std::string(attribute(node, "style-name"))};
    // A list within a list goes on with its style.
    if (list.name.empty() && !lists_.empty()) list.name = lists_.back().name;
    list.style = &styles_->list(list.name);
    const bool goes_on = attribute(node, "continue-numbering") == "true" || !attribute(node, "continue-list").empty();
    if (lists_.empty() && !goes_on) counters_.erase(list.name);
    lists_.push_back(std::move(list));
    flow_.writer().begin_list(false);
}

void OdfText::refer(pugi::xml_node note) {
    if (in_note_) return;
    const std::string mark = own_text(child(note, "note-citation"));
    flow_.text("[" + mark + "]");
    (attribute(note, "note-class") == "endnote" ? due_endnotes_ : due_footnotes_).push_back({mark, child(note, "note-body")});
}

void OdfText::write_frames() {
    if (frames_.empty() || std::exchange(in_frame_, true)) return;
    const std::vector<List> around = std::exchange(lists_, {});
    // Frames within frames come to the end of the same row.
    for (std::size_t i = 0; i < frames_.size(); ++i) {
        const pugi::xml_node frame = frames_[i];
        write(frame);
    }
    frames_.clear();
    lists_ = around;
    in_frame_ = false;
}

void OdfText::write_notes(std::vector<DueNote>* due) {
    if (due->empty()) return;
    const std::vector<List> around = std::exchange(lists_, {});
    const int paragraphs = std::exchange(paragraphs_, 0);
    const int heading = std::exchange(heading_, 0);
    in_note_ = true;
    for (const DueNote& note : std::exchange(*due, {})) {
        flow_.writer().paragraph();
        flow_.text("[" + note.mark + "]");
        flow_.writer().space();
        goes_on_ = true;  // the note's first paragraph stands behind its mark
        write(note.text);
    }
    in_note_ = goes_on_ = false;
    lists_ = around;
    paragraphs_ = paragraphs;
    heading_ = heading;
}

std::string odf_plain_text(pugi::xml_node node) {
    std::string text;
    int paragraphs = 0;
    walk_xml(
        node,
        [&](pugi::xml_node inner) {
            if (is_text(inner)) {
                if (paragraphs > 0) text += inner.value();
                return false;
            }
            const std::string_view name = local_name(inner);
            if (name == "p" || name == "h") {
                if (!text.empty()) text.push_back('\n');
                ++paragraphs;
            } else if (name == "s" || name == "tab") {
                text.push_back(' ');
            } else if (name == "line-break") {
                text.push_back('\n');
            }
            return !is_skipped(name);
        },
        [&](pugi::xml_node inner) {
            const std::string_view name = local_name(inner);
            if (name == "p" || name == "h") --paragraphs;
        });
    return text;
}

}  // namespace docmind
