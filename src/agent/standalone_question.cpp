#include "agent/standalone_question.hpp"

#include "agent/follow_up.hpp"

#include <utility>

#include "async/deadline.hpp"

namespace docmind {

bool can_stand_in(errc code) noexcept {
    return code == errc::unavailable || code == errc::timeout || code == errc::backend || code == errc::overloaded;
}

Task<std::string> standalone_question(LLM* llm, std::vector<StoredMessage> history, std::string message, std::chrono::milliseconds limit) {
    if (last_question(history).empty() || !is_follow_up(message)) co_return message;
    std::string question = joined_question(history, message);
    if (llm == nullptr) co_return question;
    try {
        auto request = condense_request(history, message);
        const auto said = co_await with_deadline(llm->achat(std::move(request)), limit);
        if (auto condensed = accept_condensed(said.text, history, message)) question = std::move(*condensed);
    } catch (const Error& error) {
        // The joined question serves; a model that is away shows when it is asked to answer.
        if (!can_stand_in(error.code())) throw;
    }
    co_return question;
}

}  // namespace docmind
