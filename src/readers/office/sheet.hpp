#pragma once
// One sheet of a workbook.

#include "readers/page_writer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace docmind {

/// Answers "how is this sheet read?" Empty rows part it into regions, and each is written without its empty columns: as a table, after the
/// lines of a single cell that stand over it; as "B7: text" lines where it is nearly all empty.
class Sheet {
  public:
    /// Rows and columns count from 0.
    void set(std::uint32_t row, std::uint32_t column, std::string text);
    void write(PageWriter* writer);

  private:
    struct Cell {
        std::uint32_t row, column;
        std::string text;
    };
    using Place = std::vector<Cell>::const_iterator;
    static void write_region(Place begin, Place end, PageWriter* writer);

    std::vector<Cell> cells_;
};

/// "B7"
[[nodiscard]] std::string cell_name(std::uint32_t row, std::uint32_t column);

}  // namespace docmind
