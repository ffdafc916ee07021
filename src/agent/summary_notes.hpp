#pragma once
// "What was noted of a document so far?" Sentences of a summary that is not one text yet, each with the passage it rests on.

#include "agent/citation_aligner.hpp"

#include <docmind/agent.hpp>
#include <docmind/comparison.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct SummaryNote {
    CitedSentence sentence;
    SupportProblem problem = SupportProblem::none;
    bool quoted = false;    ///< the document's own words
    NodeWithScore passage;  ///< whole, for what is made of the note to be compared with
};

/// A model's words with checked citations: of each sentence what bears it out.
[[nodiscard]] CitationAligner::Result align_said(std::string_view said, const std::vector<Source>& sources, const std::string& boundary);

/// The sentences of a model's words that rest on one of the sources: by the number it wrote, or by their words. The others are dropped.
[[nodiscard]] std::vector<SummaryNote> notes_in(std::string_view said, const std::vector<Source>& sources, const std::string& boundary);

/// The passages' key sentences, at most `most`.
[[nodiscard]] std::vector<SummaryNote> key_notes(const std::vector<Source>& sources, std::size_t most);

/// The notes as a model reads them, numbered from 1.
[[nodiscard]] std::vector<Source> as_sources(const std::vector<SummaryNote>& notes);
/// Under the same numbers the passages they rest on.
[[nodiscard]] std::vector<Source> passages_of(const std::vector<SummaryNote>& notes);

/// At most `most` of them, spread evenly.
[[nodiscard]] std::vector<SummaryNote> spread(std::vector<SummaryNote> notes, std::size_t most);

/// As a list, under `head`.
[[nodiscard]] AgentResponse listed(std::string_view head, const std::vector<SummaryNote>& notes);

}  // namespace docmind
