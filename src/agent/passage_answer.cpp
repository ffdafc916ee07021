#include "agent/passage_answer.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <iterator>

namespace docmind {

namespace {
// Bytes of a quotation: the better its passage fits, the more of it is shown.
constexpr std::size_t longest_first = 1600, longest_next = 900, longest_other = 500;
constexpr std::size_t next_passages = 2;

// A character that would begin a heading, list, table, code or deeper quotation at the start of a line, or a citation mark.
bool has_meaning(char c, bool line_began, char next) {
    if (c == '[') return next >= '0' && next <= '9';
    return line_began && std::string_view(">#|=-+*`~").contains(c);
}

/// The words and what stands around them in the passage, whole sentences, in turn after and before: `most` bytes, or the words alone.
std::string_view excerpt(std::string_view passage, std::string_view words, std::size_t most) {
    const std::size_t at = passage.find(words);
    if (at == std::string_view::npos || words.empty()) return words;
    const std::vector<text::Span> sentences = text::sentences(passage);
    std::size_t begin = at, end = at + words.size();
    auto after = std::ranges::find_if(sentences, [&](const text::Span& span) { return span.end > end; });
    auto before = std::ranges::find_if(sentences, [&](const text::Span& span) { return span.end > begin; });
    if (before != sentences.end()) begin = std::min(begin, before->begin);
    if (after != sentences.end() && after->begin < end) end = (after++)->end;
    for (bool grown = true; grown;) {
        grown = false;
        if (after != sentences.end() && after->end - begin <= most) {
            end = (after++)->end;
            grown = true;
        }
        if (before != sentences.begin() && end - std::prev(before)->begin <= most) {
            begin = (--before)->begin;
            grown = true;
        }
    }
    return passage.substr(begin, end - begin);
}

}  // namespace

std::string quotation(const Citation& citation, std::string_view words) {
    std::string block = "> ";
    bool line_began = true;
    words = text::trim(words);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const char c = words[i];
        if (c == '\r') continue;
        if (c == '\n') {
            if (!line_began) block += "\n> ";
            line_began = true;
            continue;
        }
        if (line_began && (c == ' ' || c == '\t')) continue;
        if (has_meaning(c, line_began, i + 1 < words.size() ? words[i + 1] : ' ')) block.push_back('\\');
        line_began = false;
        block.push_back(c);
    }
    return block + "\n>\n> — " + text::one_line(citation.name) + ", page " + std::to_string(citation.page) + " [" +
           std::to_string(citation.n) + "]";
}

PassageAnswer quote_passages(const std::vector<Source>& sources, std::string_view question, std::size_t most,
                             std::vector<Citation> rests_on) {
    const CitationAligner aligner;
    PassageAnswer result;
    const auto add = [&](Citation citation, std::string_view whole) {
        const std::size_t shown = result.citations.size();
        const std::size_t longest = shown == 0 ? longest_first : shown <= next_passages ? longest_next : longest_other;
        // A long passage is shown by what fits and what stands around it.
        const std::string_view words = whole.size() <= longest ? whole : excerpt(whole, citation.quote, longest);
        if (!result.answer.empty()) result.answer += "\n\n";
        result.answer += quotation(citation, words);
        result.citations.push_back(std::move(citation));
    };
    const auto is_shown = [&](int n) { return std::ranges::find(result.citations, n, &Citation::n) != result.citations.end(); };
    for (Citation& citation : rests_on) {
        const auto source = std::ranges::find(sources, citation.n, &Source::n);
        if (source != sources.end()) add(std::move(citation), source->passage.node.text);
    }
    for (const Source& source : sources) {
        if (result.citations.size() >= most) break;
        if (!is_shown(source.n)) add(aligner.quote(source, question), source.passage.node.text);
    }
    return result;
}

}  // namespace docmind
