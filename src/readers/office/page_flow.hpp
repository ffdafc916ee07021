#pragma once
// Text that flows over pages, as word processors keep it: where a page ends is a mark somewhere in the text.

#include "readers/page_output.hpp"
#include "readers/page_writer.hpp"

#include <functional>
#include <string_view>
#include <utility>

namespace docmind {

/// Answers "on which page does this stand?" A page ends between the rows of a table, a heading goes on over it.
class PageFlow {
  public:
    /// `end_page` is called before each page is given away, to write what stands at its foot.
    PageFlow(PageOutput* output, std::function<void()> end_page) : output_(output), end_page_(std::move(end_page)) {}

    [[nodiscard]] PageWriter& writer() { return writer_; }
    void text(std::string_view text);

    /// A break that the author set: always a new page.
    void hard_break();
    /// What follows begins a page (the program that wrote the file found the one before full, or a style wants it): the same break as the
    /// one before it where no text lies between.
    void soft_break();

    void begin_heading(int level);
    void end_heading();
    void begin_table();
    void begin_row();
    void begin_cell(int columns);
    void end_row();
    void end_table();

    void finish();

  private:
    void break_page();
    void break_table();

    PageOutput* output_;
    std::function<void()> end_page_;
    PageWriter writer_;
    bool is_fresh_ = true;  // no text since the last break
    int heading_ = 0;
    int table_depth_ = 0;
    bool in_row_ = false;  // of the outermost table, as what follows
    bool row_has_text_ = false;
    int cells_ = 0;  // of the row, so far
    int breaks_in_cell_ = 0;
    int breaks_in_row_ = 0;  // those of the cell with most: the cells of a row stand side by side
};

}  // namespace docmind
