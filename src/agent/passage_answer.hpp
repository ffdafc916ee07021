#pragma once
// "What do the documents say, in their own words?" The answer made of quotations: where there is no model, and under the words of one
// that is too small to be trusted alone.

#include "agent/citation_aligner.hpp"

#include <docmind/agent.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct PassageAnswer {
    std::string answer;  ///< Markdown
    std::vector<Citation> citations;
};

/// Block quotations, each with its number, document and page: first of the passages that something already `rests_on`, around those
/// words, then of the others in their order, around the words closest to the question, until there are `most`.
[[nodiscard]] PassageAnswer quote_passages(const std::vector<Source>& sources, std::string_view question, std::size_t most,
                                           std::vector<Citation> rests_on = {});

/// One quotation as a Markdown block: the words, then document, page and number.
[[nodiscard]] std::string quotation(const Citation& citation, std::string_view words);

}  // namespace docmind
