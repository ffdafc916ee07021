#include "agent/cited_text.hpp"

#include "agent/answer_sentences.hpp"
#include "agent/citation_aligner.hpp"
#include "agent/support_finder.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <utility>

namespace docmind {

std::vector<Source> number_sources(const std::vector<NodeWithScore>& passages, std::size_t most) {
    std::vector<Source> sources;
    for (const NodeWithScore& passage : passages) {
        if (sources.size() == most) break;
        sources.push_back({static_cast<int>(sources.size()) + 1, passage});
    }
    return sources;
}

std::vector<CitedSentence> supported_sentences(std::string_view answer, const std::vector<Source>& sources, std::size_t most) {
    std::vector<CitedSentence> supported;
    if (sources.empty()) return supported;
    const SupportFinder finder({}, sources);
    for (const text::Span& span : answer_sentences(answer)) {
        if (supported.size() == most) break;
        const std::string claim = claim_in(answer, span);
        if (claim.empty()) continue;
        const auto finding = finder.find(claim);
        const SupportFinder::Match& best = finding.matches[finding.best];
        if (best.supported()) supported.push_back({text::one_line(claim), finder.citation(best), best.support});
    }
    return supported;
}

CitedSentence quoted_sentence(const Source& source, std::string_view text) {
    Citation citation = CitationAligner().quote(source, text);
    return {text::one_line(citation.quote), citation, 1};
}

NodeWithScore quoted_passage(const Citation& citation) {
    NodeWithScore passage;
    passage.node.id = citation.node_id;
    passage.node.document_id = citation.document_id;
    passage.node.page = citation.page;
    passage.node.begin = citation.begin;
    passage.node.end = citation.end;
    passage.node.text = citation.quote;
    passage.document_name = citation.name;
    return passage;
}

std::string inline_words(std::string_view words) {
    const std::string line = text::one_line(words);
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char next = i + 1 < line.size() ? line[i + 1] : ' ';
        if (line[i] == '|' || (line[i] == '[' && next >= '0' && next <= '9')) {
            // A backslash before it would take ours away.
            while (out.ends_with('\\')) out.pop_back();
            out.push_back('\\');
        }
        out.push_back(line[i]);
    }
    return out;
}

int CitedText::number_of(const Citation& citation) {
    const auto same = [&](const Citation& known) {
        return known.document_id == citation.document_id && known.node_id == citation.node_id && known.begin == citation.begin &&
               known.end == citation.end;
    };
    const auto known = std::ranges::find_if(response_.citations, same);
    if (known != response_.citations.end()) return known->n;
    Citation added = citation;
    added.n = static_cast<int>(response_.citations.size()) + 1;
    response_.citations.push_back(std::move(added));
    return response_.citations.back().n;
}

void CitedText::add(const CitedSentence& sentence, SupportProblem problem) {
    SentenceSupport support{.problem = problem, .support = sentence.support};
    support.n = number_of(sentence.citation);
    support.page = sentence.citation.page;
    support.page_begin = sentence.citation.begin;
    support.page_end = sentence.citation.end;
    support.begin = static_cast<std::uint32_t>(response_.answer.size());
    response_.answer += with_marks(inline_words(sentence.words), {support.n});
    support.end = static_cast<std::uint32_t>(response_.answer.size());
    response_.sentences.push_back(support);
}

void CitedText::quote(const CitedSentence& sentence) {
    response_.answer += "“" + inline_words(sentence.words) + "” [" + std::to_string(number_of(sentence.citation)) + "]";
}

}  // namespace docmind
