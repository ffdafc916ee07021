#pragma once
// The splitters by name. What each does is told in src/node_parser.

#include <docmind/node_parser.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

/// Which splitter, and how. Sizes are in tokens of the counter.
struct SplitterParams {
    /// sentence         neighbouring sentences, packed: the default, for any text
    /// token            plain windows of words
    /// markdown         sections; tables and fenced code stay whole where they fit
    /// structured       markdown for documents with headings or tables, sentence for all others
    /// code             lines of a program, functions and classes whole where they fit
    /// sentence_window  single sentences, each with those around it as its context
    /// hierarchical     passages that were cut from longer ones, which are their context
    std::string kind = "sentence";
    std::size_t chunk_size = 256;    ///< of a passage, at most; at least 8. Not for hierarchical where chunk_sizes is given
    std::size_t chunk_overlap = 32;  ///< repeated of the passage before, at most half of chunk_size; not for code and sentence_window
    std::size_t window = 3;          ///< for sentence_window: sentences on each side, at most 100
    /// For hierarchical: 2 or 3 sizes, longest first, the last one being the passages'; empty means 4 * chunk_size and chunk_size.
    std::vector<std::size_t> chunk_sizes;
};

/// `counter` outlives the splitter. Errors: invalid_argument (an unknown kind, sizes that make no sense).
[[nodiscard]] std::unique_ptr<NodeParser> make_node_parser(const SplitterParams& params, const TokenCounter& counter);

}  // namespace docmind
