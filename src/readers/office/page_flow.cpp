#include "readers/office/page_flow.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

void PageFlow::text(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        is_fresh_ = false;
        row_has_text_ = true;
    }
    writer_.text(text);
}

void PageFlow::break_page() {
    if (heading_ > 0) writer_.end_heading();
    end_page_();
    output_->put(writer_.take(0));
    is_fresh_ = true;
    if (heading_ > 0) writer_.begin_heading(heading_);
}

void PageFlow::break_table() {
    writer_.end_table();
    break_page();
    writer_.begin_table();
}

void PageFlow::hard_break() {
    if (table_depth_ == 0) {
        break_page();
    } else if (table_depth_ == 1 && !row_has_text_) {
        // The row has only begun: it stands on the next page as a whole.
        break_table();
        if (in_row_) writer_.begin_row();
        for (int i = 0; in_row_ && i < cells_; ++i) writer_.begin_cell();
    } else {
        breaks_in_row_ = std::max(breaks_in_row_, ++breaks_in_cell_);
    }
}

void PageFlow::soft_break() {
    if (!is_fresh_) hard_break();
}

void PageFlow::begin_heading(int level) {
    heading_ = level;
    writer_.begin_heading(level);
}

void PageFlow::end_heading() {
    heading_ = 0;
    writer_.end_heading();
}

void PageFlow::begin_table() {
    writer_.begin_table();
    if (++table_depth_ > 1) return;
    in_row_ = row_has_text_ = false;
    breaks_in_row_ = breaks_in_cell_ = 0;
}

void PageFlow::begin_row() {
    if (table_depth_ == 1) {
        in_row_ = true;
        row_has_text_ = false;
        cells_ = 0;
    }
    writer_.begin_row();
}

void PageFlow::begin_cell(int columns) {
    if (table_depth_ == 1) {
        cells_ += columns;
        breaks_in_cell_ = 0;
    }
    writer_.begin_cell(columns);
}

void PageFlow::end_row() {
    if (table_depth_ != 1) return;
    in_row_ = row_has_text_ = false;
    for (breaks_in_cell_ = 0; breaks_in_row_ > 0; --breaks_in_row_) break_table();
}

void PageFlow::end_table() {
    if (table_depth_ == 0) return;
    --table_depth_;
    writer_.end_table();
}

void PageFlow::finish() {
    end_page_();
    output_->put(writer_.take(0));
}

}  // namespace docmind
