#include "agent/citation_aligner.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace docmind {

namespace {

using text::Span;

struct Stemmed {
    std::string stem;
    Span span;
};

std::vector<Stemmed> stems_of(std::string_view part, std::size_t offset) {
    std::vector<Stemmed> stems;
    for (const text::Word& word : text::words(part)) {
        std::string stem = text::stem(word.text);
        if (!stem.empty()) stems.push_back({std::move(stem), {word.span.begin + offset, word.span.end + offset}});
    }
    return stems;
}

struct Passage {
    const Source* source = nullptr;
    std::vector<Span> sentences;
    std::vector<std::vector<Stemmed>> stems;  // of each sentence
};

Passage prepare(const Source& source) {
    Passage passage;
    passage.source = &source;
    const std::string& body = source.passage.node.text;
    passage.sentences = text::sentences(body);
    for (const Span& span : passage.sentences)
        passage.stems.push_back(stems_of(std::string_view(body).substr(span.begin, span.size()), span.begin));
    return passage;
}

struct Match {
    double support = 0;
    std::size_t passage = 0;
    Span quote;
};

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

bool is_heading(std::string_view sentence) {
    constexpr std::size_t longest_heading = 8;
    const bool ended = std::string_view(".!?:;\"'`)]>").contains(sentence.back()) || static_cast<unsigned char>(sentence.back()) >= 0x80;
    return sentence.contains("....") || sentence.ends_with(" .") || (!ended && text::words(sentence).size() <= longest_heading);
}

// How much of `wanted` stands in one sentence of the passage, or in two neighbours where that is clearly more.
Match best_in(const Passage& passage, std::size_t index, const std::set<std::string>& wanted, std::size_t max_quote_bytes) {
    Match best;
    best.passage = index;
    const std::string& body = passage.source->passage.node.text;
    if (!passage.sentences.empty()) best.quote = shorten_quote(body, passage.sentences.front(), {}, max_quote_bytes);
    double best_rank = 0;
    for (std::size_t i = 0; i < passage.sentences.size(); ++i) {
        std::set<std::string_view> found;
        std::vector<Span> matched;
        for (std::size_t count = 1; count <= 2 && i + count <= passage.sentences.size(); ++count) {
            for (const Stemmed& word : passage.stems[i + count - 1]) {
                if (!wanted.contains(word.stem)) continue;
                found.insert(word.stem);
                matched.push_back(word.span);
            }
            const double support = wanted.empty() ? 0 : static_cast<double>(found.size()) / static_cast<double>(wanted.size());
            // A pair of sentences must say clearly more than one of them.
            const bool empty = count == 1 && support > 0 &&
                               is_heading(std::string_view(body).substr(passage.sentences[i].begin, passage.sentences[i].size()));
            const double rank = support - (count == 2 ? 0.15 : 0) - (empty ? says_nothing : 0);
            if (rank <= best_rank) continue;
            best_rank = rank;
            best.support = support;
            best.quote = shorten_quote(body, {passage.sentences[i].begin, passage.sentences[i + count - 1].end}, matched, max_quote_bytes);
        }
    }
    return best;
}

Citation make_citation(const Source& source, Span quote) {
    const Node& node = source.passage.node;
    Citation citation;
    citation.n = source.n;
    citation.document_id = node.document_id;
    citation.name = source.passage.document_name;
    citation.page = node.page;
    citation.node_id = node.id;
    citation.quote = node.text.substr(quote.begin, quote.size());
    return citation;
}

// [n] at `i`: its number and its length.
std::optional<std::pair<int, std::size_t>> mark_at(std::string_view answer, std::size_t i) {
    if (i >= answer.size() || answer[i] != '[') return std::nullopt;
    std::size_t end = i + 1;
    int number = 0;
    while (end < answer.size() && answer[end] >= '0' && answer[end] <= '9' && end - i < 6) number = number * 10 + (answer[end++] - '0');
    if (end == i + 1 || end >= answer.size() || answer[end] != ']') return std::nullopt;
    return std::pair(number, end + 1 - i);
}

struct Piece {
    std::string words;         // the sentence without its marks
    std::vector<int> numbers;  // its marks
};

Piece without_marks(std::string_view sentence) {
    Piece piece;
    bool code = false;
    std::size_t i = 0;
    while (i < sentence.size()) {
        if (sentence[i] == '`') code = !code;
        const auto mark = code ? std::nullopt : mark_at(sentence, i);
        if (!mark) {
            piece.words.push_back(sentence[i++]);
            continue;
        }
        if (std::find(piece.numbers.begin(), piece.numbers.end(), mark->first) == piece.numbers.end()) piece.numbers.push_back(mark->first);
        i += mark->second;
        // "word [1]." leaves "word."
        if (!piece.words.empty() && piece.words.back() == ' ' &&
            (i >= sentence.size() || !text::trim(sentence.substr(i, 1)).size() || sentence[i] == '.' || sentence[i] == '[')) {
            piece.words.pop_back();
        }
    }
    return piece;
}

// The sentences of an answer; marks that stand after a sentence's full stop belong to it; fenced code is no sentence.
std::vector<Span> answer_sentences(std::string_view answer) {
    std::vector<Span> spans;
    bool fence = false;
    for (Span span : text::sentences(answer)) {
        const std::string_view sentence = answer.substr(span.begin, span.size());
        std::size_t fences = 0;
        for (auto at = sentence.find("```"); at != std::string_view::npos; at = sentence.find("```", at + 3)) ++fences;
        const bool in_code = fence || fences > 0;
        if (fences % 2 == 1) fence = !fence;
        if (in_code) continue;
        while (true) {
            const auto mark = mark_at(answer, span.begin);
            if (!mark || spans.empty()) break;
            const std::string_view between = answer.substr(spans.back().end, span.begin - spans.back().end);
            if (between.find_first_not_of(" ") != std::string_view::npos) break;
            spans.back().end = span.begin + mark->second;
            span.begin = spans.back().end;
            while (span.begin < span.end && answer[span.begin] == ' ') ++span.begin;
        }
        if (span.size() > 0) spans.push_back(span);
    }
    return spans;
}

std::string with_marks(const std::string& words, const std::vector<int>& numbers) {
    if (numbers.empty()) return words;
    std::string marks = " ";
    for (const int n : numbers) marks += "[" + std::to_string(n) + "]";
    std::size_t end = words.size();
    while (end > 0 && (words[end - 1] == '.' || words[end - 1] == '!' || words[end - 1] == '?' || words[end - 1] == ':')) --end;
    return words.substr(0, end) + marks + words.substr(end);
}

}  // namespace

Citation CitationAligner::quote(const Source& source, std::string_view text) const {
    std::set<std::string> wanted;
    for (Stemmed& word : stems_of(text, 0)) wanted.insert(std::move(word.stem));
    const Passage passage = prepare(source);
    return make_citation(source, best_in(passage, 0, wanted, params_.max_quote_bytes).quote);
}

CitationAligner::Result CitationAligner::align(std::string_view answer, const std::vector<Source>& sources) const {
    std::vector<Passage> passages;
    for (const Source& source : sources) passages.push_back(prepare(source));
    Result result;
    std::map<int, Match> chosen;
    std::size_t copied = 0;
    for (const Span& span : answer_sentences(answer)) {
        result.answer += answer.substr(copied, span.begin - copied);
        copied = span.end;
        Piece piece = without_marks(answer.substr(span.begin, span.size()));
        std::set<std::string> wanted;
        for (Stemmed& word : stems_of(piece.words, 0)) wanted.insert(std::move(word.stem));
        std::vector<Match> matches;
        for (std::size_t i = 0; i < passages.size(); ++i) matches.push_back(best_in(passages[i], i, wanted, params_.max_quote_bytes));
        const auto best =
            std::max_element(matches.begin(), matches.end(), [](const Match& a, const Match& b) { return a.support < b.support; });
        const bool clear = best != matches.end() && wanted.size() >= params_.least_words && best->support >= params_.clear_support;
        const auto cite = [&](const Match& match) {
            const auto [place, is_new] = chosen.try_emplace(passages[match.passage].source->n, match);
            if (!is_new && match.support > place->second.support) place->second = match;
        };
        std::vector<int> numbers;
        for (const int n : piece.numbers) {
            const auto match =
                std::find_if(matches.begin(), matches.end(), [&](const Match& m) { return passages[m.passage].source->n == n; });
            if (match == matches.end()) continue;
            if (clear && match->support < params_.no_support) continue;
            numbers.push_back(n);
            cite(*match);
        }
        if (numbers.empty() && clear) {
            numbers.push_back(passages[best->passage].source->n);
            cite(*best);
        }
        result.answer += with_marks(piece.words, numbers);
    }
    result.answer += answer.substr(copied);
    for (const auto& [n, match] : chosen) result.citations.push_back(make_citation(*passages[match.passage].source, match.quote));
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

}  // namespace docmind
