#pragma once
// A page's text from a format that says what is a heading, a list and a table. One way for all of them to look:
//
//   headings stand on lines of their own (and in Page::headings); list items after "- " or "1. ", nested ones two spaces deeper;
//   tables as Markdown tables (the first row is the head); code as it stands; an empty line between blocks.

#include <docmind/node.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Answers "what does the page look like as text?". Knows no format. What it is given is UTF-8, not yet sanitized.
class PageWriter {
  public:
    /// Inline text: runs of white space become one space, none at the ends of a block.
    void text(std::string_view text);
    /// The next inline text is apart from the one before.
    void space() { space_ = true; }
    void line_break();
    /// What follows begins a new block.
    void paragraph();
    /// A block that stays as it is, but for empty lines at its ends. In a heading or a table's cell it is inline text.
    void preformatted(std::string_view text);
    /// The inline text between the two is a heading; level 1 is the highest.
    void begin_heading(int level);
    void end_heading();
    /// What follows belongs to the section `title`, which the text does not say itself (a bookmark, the name of a sheet).
    void section(int level, std::string title);
    void begin_list(bool is_ordered, int first_number = 1);
    void begin_item();
    /// The same with the mark that the source gives it, "a)" or "1.2."; it counts nothing.
    void begin_item(std::string_view mark);
    void end_list();
    /// Tables in tables become text of the outer one's cell.
    void begin_table();
    void begin_row();
    /// `columns`: how many it spans; the others stay empty.
    void begin_cell(int columns = 1);
    void end_table();
    /// A whole table at once.
    void table(const std::vector<std::vector<std::string>>& rows);

    /// Nothing but white space was written since the last take().
    [[nodiscard]] bool is_empty() const { return page_.text.empty(); }
    [[nodiscard]] std::size_t size() const { return page_.text.size(); }
    /// The page; the object goes on with the next one, within the same lists.
    [[nodiscard]] Page take(int number);

  private:
    struct List {
        bool is_ordered = false;
        int next_number = 1;
    };
    void separate();
    void write_table();
    [[nodiscard]] std::string* cell();

    Page page_;
    int newlines_ = 0;  // before the next text
    bool space_ = false;
    std::string marker_;  // of the list item that begins with the next text
    std::vector<List> lists_;
    int heading_level_ = 0;
    std::size_t heading_begin_ = 0;
    bool heading_begun_ = false;
    int table_depth_ = 0;
    int spanned_ = 0;  // columns that the last cell takes beyond its own
    std::vector<std::vector<std::string>> rows_;
};

}  // namespace docmind
