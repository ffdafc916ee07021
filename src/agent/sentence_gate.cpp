#include "agent/sentence_gate.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <set>

namespace docmind {

namespace {

/// The same for sentences that say the same in another order.
std::string key_of(std::string_view sentence) {
    std::set<std::string> stems;
    for (const text::Word& word : text::words(sentence)) stems.insert(text::stem(word.text));
    std::string key;
    for (const std::string& stem : stems) key += stem + " ";
    return key;
}

bool is_ended(std::string_view sentence) {
    return !sentence.empty() &&
           (sentence.back() == '.' || sentence.back() == '!' || sentence.back() == '?' || sentence.ends_with("\xE3\x80\x82"));
}

}  // namespace

std::string SentenceGate::feed(std::string_view token) {
    std::string out;
    held_ += token;
    const auto spans = text::sentences(held_);
    std::size_t taken = 0;
    // The last one may go on.
    for (std::size_t i = 0; i + 1 < spans.size() && !done(); ++i) {
        out += judge(std::string_view(held_).substr(spans[i].begin, spans[i].size()));
        taken = spans[i].end;
    }
    held_.erase(0, taken);
    return out;
}

std::string SentenceGate::finish(bool whole) {
    std::string last = std::string(text::trim(held_));
    held_.clear();
    if (done() || last.empty() || (!whole && !is_ended(last))) return {};
    return judge(last);
}

std::string SentenceGate::judge(std::string_view sentence) {
    ++heard_;
    if (!said_.insert(key_of(sentence)).second) return {};
    // A question is none of the answer, and half a sentence with a colon announces what may never come.
    if (sentence.ends_with('?') || sentence.ends_with(':')) return {};
    const std::string line = text::one_line(sentence);
    auto aligned = aligner_.align(line, sources_);
    if (aligned.citations.empty() || aligned.sentences.empty() || !aligned.sentences.front().supported()) return {};
    for (Citation& citation : aligned.citations) {
        const bool known = std::ranges::any_of(citations_, [&](const Citation& c) { return c.n == citation.n; });
        if (!known) citations_.push_back(std::move(citation));
    }
    return (++shown_ > 1 ? " " : "") + aligned.answer;
}

}  // namespace docmind
