#pragma once
// The paragraphs of an RTF file, as it gives them away: one after the other, each with what its control words said of it.

#include "readers/office/page_flow.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// What control words say of a paragraph, until \pard.
struct RtfParagraph {
    int heading = 0;  ///< its level from 1; 0 = none
    int level = 0;    ///< in a list, from 0
    bool begins_page = false;
    bool is_in_table = false;
};

/// Answers "which block is this paragraph?" Makes lists, tables, sections and pages of what RTF says paragraph by paragraph.
class RtfBlocks {
  public:
    explicit RtfBlocks(PageOutput* output) : flow_(output, [this] { write_notes(); }) {}

    /// A paragraph is complete: its text with "\n" for line breaks, and the mark that the program wrote before it ("1.", a bullet,
    /// nothing).
    void paragraph(const RtfParagraph& paragraph, std::string_view mark, std::string_view text);
    void cell(const RtfParagraph& paragraph, std::string_view text);
    void row();
    /// A row with other edges begins.
    void row_definition() { row_edges_.clear(); }
    /// Where its next cell ends, in twips.
    void cell_edge(int edge);

    void hard_break();
    void soft_break();
    /// What follows belongs to a new section, which begins a page unless section_begins_page(false) is called before its text.
    void section();
    void section_begins_page(bool begins) { section_begins_page_ = begins; }

    /// Texts that stand elsewhere: after the paragraph, and at the page's end.
    void box(std::string_view text) { box_.append(text).push_back('\n'); }
    void note(std::string_view text) { notes_.append(text).push_back('\n'); }

    void finish();

  private:
    struct Row {
        bool is_open = false, cell_is_open = false;
        std::size_t cells = 0;
    };

    void begin_section();
    void begin_cell();
    void end_table();
    void set_lists(std::size_t depth);
    void write_block(const RtfParagraph& paragraph, const std::string& mark, std::string_view text);
    void write_lines(std::string_view text);
    void write_box();
    void write_notes();
    [[nodiscard]] int columns_of(std::size_t cell) const;

    PageFlow flow_;
    bool table_is_open_ = false;
    Row row_;
    std::vector<int> row_edges_, grid_;  // where cells end, of the row and of the table
    std::size_t lists_ = 0;              // that are open
    bool section_is_due_ = false;
    bool section_begins_page_ = true;
    std::string notes_, box_;
};

}  // namespace docmind
