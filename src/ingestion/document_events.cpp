#include "ingestion/document_events.hpp"

#include <algorithm>
#include <chrono>

#include "async/deadline.hpp"

namespace docmind {

namespace {

/// Sequences of one process lie above those of every earlier one, so that a listener from before a restart is told that it missed
/// something.
std::uint64_t first_sequence() {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
    return static_cast<std::uint64_t>(seconds) << 20;
}

}  // namespace

DocumentEvents::DocumentEvents(Params params) : params_(params), sequence_(first_sequence()) {}
DocumentEvents::DocumentEvents() : DocumentEvents(Params{}) {}

Task<std::optional<DocumentEvent>> DocumentEvents::Subscription::next() {
    const std::shared_ptr<State> state = state_;
    while (state->latest.empty() && !state->closed) {
        state->changed.reset();
        co_await state->changed.wait();
    }
    if (state->latest.empty()) co_return std::nullopt;
    State::Order& order = state->finals.empty() ? state->progress : state->finals;
    const auto found = state->latest.find(order.front());
    order.pop_front();
    DocumentEvent event = std::move(found->second.event);
    state->latest.erase(found);
    state->sequences.erase(event.sequence);
    event.resume_at = state->sequences.empty() ? state->newest : *state->sequences.begin() - 1;
    co_return event;
}

Task<> DocumentEvents::Subscription::await_next() {
    const std::shared_ptr<State> state = state_;
    while (state->latest.empty() && !state->closed) {
        state->changed.reset();
        co_await state->changed.wait();
    }
}

Task<> DocumentEvents::Subscription::pause(std::chrono::steady_clock::duration limit) {
    const std::shared_ptr<State> state = state_;
    try {
        co_await with_deadline(state->ended.wait(), limit);
    } catch (const Error& error) {
        if (error.code() != errc::timeout) throw;
    }
}

void DocumentEvents::publish(DocumentRecord record) {
    add({.change = std::move(record)});
}

void DocumentEvents::publish_removed(std::string id) {
    add({.change = DocumentRemoved{std::move(id)}});
}

const std::string& DocumentEvents::id_of(const DocumentEvent& event) {
    return std::visit([](const auto& change) -> const std::string& { return change.id; }, event.change);
}

bool DocumentEvents::is_final(const DocumentEvent& event) {
    const auto* record = std::get_if<DocumentRecord>(&event.change);
    return !record || (record->status != DocumentStatus::queued && record->status != DocumentStatus::processing);
}

void DocumentEvents::deliver(Subscription::State& state, const DocumentEvent& event) {
    const std::string& id = id_of(event);
    const auto [found, is_new] = state.latest.try_emplace(id);
    auto& waiting = found->second;
    if (is_new) {
        waiting.is_final = is_final(event);
        auto& order = waiting.is_final ? state.finals : state.progress;
        waiting.place = order.insert(order.end(), id);
    } else {
        state.sequences.erase(waiting.event.sequence);
        if (!waiting.is_final && is_final(event)) {
            state.finals.splice(state.finals.end(), state.progress, waiting.place);
            waiting.is_final = true;
        }
    }
    waiting.event = event;
    state.sequences.insert(event.sequence);
    state.newest = event.sequence;
    state.changed.set();
}

void DocumentEvents::add(DocumentEvent event) {
    event.sequence = ++sequence_;
    for (auto it = subscriptions_.begin(); it != subscriptions_.end();) {
        if (const auto state = it->lock()) {
            deliver(*state, event);
            ++it;
        } else {
            it = subscriptions_.erase(it);
        }
    }
    history_.push_back(std::move(event));
    if (history_.size() > params_.history) history_.pop_front();
}

DocumentEvents::Subscription DocumentEvents::subscribe(std::optional<std::uint64_t> last_sequence) {
    auto state = std::make_shared<Subscription::State>();
    state->closed = closed_;
    if (closed_) state->ended.set();
    bool missed = false;
    if (last_sequence) {
        // A number from an earlier process, or one older than the history: what lies between is unknown.
        const std::uint64_t oldest = history_.empty() ? sequence_ + 1 : history_.front().sequence;
        missed = *last_sequence > sequence_ || *last_sequence + 1 < oldest;
        for (const DocumentEvent& event : history_) {
            if (event.sequence > *last_sequence) deliver(*state, event);
        }
    }
    subscriptions_.push_back(state);
    return Subscription(std::move(state), missed);
}

void DocumentEvents::close() {
    closed_ = true;
    for (const auto& weak : subscriptions_) {
        if (const auto state = weak.lock()) {
            state->closed = true;
            state->changed.set();
            state->ended.set();
        }
    }
}

std::size_t DocumentEvents::listeners() const {
    return static_cast<std::size_t>(std::ranges::count_if(subscriptions_, [](const auto& weak) { return !weak.expired(); }));
}

}  // namespace docmind
