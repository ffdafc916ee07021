#pragma once
// The text of OpenDocument files: paragraphs, lists, tables, notes, frames.

#include "readers/office/odf_styles.hpp"
#include "readers/office/page_flow.hpp"

#include <pugixml.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Answers "what is written in this part of the document?" Writes into a PageFlow.
class OdfText {
  public:
    OdfText(const OdfStyles* styles, PageOutput* output);

    /// All that is below the node. Frames come after the paragraph they hang on, the notes of a page at its end.
    void write(pugi::xml_node root);
    /// All that is below the node is one heading.
    void write_heading(int level, pugi::xml_node root);
    void line(std::string_view text);
    void end_page() { flow_.hard_break(); }
    /// Writes what is due at the end of the document, and gives its last page away.
    void finish();

  private:
    struct List {
        const OdfListStyle* style = nullptr;
        std::string name;
        bool at_item = false;  // an item begins with the next paragraph
    };
    struct DueNote {
        std::string mark;
        pugi::xml_node text;
    };

    bool enter(pugi::xml_node node);
    void leave(pugi::xml_node node);
    void begin_paragraph(pugi::xml_node node, bool is_heading);
    void end_paragraph();
    void begin_list(pugi::xml_node node);
    void begin_block(const OdfStyle& style);
    void begin_cell(pugi::xml_node cell);
    void refer(pugi::xml_node note);
    void write_frames();
    void write_notes(std::vector<DueNote>* due);

    const OdfStyles* styles_;
    PageFlow flow_;
    OdfCounters outline_;
    std::map<std::string, OdfCounters, std::less<>> counters_;  // by list style
    std::vector<List> lists_;
    std::vector<pugi::xml_node> frames_;
    std::vector<DueNote> due_footnotes_, due_endnotes_;
    int paragraphs_ = 0;  // that we are in
    int heading_ = 0;     // level of the one we are in
    std::size_t tables_ = 0;
    bool has_block_ = false;  // on this page
    bool break_is_due_ = false;
    bool ends_page_ = false;  // the paragraph we are in
    bool in_frame_ = false;
    bool in_note_ = false;
    bool goes_on_ = false;
};

/// The text of a cell's or a shape's paragraphs, each on a line.
[[nodiscard]] std::string odf_plain_text(pugi::xml_node node);

}  // namespace docmind
