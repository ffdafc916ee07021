#include "agent/summary_notes.hpp"

#include "agent/answer_sentences.hpp"
#include "agent/citation_checker.hpp"
#include "agent/cited_text.hpp"
#include "agent/key_sentences.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

CitationAligner::Result align_said(std::string_view said, const std::vector<Source>& sources, const std::string& boundary) {
    CitationChecker checker({.passages = sources.size(), .boundary = boundary});
    std::string words = checker.feed(said);
    words += checker.finish();
    return CitationAligner().align(words, sources);
}

std::vector<SummaryNote> notes_in(std::string_view said, const std::vector<Source>& sources, const std::string& boundary) {
    const auto aligned = align_said(said, sources, boundary);
    std::vector<SummaryNote> notes;
    for (const SentenceSupport& sentence : aligned.sentences) {
        const std::string_view line = std::string_view(aligned.answer).substr(sentence.begin, sentence.end - sentence.begin);
        const MarkedSentence marked = without_marks(line);
        if (marked.numbers.empty()) continue;
        // The number of the passage that bears it out, else the model's.
        const bool cited = sentence.supported() && std::ranges::find(marked.numbers, sentence.n) != marked.numbers.end();
        const int n = cited ? sentence.n : marked.numbers.front();
        const auto citation = std::ranges::find(aligned.citations, n, &Citation::n);
        const auto source = std::ranges::find(sources, n, &Source::n);
        if (citation == aligned.citations.end() || source == sources.end()) continue;
        SummaryNote note;
        note.sentence = {text::one_line(claim_in(line, {0, line.size()})), *citation, sentence.support};
        note.problem = sentence.problem;
        note.passage = source->passage;
        if (!note.sentence.words.empty()) notes.push_back(std::move(note));
    }
    return notes;
}

std::vector<SummaryNote> key_notes(const std::vector<Source>& sources, std::size_t most) {
    std::vector<SummaryNote> notes;
    for (CitedSentence& sentence : key_sentences(sources, most)) {
        const auto source = std::ranges::find_if(sources, [&](const Source& s) { return s.passage.node.id == sentence.citation.node_id; });
        SummaryNote note{.sentence = std::move(sentence), .quoted = true};
        if (source != sources.end()) note.passage = source->passage;
        notes.push_back(std::move(note));
    }
    return notes;
}

std::vector<Source> as_sources(const std::vector<SummaryNote>& notes) {
    auto sources = passages_of(notes);
    for (std::size_t i = 0; i < notes.size(); ++i) sources[i].passage.node.text = notes[i].sentence.words;
    return sources;
}

std::vector<Source> passages_of(const std::vector<SummaryNote>& notes) {
    std::vector<Source> sources;
    for (const SummaryNote& note : notes) sources.push_back({static_cast<int>(sources.size()) + 1, note.passage});
    return sources;
}

std::vector<SummaryNote> spread(std::vector<SummaryNote> notes, std::size_t most) {
    if (notes.size() <= most) return notes;
    std::vector<SummaryNote> kept;
    for (std::size_t i = 0; i < most; ++i) kept.push_back(std::move(notes[i * notes.size() / most]));
    return kept;
}

AgentResponse listed(std::string_view head, const std::vector<SummaryNote>& notes) {
    CitedText text;
    text.add(head);
    for (const SummaryNote& note : notes) {
        text.add(&note == notes.data() ? "- " : "\n- ");
        if (note.quoted) {
            text.quote(note.sentence);
        } else {
            text.add(note.sentence, note.problem);
        }
    }
    return std::move(text.response());
}

}  // namespace docmind
