#include "server/live_answers.hpp"

#include <docmind/error.hpp>

#include <spdlog/spdlog.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "async/event.hpp"
#include "server/json.hpp"
#include "server/responses.hpp"

namespace docmind {

namespace {

SseEvent error_event(errc code, std::string_view detail) {
    return {.event = "error", .data = boost::json::serialize(problem_json(code, status_of(code), detail, ""))};
}

}  // namespace

/// What the writer of an answer, those who follow it and its owner share.
struct LiveAnswers::Told {
    void add(SseEvent event) {
        event.id = std::to_string(events.size() + 1);
        bytes += sizeof(SseEvent) + event.data.size();
        events.push_back(std::move(event));
        wake();
    }
    void end() {
        ended = true;
        wake();
    }
    void wake() {
        changed.set();
        changed.reset();
    }

    std::vector<SseEvent> events;
    std::size_t bytes = 0;
    bool ended = false;
    Event changed;
};

struct LiveAnswers::Answer {
    Answer(std::string i, std::string session, Executor executor)
        : id(std::move(i)), session_id(std::move(session)), scope(std::move(executor)) {}

    void stop() {
        if (told->ended) return;
        told->add({.event = "stopped", .data = "{}"});
        told->end();
        scope.cancel();
    }

    std::string id;
    std::string session_id;
    std::shared_ptr<Told> told = std::make_shared<Told>();
    Scope scope;  // destroying it cancels the writer, which owns all it touches
};

class LiveAnswers::Follower final : public SseSource {
  public:
    // A number that was never given is from before everything that is known.
    Follower(std::shared_ptr<Told> told, std::uint64_t after) : told_(std::move(told)), next_(after > told_->events.size() ? 0 : after) {}

    Task<std::optional<SseEvent>> next() override {
        while (next_ >= told_->events.size()) {
            if (told_->ended) co_return std::nullopt;
            co_await told_->changed.wait();
        }
        co_return told_->events[next_++];
    }

  private:
    std::shared_ptr<Told> told_;
    std::uint64_t next_;
};

LiveAnswers::LiveAnswers(Params params, Executor executor) : params_(params), executor_(std::move(executor)) {
    if (params_.max_running == 0 || params_.max_bytes == 0 || params_.max_kept_bytes == 0)
        throw Error(errc::invalid_argument, "the limits of live answers must be at least 1");
}

LiveAnswers::~LiveAnswers() = default;

LiveAnswers::Claim LiveAnswers::claim(std::string session_id) {
    std::erase_if(claims_, [](const auto& claim) { return claim.expired(); });
    const auto under_way = std::ranges::count_if(answers_, [](const auto& answer) { return !answer->told->ended; });
    if (closed_ || claims_.size() + static_cast<std::size_t>(under_way) >= params_.max_running)
        throw Error(errc::overloaded, "Too many answers are being written. Try again in a moment.");
    require_idle(session_id);
    auto claim = std::make_shared<const std::string>(std::move(session_id));
    claims_.push_back(claim);
    return claim;
}

void LiveAnswers::require_idle(const std::string& session_id) const {
    if (session_id.empty()) return;
    const auto same = [&](const auto& other) {
        const Claim held = other.lock();
        return held && *held == session_id;
    };
    if (!running(session_id).empty() || std::ranges::any_of(claims_, same))
        throw Error(errc::conflict, "An answer is being written in this conversation. Wait for it, or stop it.");
}

void LiveAnswers::begin(std::string id, std::string session_id, std::unique_ptr<SseSource> source) {
    if (closed_) throw Error(errc::overloaded, "DocMind is shutting down. Try again in a moment.");
    if (std::ranges::any_of(answers_, [&](const auto& answer) { return answer->id == id; }))
        throw Error(errc::conflict, "This answer has begun already.");
    forget_oldest();
    // The writer finds its answer from its first step on.
    answers_.push_back(std::make_unique<Answer>(std::move(id), std::move(session_id), executor_));
    Answer& answer = *answers_.back();
    answer.scope.spawn(write(answer.told, std::move(source), params_.max_bytes));
}

void LiveAnswers::set_session(const std::string& id, std::string session_id) {
    find(id).session_id = std::move(session_id);
}

std::unique_ptr<SseSource> LiveAnswers::follow(const std::string& id, std::uint64_t after) const {
    return std::make_unique<Follower>(find(id).told, after);
}

void LiveAnswers::stop(const std::string& id) {
    find(id).stop();
}

std::string LiveAnswers::running(const std::string& session_id) const {
    const auto found =
        std::ranges::find_if(answers_, [&](const auto& answer) { return !answer->told->ended && answer->session_id == session_id; });
    return found == answers_.end() ? std::string() : (*found)->id;
}

Task<> LiveAnswers::close(std::chrono::steady_clock::duration drain) {
    closed_ = true;
    const auto deadline = std::chrono::steady_clock::now() + drain;
    // Nothing is added any more, and nothing goes: the answers stay where they are while this waits.
    for (const auto& answer : answers_) {
        const auto left = std::max(deadline - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero());
        co_await answer->scope.close(left);
    }
}

Task<> LiveAnswers::write(std::shared_ptr<Told> told, std::unique_ptr<SseSource> source, std::size_t max_bytes) {
    try {
        for (;;) {
            std::optional<SseEvent> event = co_await source->next();
            if (told->ended || !event) break;
            told->add(std::move(*event));
            if (told->bytes <= max_bytes) continue;
            told->add(error_event(errc::too_large, "The answer is longer than DocMind can keep for its readers."));
            break;
        }
    } catch (const std::exception& error) {
        // Those who follow must hear that it is over, whatever ended it.
        const bool cancelled = is_cancelled(std::current_exception());
        if (!cancelled) spdlog::error("an answer broke: {}", error.what());
        if (!told->ended) {
            told->add(cancelled ? SseEvent{.event = "stopped", .data = "{}"}
                                : error_event(errc::internal, "Something went wrong inside DocMind."));
            told->end();
        }
        throw;
    }
    if (!told->ended) told->end();
}

LiveAnswers::Answer& LiveAnswers::find(const std::string& id) const {
    const auto found = std::ranges::find_if(answers_, [&](const auto& answer) { return answer->id == id; });
    if (found == answers_.end()) throw Error(errc::not_found, "There is no such answer under way; the conversation has what was said.");
    return **found;
}

void LiveAnswers::forget_oldest() {
    std::size_t kept = 0;
    for (const auto& answer : answers_) kept += answer->told->ended ? answer->told->bytes : 0;
    std::erase_if(answers_, [&](const auto& answer) {
        // One that was stopped may still have its source to take down.
        if (kept <= params_.max_kept_bytes || !answer->told->ended || answer->scope.size() > 0) return false;
        kept -= answer->told->bytes;
        return true;
    });
}

}  // namespace docmind
