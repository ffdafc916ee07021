#include "retrieval/model_lines.hpp"

#include "async/deadline.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t longest_line = 400;  // bytes

bool is_blank(char c) {
    return std::isspace(static_cast<unsigned char>(c)) != 0;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::string_view trim(std::string_view line) {
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
    return line;
}

/// Without what stands before an item of a list: "- ", "* ", "3. ", "3) ".
std::string_view without_mark(std::string_view line) {
    std::size_t mark = 0;
    while (mark < line.size() && is_digit(line[mark])) ++mark;
    if (mark > 0 && mark < line.size() && (line[mark] == '.' || line[mark] == ')')) {
        line.remove_prefix(mark + 1);
    } else if (line.starts_with("- ") || line.starts_with("* ") || line.starts_with("• ")) {
        line.remove_prefix(line.find(' '));
    }
    line = trim(line);
    if (line.size() >= 2 && line.front() == '"' && line.back() == '"') line = line.substr(1, line.size() - 2);
    return trim(line);
}

}  // namespace

Task<std::optional<std::string>> ask_model(LLM* llm, std::string prompt, int max_tokens, std::chrono::milliseconds limit,
                                           std::string* why) {
    ChatRequest request;
    request.messages.push_back({MessageRole::user, std::move(prompt)});
    request.max_tokens = max_tokens;
    request.temperature = 0.0;
    try {
        ChatResponse response = co_await with_deadline(llm->achat(std::move(request)), limit);
        co_return std::move(response.text);
    } catch (const Error& error) {
        if (!can_do_without_model(error.code())) throw;
        *why = error.what();
    }
    co_return std::nullopt;
}

std::vector<std::string> list_lines(std::string_view said, std::size_t most) {
    std::vector<std::string> lines;
    std::set<std::string> seen;
    while (!said.empty() && lines.size() < most) {
        const std::size_t end = std::min(said.find('\n'), said.size());
        const std::string line(without_mark(trim(said.substr(0, end))));
        said.remove_prefix(std::min(end + 1, said.size()));
        if (line.empty() || line.size() > longest_line) continue;
        std::string lower = line;
        std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (seen.insert(std::move(lower)).second) lines.push_back(line);
    }
    return lines;
}

}  // namespace docmind
