#pragma once
// A pulled stream of what a task tells that goes on between two pulls.

#include "async/channel.hpp"
#include "async/event.hpp"
#include "async/scope.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace docmind {

/// Answers "what has come of it since I last asked?". The work runs in a Scope, beside its reader; at most Params::max_items values lie
/// between them, then it waits. Dropping the feed cancels the work, which ends in the Scope. One reader. I/O thread only.
template <class T>
class Feed {
  public:
    struct Params {
        std::size_t max_items = 16;  ///< at least 1
    };
    /// Passes a value on, once there is room for it.
    using Tell = std::function<Task<>(T value)>;
    /// A plain callable, called once. What it refers to and does not own outlives the Scope.
    using Work = std::function<Task<>(Tell tell)>;

    /// Errors: overloaded (the Scope is closed), invalid_argument (max_items 0).
    Feed(Scope& scope, Work work) : Feed(scope, std::move(work), Params{}) {}
    Feed(Scope& scope, Work work, Params params) : shared_(std::make_shared<Shared>(params.max_items)) {
        scope.spawn(run(shared_, std::move(work)));
    }
    ~Feed() {
        if (shared_) shared_->over.set();
    }
    Feed(Feed&&) noexcept = default;
    Feed& operator=(Feed&&) = delete;

    /// The next value; nullopt once the work has ended. What the work failed of is thrown, once, behind all it told.
    Task<std::optional<T>> next() {
        const auto shared = shared_;
        auto value = co_await shared->values.receive();
        if (!value && shared->failure) std::rethrow_exception(std::exchange(shared->failure, nullptr));
        co_return value;
    }

  private:
    struct Shared {
        explicit Shared(std::size_t max_items) : values({.max_items = max_items}) {}
        Channel<T> values;
        Event over;  // the work has ended, or nobody reads any more
        bool ended = false;
        std::exception_ptr failure;
    };

    static Task<> pass(std::shared_ptr<Shared> shared, T value) { co_await shared->values.send(std::move(value)); }

    static Task<> do_work(std::shared_ptr<Shared> shared, Work work) {
        Task<> task = work([shared](T value) { return pass(shared, std::move(value)); });
        co_await std::move(task);
        shared->ended = true;
        shared->over.set();
    }

    static Task<> wait_for_end(std::shared_ptr<Shared> shared) {
        co_await shared->over.wait();
        if (!shared->ended) throw_cancelled();
    }

    static Task<> run(std::shared_ptr<Shared> shared, Work work) {
        std::vector<Task<>> both;
        both.push_back(do_work(shared, std::move(work)));
        both.push_back(wait_for_end(shared));
        try {
            co_await when_all(std::move(both));
        } catch (...) {
            shared->failure = std::current_exception();
            shared->values.close();
            throw;
        }
        shared->values.close();
    }

    std::shared_ptr<Shared> shared_;
};

}  // namespace docmind
