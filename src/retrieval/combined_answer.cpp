#include "retrieval/combined_answer.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

namespace {

/// The number in "[12]" at the start of the text.
std::optional<int> mark_at(std::string_view text) {
    int n = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), n);
    if (error != std::errc() || end == text.data() + text.size() || *end != ']') return std::nullopt;
    return n;
}

/// A text with other numbers in its marks, and where each of its bytes has gone.
struct Renumbered {
    std::string text;
    std::vector<std::uint32_t> places;  ///< of each byte of the text that was, and of its end
};

Renumbered renumbered(std::string_view answer, const std::map<int, int>& numbers) {
    Renumbered out;
    const auto copy = [&](std::size_t bytes) {
        for (std::size_t i = 0; i < bytes; ++i) out.places.push_back(static_cast<std::uint32_t>(out.text.size() + i));
        out.text += answer.substr(0, bytes);
        answer.remove_prefix(bytes);
    };
    while (!answer.empty()) {
        copy(std::min(answer.find('['), answer.size()));
        if (answer.empty()) break;
        const auto n = mark_at(answer);
        const auto known = n ? numbers.find(*n) : numbers.end();
        if (known == numbers.end()) {
            copy(1);
            continue;
        }
        const std::size_t mark = answer.find(']') + 1;
        out.places.insert(out.places.end(), mark, static_cast<std::uint32_t>(out.text.size()));
        out.text += "[" + std::to_string(known->second) + "]";
        answer.remove_prefix(mark);
    }
    out.places.push_back(static_cast<std::uint32_t>(out.text.size()));
    return out;
}

/// The sentences where they now stand, with their passages' new numbers.
void add_sentences(AgentResponse& all, const AgentResponse& one, const Renumbered& text, const std::map<int, int>& numbers) {
    for (SentenceSupport sentence : one.sentences) {
        if (sentence.begin > sentence.end || sentence.end >= text.places.size()) continue;
        const auto base = static_cast<std::uint32_t>(all.answer.size());
        sentence.begin = base + text.places[sentence.begin];
        sentence.end = base + text.places[sentence.end];
        const auto known = numbers.find(sentence.n);
        sentence.n = known == numbers.end() ? 0 : known->second;
        all.sentences.push_back(sentence);
    }
}

std::string on_one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

AgentResponse combine_answers(std::vector<PartAnswer> parts) {
    if (parts.size() == 1) return std::move(parts.front().response);
    AgentResponse all;
    all.found = false;
    double confidence = 0;
    int confident = 0;
    for (PartAnswer& part : parts) {
        AgentResponse& one = part.response;
        std::map<int, int> numbers;
        for (Citation& citation : one.citations) {
            const int n = static_cast<int>(all.citations.size()) + 1;
            numbers.emplace(citation.n, n);
            citation.n = n;
            all.citations.push_back(std::move(citation));
        }
        if (!all.answer.empty()) all.answer += "\n\n";
        all.answer += "**" + on_one_line(std::move(part.question)) + "**\n\n";
        const Renumbered text = renumbered(one.answer, numbers);
        add_sentences(all, one, text, numbers);
        all.answer += text.text;
        if (one.confidence) {
            confidence += *one.confidence;
            ++confident;
        }
        all.found = all.found || one.found;
        all.degraded = all.degraded || one.degraded;
        for (std::string& note : one.notes) {
            if (std::ranges::find(all.notes, note) == all.notes.end()) all.notes.push_back(std::move(note));
        }
        if (!one.usage) continue;
        if (!all.usage) all.usage.emplace();
        all.usage->prompt_tokens += one.usage->prompt_tokens;
        all.usage->completion_tokens += one.usage->completion_tokens;
    }
    if (confident > 0) all.confidence = confidence / confident;
    return all;
}

}  // namespace docmind
