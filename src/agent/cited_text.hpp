#pragma once
// "Which sentences of these rest on which words, and how do they become one text with numbers?" For answers that are put together of
// several: each sentence comes with the words that bear it out, and gets the number those words have in the whole.

#include <docmind/agent.hpp>
#include <docmind/comparison.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// The first `most` passages as sources 1, 2, ...
[[nodiscard]] std::vector<Source> number_sources(const std::vector<NodeWithScore>& passages, std::size_t most);

/// The sentences of an answer that a source bears out, in order, at most `most`.
[[nodiscard]] std::vector<CitedSentence> supported_sentences(std::string_view answer, const std::vector<Source>& sources, std::size_t most);

/// The words of the passage that are closest to `text`, as a sentence.
[[nodiscard]] CitedSentence quoted_sentence(const Source& source, std::string_view text);

/// The passage of a citation: its quote alone, where it stands.
[[nodiscard]] NodeWithScore quoted_passage(const Citation& citation);

/// On one line, without what would be a citation mark or the end of a table's cell.
[[nodiscard]] std::string inline_words(std::string_view words);

/// A text that is put together of words of ours and sentences with citations.
class CitedText {
  public:
    /// Words that claim nothing.
    void add(std::string_view words) { response_.answer += words; }
    /// The sentence and its number. The same words of the same passage have one number.
    void add(const CitedSentence& sentence, SupportProblem problem = SupportProblem::none);
    /// The document's own words, in quotation marks, and their number: they claim nothing.
    void quote(const CitedSentence& sentence);
    [[nodiscard]] AgentResponse& response() noexcept { return response_; }

  private:
    int number_of(const Citation& citation);
    AgentResponse response_;
};

}  // namespace docmind
