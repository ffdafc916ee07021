#include "retrieval/combined_answer.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace docmind {

namespace {

/// The number in "[12]" at the start of the text.
std::optional<int> mark_at(std::string_view text) {
    int n = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), n);
    if (error != std::errc() || end == text.data() + text.size() || *end != ']') return std::nullopt;
    return n;
}

std::string renumbered(std::string_view answer, const std::map<int, int>& numbers) {
    std::string out;
    while (!answer.empty()) {
        const std::size_t mark = std::min(answer.find('['), answer.size());
        out += answer.substr(0, mark);
        answer.remove_prefix(mark);
        if (answer.empty()) break;
        const auto n = mark_at(answer);
        const auto known = n ? numbers.find(*n) : numbers.end();
        if (known == numbers.end()) {
            out.push_back('[');
            answer.remove_prefix(1);
            continue;
        }
        out += "[" + std::to_string(known->second) + "]";
        answer.remove_prefix(answer.find(']') + 1);
    }
    return out;
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
        all.answer += "**" + on_one_line(std::move(part.question)) + "**\n\n" + renumbered(one.answer, numbers);
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
    return all;
}

}  // namespace docmind
