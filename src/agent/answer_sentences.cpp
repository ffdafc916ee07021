#include "agent/answer_sentences.hpp"

#include "agent/claim.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace docmind {

namespace {

using text::Span;

// [n] at `i`: its number and its length.
std::optional<std::pair<int, std::size_t>> mark_at(std::string_view answer, std::size_t i) {
    if (i >= answer.size() || answer[i] != '[') return std::nullopt;
    std::size_t end = i + 1;
    int number = 0;
    while (end < answer.size() && answer[end] >= '0' && answer[end] <= '9' && end - i < 6) number = number * 10 + (answer[end++] - '0');
    if (end == i + 1 || end >= answer.size() || answer[end] != ']') return std::nullopt;
    return std::pair(number, end + 1 - i);
}

std::string_view line_around(std::string_view answer, std::size_t at) {
    const std::size_t before = at == 0 ? std::string_view::npos : answer.rfind('\n', at - 1);
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    return answer.substr(begin, std::min(answer.find('\n', at), answer.size()) - begin);
}

bool is_row(std::string_view line) {
    return text::trim(line).starts_with('|');
}

// The line of dashes under the head of a table.
bool is_rule(std::string_view line) {
    return is_row(line) && line.contains('-') && line.find_first_not_of("|:- \t\r") == std::string_view::npos;
}

bool is_head(std::string_view answer, std::string_view line) {
    const std::size_t next = static_cast<std::size_t>(line.data() - answer.data()) + line.size() + 1;
    return is_row(line) && next < answer.size() && is_rule(line_around(answer, next));
}

void add_cells(std::string_view answer, Span row, std::vector<Span>& spans) {
    std::size_t begin = row.begin;
    for (std::size_t i = row.begin; i <= row.end; ++i) {
        if (i < row.end && (answer[i] != '|' || (i > 0 && answer[i - 1] == '\\'))) continue;
        const std::string_view cell = text::trim(answer.substr(begin, i - begin));
        if (!cell.empty()) {
            const auto at = static_cast<std::size_t>(cell.data() - answer.data());
            spans.push_back({at, at + cell.size()});
        }
        begin = i + 1;
    }
}

// Behind the bullet, number or mark of a quotation that a line begins with.
std::string_view without_bullet(std::string_view sentence) {
    for (;;) {
        sentence = text::trim(sentence);
        std::size_t mark = 0;
        if (sentence.starts_with("- ") || sentence.starts_with("* ") || sentence.starts_with("+ ")) mark = 1;
        std::size_t digits = 0;
        while (digits < sentence.size() && digits < 3 && sentence[digits] >= '0' && sentence[digits] <= '9') ++digits;
        if (digits > 0 && digits + 1 < sentence.size() && (sentence[digits] == '.' || sentence[digits] == ')') &&
            sentence[digits + 1] == ' ')
            mark = digits + 1;
        if (mark == 0) return sentence;
        sentence.remove_prefix(mark);
    }
}

}  // namespace

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
        if (is_row(line_around(answer, span.begin))) {
            add_cells(answer, span, spans);
            continue;
        }
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

MarkedSentence without_marks(std::string_view sentence) {
    MarkedSentence piece;
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

std::string with_marks(const std::string& words, const std::vector<int>& numbers) {
    if (numbers.empty()) return words;
    std::string marks = " ";
    for (const int n : numbers) marks += "[" + std::to_string(n) + "]";
    std::size_t end = words.size();
    while (end > 0 && (words[end - 1] == '.' || words[end - 1] == '!' || words[end - 1] == '?' || words[end - 1] == ':')) --end;
    return words.substr(0, end) + marks + words.substr(end);
}

std::string claim_in(std::string_view answer, Span sentence) {
    const std::string_view line = line_around(answer, sentence.begin);
    if (text::trim(line).starts_with('>') || text::trim(line).starts_with('#') || is_head(answer, line) || is_rule(line)) return {};
    const MarkedSentence marked = without_marks(answer.substr(sentence.begin, sentence.size()));
    const std::string_view words = without_bullet(marked.words);
    if (words.empty() || words.ends_with('?') || words.ends_with(':')) return {};
    const Claim claim = read_claim(words);
    const bool has_number = std::ranges::any_of(claim.words, &ClaimWord::number);
    return claim.words.size() >= 2 || has_number ? std::string(words) : std::string();
}

}  // namespace docmind
