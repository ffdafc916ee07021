#include "agent/citation_aligner.hpp"

#include "agent/answer_sentences.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

namespace docmind {

Citation CitationAligner::quote(const Source& source, std::string_view text) const {
    const std::vector<Source> one{source};
    const SupportFinder finder(params_.support, one);
    // A question is no claim: the words that are closest count, whatever they say.
    const auto finding = finder.find(text);
    return finder.citation(finding.matches.front());
}

CitationAligner::Result CitationAligner::align(std::string_view answer, const std::vector<Source>& sources) const {
    const SupportFinder finder(params_.support, sources);
    Result result;
    std::map<int, SupportFinder::Match> chosen;
    std::size_t copied = 0;
    for (const text::Span& span : answer_sentences(answer)) {
        result.answer += answer.substr(copied, span.begin - copied);
        copied = span.end;
        const MarkedSentence piece = without_marks(answer.substr(span.begin, span.size()));
        const std::string claim = claim_in(answer, span);
        const auto finding = finder.find(claim.empty() ? std::string_view(piece.words) : std::string_view(claim));
        const auto& matches = finding.matches;
        const bool clear = !matches.empty() && finding.words >= params_.least_words && matches[finding.best].supported();
        const auto cite = [&](const SupportFinder::Match& match) {
            const auto [place, is_new] = chosen.try_emplace(sources[match.passage].n, match);
            const auto rank = [](const SupportFinder::Match& m) { return std::pair(m.supported(), m.support); };
            if (!is_new && rank(match) > rank(place->second)) place->second = match;
        };
        std::vector<int> numbers;
        for (const int n : piece.numbers) {
            const auto match = std::ranges::find_if(matches, [&](const SupportFinder::Match& m) { return sources[m.passage].n == n; });
            if (match == matches.end()) continue;
            const bool wrong = match->support < params_.no_support || (!match->supported() && match->problem != SupportProblem::words);
            if (clear && wrong) continue;
            numbers.push_back(n);
            cite(*match);
        }
        if (numbers.empty() && clear) {
            numbers.push_back(sources[finding.best].n);
            cite(matches[finding.best]);
        }
        const std::size_t begin = result.answer.size();
        result.answer += with_marks(piece.words, numbers);
        if (claim.empty()) continue;
        SentenceSupport sentence = finder.describe(finding);
        sentence.begin = static_cast<std::uint32_t>(begin);
        sentence.end = static_cast<std::uint32_t>(result.answer.size());
        result.sentences.push_back(sentence);
    }
    result.answer += answer.substr(copied);
    for (const auto& [n, match] : chosen) result.citations.push_back(finder.citation(match));
    return result;
}

CitationAligner::Result CitationAligner::align_or_name_sources(std::string_view answer, const std::vector<Source>& sources,
                                                               std::string_view question) const {
    Result result = align(answer, sources);
    if (!result.citations.empty() || sources.empty()) return result;
    result.answer += "\n\nSources:";
    for (std::size_t i = 0; i < std::min(params_.fallback_sources, sources.size()); ++i) {
        result.answer += " [" + std::to_string(sources[i].n) + "]";
        result.citations.push_back(quote(sources[i], question));
    }
    return result;
}

double answer_confidence(std::optional<float> relevance, const std::vector<SentenceSupport>& sentences) noexcept {
    double support = sentences.empty() ? 1 : 0;
    for (const SentenceSupport& sentence : sentences) support += sentence.supported() ? sentence.support : 0;
    if (!sentences.empty()) support /= static_cast<double>(sentences.size());
    return std::sqrt(std::clamp<double>(relevance.value_or(1.0F), 0, 1) * support);
}

}  // namespace docmind
