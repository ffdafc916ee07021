#include "ingestion/document_events.hpp"

#include <algorithm>
#include <chrono>

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
    for (;;) {
        if (!state->order.empty()) {
            const std::string id = std::move(state->order.front());
            state->order.pop_front();
            auto found = state->latest.find(id);
            DocumentEvent event = std::move(found->second);
            state->latest.erase(found);
            co_return event;
        }
        if (state->closed) co_return std::nullopt;
        state->changed.reset();
        co_await state->changed.wait();
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

void DocumentEvents::deliver(Subscription::State& state, const DocumentEvent& event) {
    const std::string& id = id_of(event);
    if (state.latest.insert_or_assign(id, event).second) state.order.push_back(id);
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
        }
    }
}

std::size_t DocumentEvents::listeners() const {
    return static_cast<std::size_t>(std::ranges::count_if(subscriptions_, [](const auto& weak) { return !weak.expired(); }));
}

}  // namespace docmind
