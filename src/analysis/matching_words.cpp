#include "analysis/matching_words.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

#include "analysis/text_query.hpp"

namespace docmind {

MatchingWords::MatchingWords(std::string_view question, Params params) : params_(params) {
    if (params_.max_bytes == 0) throw Error(errc::invalid_argument, "max_bytes must be positive.");
    TextQuery query = parse_text_query(question, analyzer_);
    terms_.insert(std::make_move_iterator(query.terms.begin()), std::make_move_iterator(query.terms.end()));
    prefixes_ = std::move(query.prefixes);
}

bool MatchingWords::is_wanted(const Token& token) {
    // The last character of a run stands in the pair before it; alone it is a word.
    if (token.kind != Token::Kind::last_one && terms_.contains(analyzer_.term(token))) return true;
    return std::ranges::any_of(prefixes_, [&](const std::string& prefix) { return token.folded.starts_with(prefix); });
}

void MatchingWords::add_matches(std::string_view text, std::size_t offset, TextRanges& found) {
    for (const Token& token : analyzer_.tokens(text)) {
        if (!is_wanted(token)) continue;
        auto begin = static_cast<std::uint32_t>(offset + token.begin), end = static_cast<std::uint32_t>(offset + token.end);
        // Pairs of neighbours overlap, and a joined word comes behind its parts.
        for (; !found.empty() && found.back().second >= begin; found.pop_back()) {
            begin = std::min(begin, found.back().first);
            end = std::max(end, found.back().second);
        }
        found.emplace_back(begin, end);
    }
}

TextRanges MatchingWords::in(std::string_view text) {
    TextRanges found;
    add_matches(text.substr(0, params_.max_bytes), 0, found);
    return found;
}

TextRanges MatchingWords::in_quotations(std::string_view markdown) {
    TextRanges found;
    markdown = markdown.substr(0, params_.max_bytes);
    for (std::size_t at = 0; at < markdown.size();) {
        const std::size_t end = std::min(markdown.find('\n', at), markdown.size());
        const std::string_view line = markdown.substr(at, end - at);
        if (line.starts_with('>') && !line.starts_with("> \u2014 ")) add_matches(line, at, found);
        at = end + 1;
    }
    return found;
}

}  // namespace docmind
