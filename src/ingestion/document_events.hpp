#pragma once
// "What changed since I last looked?" Document changes for any number of slow or fast listeners.
//
// A listener that falls behind never makes the hub grow: per document only the newest state waits for it. What is final (ready, failed,
// cancelled, removed) is told before progress. It knows no HTTP; the server writes what next() returns as server-sent events. One thread
// (the I/O thread).

#include <docmind/document_store.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>

#include "async/event.hpp"

namespace docmind {

struct DocumentRemoved {
    std::string id;
};

struct DocumentEvent {
    std::uint64_t sequence = 0;  ///< rises by one an event
    /// From here a listener that took this event resumes without missing any; what Last-Event-ID carries. It lies below `sequence` while
    /// older changes of other documents wait.
    std::uint64_t resume_at = 0;
    std::variant<DocumentRecord, DocumentRemoved> change;
};

class DocumentEvents {
  public:
    struct Params {
        std::size_t history = 4096;  ///< events kept for listeners that come back
    };

    class Subscription {
      public:
        /// The next change; waits for one. nullopt when the hub has been closed.
        Task<std::optional<DocumentEvent>> next();
        /// Returns when there is a next one, or the hub has been closed.
        Task<> await_next();
        /// Returns after `limit`, or earlier when the hub has been closed.
        Task<> pause(std::chrono::steady_clock::duration limit);
        [[nodiscard]] bool is_closed() const { return state_->closed; }
        /// Documents whose newest state this listener has not taken yet.
        [[nodiscard]] std::size_t waiting() const { return state_->latest.size(); }
        /// Of the last event this listener was given to take.
        [[nodiscard]] std::uint64_t newest() const { return state_->newest; }
        /// True when events were missed that the history no longer holds: the listener should list the documents anew.
        [[nodiscard]] bool missed() const { return missed_; }

      private:
        friend class DocumentEvents;
        struct State {
            using Order = std::list<std::string>;  // document ids, oldest change first
            struct Waiting {
                DocumentEvent event;
                bool is_final = false;
                Order::iterator place;
            };
            Order finals, progress;
            std::unordered_map<std::string, Waiting> latest;  // one waiting event per document
            std::set<std::uint64_t> sequences;                // of those
            std::uint64_t newest = 0;
            Event changed, ended;
            bool closed = false;
        };
        explicit Subscription(std::shared_ptr<State> state, bool missed) : state_(std::move(state)), missed_(missed) {}
        std::shared_ptr<State> state_;
        bool missed_ = false;
    };

    explicit DocumentEvents(Params params);
    DocumentEvents();

    void publish(DocumentRecord record);
    void publish_removed(std::string id);
    /// From now on, or from just after `last_sequence` where the history still holds it.
    [[nodiscard]] Subscription subscribe(std::optional<std::uint64_t> last_sequence = std::nullopt);
    /// Every listener's next() ends with nullopt.
    void close();
    [[nodiscard]] std::size_t listeners() const;

  private:
    void add(DocumentEvent event);
    static const std::string& id_of(const DocumentEvent& event);
    static bool is_final(const DocumentEvent& event);
    static void deliver(Subscription::State& state, const DocumentEvent& event);

    Params params_;
    std::uint64_t sequence_ = 0;
    bool closed_ = false;
    std::deque<DocumentEvent> history_;
    std::list<std::weak_ptr<Subscription::State>> subscriptions_;
};

}  // namespace docmind
