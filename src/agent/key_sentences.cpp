#include "agent/key_sentences.hpp"

#include "agent/cited_text.hpp"
#include "agent/text.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t fewest_words = 6;
constexpr std::size_t most_words = 50;
constexpr std::size_t longest = 400;  // bytes

struct Candidate {
    const Source* source = nullptr;
    text::Span span;
    std::set<std::string> stems;
    bool chosen = false;
};

bool is_whole(std::string_view sentence, std::size_t words) {
    const char last = sentence.back();
    const bool ended = last == '.' || last == '!' || sentence.ends_with("\xE3\x80\x82");
    // An open bracket at its end: it was cut in the middle of an address or an aside.
    const bool closed = std::ranges::count(sentence, '(') == std::ranges::count(sentence, ')');
    return ended && closed && words >= fewest_words && words <= most_words && sentence.size() <= longest && !sentence.contains("....") &&
           !sentence.contains('|');
}

CitedSentence cited(const Candidate& candidate) {
    const Node& node = candidate.source->passage.node;
    Citation citation;
    citation.document_id = node.document_id;
    citation.name = candidate.source->passage.document_name;
    citation.page = node.page;
    citation.node_id = node.id;
    citation.quote = node.text.substr(candidate.span.begin, candidate.span.size());
    citation.begin = node.begin + static_cast<std::uint32_t>(candidate.span.begin);
    citation.end = node.begin + static_cast<std::uint32_t>(candidate.span.end);
    return {text::one_line(citation.quote), citation, 1};
}

}  // namespace

std::vector<CitedSentence> key_sentences(const std::vector<Source>& passages, std::size_t most) {
    std::unordered_map<std::string, double> weight;
    std::vector<Candidate> candidates;
    std::set<std::string> seen;  // passages overlap
    double total = 0;
    for (const Source& source : passages) {
        const std::string_view body = source.passage.node.text;
        for (const text::Span& span : text::sentences(body)) {
            const std::string_view sentence = body.substr(span.begin, span.size());
            const auto words = text::words(sentence);
            Candidate candidate{.source = &source, .span = span};
            for (const text::Word& word : words) {
                std::string stem = text::stem(word.text);
                if (stem.empty()) continue;
                weight[stem] += 1;
                total += 1;
                candidate.stems.insert(std::move(stem));
            }
            if (!candidate.stems.empty() && is_whole(sentence, words.size()) && seen.insert(text::one_line(sentence)).second)
                candidates.push_back(std::move(candidate));
        }
    }
    for (auto& [stem, count] : weight) count /= total;
    const auto score = [&](const Candidate& candidate) {
        double sum = 0;
        for (const std::string& stem : candidate.stems) sum += weight[stem];
        return sum / static_cast<double>(candidate.stems.size());
    };
    for (std::size_t i = 0; i < std::min(most, candidates.size()); ++i) {
        Candidate* best = nullptr;
        double best_score = -1;
        for (Candidate& candidate : candidates) {
            const double its_score = candidate.chosen ? -1 : score(candidate);
            if (its_score > best_score) {
                best = &candidate;
                best_score = its_score;
            }
        }
        best->chosen = true;
        for (const std::string& stem : best->stems) weight[stem] *= weight[stem];
    }
    std::vector<CitedSentence> chosen;
    for (const Candidate& candidate : candidates) {
        if (candidate.chosen) chosen.push_back(cited(candidate));
    }
    if (chosen.empty() && most > 0 && !passages.empty()) chosen.push_back(quoted_sentence(passages.front(), ""));
    return chosen;
}

}  // namespace docmind
