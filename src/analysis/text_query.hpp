#pragma once
// "Which words of a question are worth looking for?" Any text is a question: there is no syntax that could be wrong. Pure text, no index.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

class TextAnalyzer;

struct TextQuery {
    /// Terms and how far each stands from the first.
    using Phrase = std::vector<std::pair<std::string, std::uint32_t>>;

    std::vector<std::string> terms;     ///< each once; without English stop words, unless there is nothing else
    std::vector<std::string> prefixes;  ///< of foo*, and single characters of scripts without spaces
    /// Of what stands in quotation marks, two words or more each, in a question that has only stop words beside them; their words are terms
    /// too.
    std::vector<Phrase> phrases;
};

/// What is beyond them is not looked for.
struct TextQueryLimits {
    std::size_t terms = 64;
    std::size_t prefixes = 8;
    std::size_t phrases = 8;
};

[[nodiscard]] TextQuery parse_text_query(std::string_view text, TextAnalyzer& analyzer, TextQueryLimits limits = {});

/// Do the phrase's words stand in `text`, in its order and at its distances?
[[nodiscard]] bool holds_phrase(std::string_view text, const TextQuery::Phrase& phrase, TextAnalyzer& analyzer);

}  // namespace docmind
