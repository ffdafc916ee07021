#pragma once
// "Is the document I was given still there?" A put may return a document that is being removed for another file at that moment; here it
// finds out, so that it can put again. I/O thread only.

#include <docmind/task.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "async/event.hpp"

namespace docmind {

class Removals {
    struct State {
        std::unordered_map<std::string, int> running;
        std::unordered_map<std::string, std::uint64_t> ended_at;  // kept while somebody puts
        std::uint64_t clock = 0;
        std::size_t puts = 0;
        Event ended;
    };

  public:
    /// While it lives the document may disappear; without an id it does nothing.
    class Removal {
      public:
        Removal(const Removals& removals, std::optional<std::string> document_id) : state_(removals.state_), id_(std::move(document_id)) {
            if (id_) ++state_->running[*id_];
        }
        ~Removal() {
            if (!id_) return;
            const auto found = state_->running.find(*id_);
            if (--found->second == 0) state_->running.erase(found);
            if (state_->puts > 0) state_->ended_at[*id_] = ++state_->clock;
            state_->ended.set();
        }
        Removal(const Removal&) = delete;
        Removal& operator=(const Removal&) = delete;

      private:
        std::shared_ptr<State> state_;
        std::optional<std::string> id_;
    };

    /// One put under way.
    class Put {
      public:
        explicit Put(const Removals& removals) : state_(removals.state_), begun_(state_->clock) { ++state_->puts; }
        ~Put() {
            if (--state_->puts == 0) state_->ended_at.clear();
        }
        Put(const Put&) = delete;
        Put& operator=(const Put&) = delete;

        /// True when the document may have disappeared since the put began: it may be gone.
        [[nodiscard]] bool may_be_gone(const std::string& document_id) const {
            const auto found = state_->ended_at.find(document_id);
            return state_->running.contains(document_id) || (found != state_->ended_at.end() && found->second > begun_);
        }
        /// Returns when nobody removes the document any more; the put begins anew.
        Task<> begin_anew(std::string document_id) {
            const auto state = state_;
            while (state->running.contains(document_id)) {
                state->ended.reset();
                co_await state->ended.wait();
            }
            begun_ = state->clock;
        }

      private:
        std::shared_ptr<State> state_;
        std::uint64_t begun_;
    };

  private:
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

}  // namespace docmind
