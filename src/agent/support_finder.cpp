#include "agent/support_finder.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace docmind {

namespace {

using text::Span;

// At most `max_bytes` of the passage around the words that matched, at the ends of words.
Span shorten_quote(const std::string& body, Span whole, const std::vector<Span>& matched, std::size_t max_bytes) {
    if (whole.size() <= max_bytes) return whole;
    // The stretch of max_bytes that begins at a matched word and holds most of them.
    std::size_t best = whole.begin;
    std::size_t most = 0;
    for (const Span& start : matched) {
        const auto inside = static_cast<std::size_t>(std::count_if(
            matched.begin(), matched.end(), [&](const Span& m) { return m.begin >= start.begin && m.end <= start.begin + max_bytes; }));
        if (inside > most) {
            most = inside;
            best = start.begin;
        }
    }
    // A little of what stands before helps the reader, where the sentence begins close by.
    if (best - whole.begin < max_bytes / 4) best = whole.begin;
    std::size_t end = std::min(whole.end, best + max_bytes);
    if (end < whole.end) {
        const auto blank = body.find_last_of(" \n\t", end);
        if (blank != std::string::npos && blank > best + max_bytes / 2) end = blank;
        end = best + text::shorten(std::string_view(body).substr(best), end - best).size();
    }
    while (end > best && (body[end - 1] == ' ' || body[end - 1] == '\n' || body[end - 1] == '\t' || body[end - 1] == '\r')) --end;
    return {best, end};
}

// What a heading or a line of a table of contents lacks as a quotation: it names the matter and says nothing of it.
constexpr double says_nothing = 0.4;
// A pair of sentences must say clearly more than one of them.
constexpr double pair_costs = 0.15;

bool is_heading(std::string_view sentence) {
    constexpr std::size_t longest_heading = 8;
    const bool ended = std::string_view(".!?:;\"'`)]>").contains(sentence.back()) || static_cast<unsigned char>(sentence.back()) >= 0x80;
    return sentence.contains("....") || sentence.ends_with(" .") || (!ended && text::words(sentence).size() <= longest_heading);
}

}  // namespace

SupportFinder::SupportFinder(Params params, const std::vector<Source>& sources) : params_(params) {
    passages_.reserve(sources.size());
    for (const Source& source : sources) passages_.push_back(prepare(source));
}

SupportFinder::Passage SupportFinder::prepare(const Source& source) {
    Passage passage;
    passage.source = &source;
    const Node& node = source.passage.node;
    passage.sentences = text::sentences(node.text);
    for (const Span& span : passage.sentences)
        passage.claims.push_back(read_claim(std::string_view(node.text).substr(span.begin, span.size())));
    passage.around = read_claim(node.text, passage.sentences);
    for (const std::string* more : {&node.title, &node.section, &source.passage.document_name}) {
        Claim named = read_claim(*more);
        std::ranges::move(named.words, std::back_inserter(passage.around.words));
    }
    passage.around.text = {};
    return passage;
}

SupportFinder::Match SupportFinder::best_in(std::size_t index, const Claim& claim) const {
    const Passage& passage = passages_[index];
    const std::string& body = passage.source->passage.node.text;
    std::set<std::string_view> wanted;
    for (const ClaimWord& word : claim.words) wanted.insert(word.stem);
    Match best{.passage = index};
    if (!passage.sentences.empty()) best.quote = shorten_quote(body, passage.sentences.front(), {}, params_.max_quote_bytes);
    double best_rank = 0;
    for (std::size_t i = 0; i < passage.sentences.size(); ++i) {
        std::set<std::string_view> found;
        std::vector<Span> matched;
        for (std::size_t count = 1; count <= 2 && i + count <= passage.sentences.size(); ++count) {
            const Span added = passage.sentences[i + count - 1];
            for (const ClaimWord& word : passage.claims[i + count - 1].words) {
                if (!wanted.contains(word.stem)) continue;
                found.insert(word.stem);
                matched.push_back({word.span.begin + added.begin, word.span.end + added.begin});
            }
            const double support = wanted.empty() ? 0 : static_cast<double>(found.size()) / static_cast<double>(wanted.size());
            const bool empty = count == 1 && support > 0 && is_heading(std::string_view(body).substr(added.begin, added.size()));
            const double rank = support - (count == 2 ? pair_costs : 0) - (empty ? says_nothing : 0);
            const bool clear = support >= params_.clear_support;
            // What bears the sentence out goes before what only has more of its words.
            if (best.supported() ? !clear || rank <= best_rank : !clear && rank <= best_rank) continue;
            const Span whole{passage.sentences[i].begin, added.end};
            SupportProblem problem = SupportProblem::words;
            if (clear) {
                const std::string_view ground = std::string_view(body).substr(whole.begin, whole.size());
                std::vector<Span> parts{{0, passage.sentences[i].size()}};
                if (count == 2) parts.push_back({added.begin - whole.begin, added.end - whole.begin});
                problem = find_conflict(claim, count == 1 ? passage.claims[i] : read_claim(ground, parts), passage.around);
            }
            const bool supported = problem == SupportProblem::none;
            if (supported == best.supported() ? rank <= best_rank : !supported) continue;
            best_rank = rank;
            best.support = support;
            best.problem = problem;
            best.quote = shorten_quote(body, whole, matched, params_.max_quote_bytes);
        }
    }
    return best;
}

SupportFinder::Finding SupportFinder::find(std::string_view sentence) const {
    const Claim claim = read_claim(sentence);
    Finding finding;
    std::set<std::string_view> words;
    for (const ClaimWord& word : claim.words) words.insert(word.stem);
    finding.words = words.size();
    for (std::size_t i = 0; i < passages_.size(); ++i) finding.matches.push_back(best_in(i, claim));
    const auto worse = [](const Match& a, const Match& b) {
        return std::pair(a.supported(), a.support) < std::pair(b.supported(), b.support);
    };
    const auto best = std::ranges::max_element(finding.matches, worse);
    if (best != finding.matches.end()) finding.best = static_cast<std::size_t>(best - finding.matches.begin());
    return finding;
}

Citation SupportFinder::citation(const Match& match) const {
    const Source& source = *passages_[match.passage].source;
    const Node& node = source.passage.node;
    Citation citation;
    citation.n = source.n;
    citation.document_id = node.document_id;
    citation.name = source.passage.document_name;
    citation.page = node.page;
    citation.node_id = node.id;
    citation.quote = node.text.substr(match.quote.begin, match.quote.size());
    citation.begin = node.begin + static_cast<std::uint32_t>(match.quote.begin);
    citation.end = node.begin + static_cast<std::uint32_t>(match.quote.end);
    return citation;
}

SentenceSupport SupportFinder::describe(const Finding& finding) const {
    SentenceSupport sentence;
    if (finding.matches.empty()) return sentence;
    const Match& best = finding.matches[finding.best];
    sentence.problem = best.problem;
    sentence.support = best.support;
    if (best.support == 0) return sentence;
    const Citation citation = this->citation(best);
    sentence.n = citation.n;
    sentence.page = citation.page;
    sentence.page_begin = citation.begin;
    sentence.page_end = citation.end;
    return sentence;
}

}  // namespace docmind
