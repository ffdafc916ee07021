#include "agent/follow_up.hpp"

#include "agent/text.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

namespace docmind {

namespace {

constexpr std::size_t few_words = 3;       // meaningful ones; fewer can hardly stand alone
constexpr std::size_t quoted_bytes = 600;  // of each earlier message in the request
constexpr std::size_t longest_question = 400;

// Words that point back to what was said, and beginnings that go on with it.
const std::unordered_set<std::string_view>& pointers() {
    static const std::unordered_set<std::string_view> words{
        "it",  "its",   "they", "them", "their", "that", "this",   "those",  "these", "he",   "him",     "his",  "she",
        "her", "there", "one",  "ones", "such",  "same", "latter", "former", "then",  "else", "instead", "both", "another"};
    return words;
}

bool goes_on(std::string_view word) {
    return word == "and" || word == "or" || word == "but" || word == "so" || word == "why" || word == "also";
}

std::set<std::string> stems_of(std::string_view part) {
    std::set<std::string> stems;
    for (const text::Word& word : text::words(part)) {
        std::string stem = text::stem(word.text);
        if (!stem.empty()) stems.insert(std::move(stem));
    }
    return stems;
}

std::string last_answer(const std::vector<StoredMessage>& history) {
    for (auto message = history.rbegin(); message != history.rend(); ++message) {
        if (message->role == MessageRole::assistant) return message->content;
    }
    return {};
}

}  // namespace

bool is_follow_up(std::string_view message) {
    const auto words = text::words(message);
    if (words.empty()) return true;
    if (goes_on(words.front().text)) return true;
    if (words.size() >= 2 && (words[0].text == "what" || words[0].text == "how") && words[1].text == "about") return true;
    if (stems_of(message).size() < few_words) return true;
    // "that" and "this" late in a long message point inside it more often than back.
    const std::size_t looked_at = std::min<std::size_t>(words.size(), 8);
    return std::any_of(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(looked_at),
                       [](const text::Word& w) { return pointers().contains(w.text); });
}

std::string last_question(const std::vector<StoredMessage>& history) {
    for (auto message = history.rbegin(); message != history.rend(); ++message) {
        if (message->role == MessageRole::user) return message->content;
    }
    return {};
}

ChatRequest condense_request(const std::vector<StoredMessage>& history, std::string_view message) {
    std::string text = "Earlier question: " + text::one_line(text::shorten(last_question(history), quoted_bytes));
    text += "\nEarlier answer: " + text::one_line(text::shorten(last_answer(history), quoted_bytes));
    text += "\nNew message: " + text::one_line(text::shorten(message, quoted_bytes));
    text += "\n\nRewrite the new message as one question that can be understood without the earlier ones. Write only that question.";
    ChatRequest request;
    request.messages = {{MessageRole::user, std::move(text)}};
    request.max_tokens = 64;
    request.temperature = 0.0;
    return request;
}

std::optional<std::string> accept_condensed(std::string_view said, const std::vector<StoredMessage>& history, std::string_view message) {
    std::string question = text::one_line(said);
    if (question.size() >= 2 && question.front() == '"' && question.back() == '"') question = question.substr(1, question.size() - 2);
    if (question.empty() || question.size() > longest_question) return std::nullopt;
    const std::set<std::string> got = stems_of(question);
    const std::set<std::string> asked = stems_of(message);
    std::set<std::string> known = stems_of(last_question(history) + " " + last_answer(history));
    known.insert(asked.begin(), asked.end());
    // All that was asked must be in it, and next to nothing that nobody said.
    if (!std::includes(got.begin(), got.end(), asked.begin(), asked.end())) return std::nullopt;
    const auto invented = std::count_if(got.begin(), got.end(), [&](const std::string& stem) { return !known.contains(stem); });
    if (got.size() <= asked.size() || invented > 1) return std::nullopt;
    return question;
}

std::string joined_question(const std::vector<StoredMessage>& history, std::string_view message) {
    const std::string last = last_question(history);
    if (last.empty()) return std::string(message);
    return std::string(text::shorten(last, 2 * quoted_bytes)) + " " + std::string(message);
}

}  // namespace docmind
