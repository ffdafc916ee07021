#include "async/task_group.hpp"

#include "async/inbox.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <list>
#include <utility>
#include <vector>

namespace docmind {

namespace asio = boost::asio;

namespace {

struct Child {
    asio::cancellation_signal signal;
    TaskGroup::Done done;
    std::list<std::shared_ptr<Child>>::iterator place;
};

}  // namespace

struct TaskGroup::State {
    explicit State(asio::any_io_executor e) : executor(std::move(e)), inbox(executor) {}

    asio::any_io_executor executor;
    Inbox inbox;
    std::list<std::shared_ptr<Child>> children;
    Waiter* waiter = nullptr;
    bool forgotten = false;

    // The completion handler of a child. It may also be destroyed without being called, when the io_context ends.
    struct Ticket {
        std::shared_ptr<State> state;
        std::shared_ptr<Child> child;

        Ticket(std::shared_ptr<State> s, std::shared_ptr<Child> c) : state(std::move(s)), child(std::move(c)) {}
        Ticket(Ticket&&) noexcept = default;
        Ticket& operator=(Ticket&&) = delete;
        ~Ticket() {
            if (state) state->children.erase(child->place);
        }

        void operator()(std::exception_ptr error) {
            const auto group = std::exchange(state, nullptr);
            group->children.erase(child->place);
            if (!group->forgotten) child->done(std::move(error));
            if (group->children.empty() && group->waiter) group->waiter->wake();
        }
    };
};

TaskGroup::TaskGroup(asio::any_io_executor executor) : state_(std::make_shared<State>(std::move(executor))) {}

TaskGroup::~TaskGroup() {
    state_->forgotten = true;
    state_->waiter = nullptr;
}

void TaskGroup::spawn(Task<> task, Done done) {
    auto child = std::make_shared<Child>();
    child->done = std::move(done);
    child->place = state_->children.insert(state_->children.end(), child);
    const auto slot = child->signal.slot();
    asio::co_spawn(state_->executor, std::move(task), asio::bind_cancellation_slot(slot, State::Ticket(state_, std::move(child))));
}

void TaskGroup::cancel() {
    // The operations that would hear of it may be gone already.
    if (state_->inbox.is_closed()) return;
    // A copy: a child may end, or start others, while its neighbours are being told.
    const std::vector<std::shared_ptr<Child>> children(state_->children.begin(), state_->children.end());
    for (const auto& child : children) child->signal.emit(asio::cancellation_type::all);
}

std::size_t TaskGroup::size() const noexcept {
    return state_->children.size();
}

Task<Outcome> TaskGroup::wait(Waiter::TimePoint deadline) {
    if (state_->children.empty()) co_return Outcome::woken;
    const auto state = state_;
    Waiter waiter(state->executor);
    state->waiter = &waiter;
    const Outcome outcome = co_await waiter.wait(deadline);
    state->waiter = nullptr;
    co_return outcome;
}

namespace detail {

Task<bool> join_all(std::vector<Task<>> tasks, Waiter::TimePoint deadline) {
    const auto executor = co_await asio::this_coro::executor;
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    const auto before = cancellation.cancelled();
    // A cancelled coroutine still has to wait for its children.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);

    std::exception_ptr failure;
    bool expired = false;
    bool cancelled = false;
    {
        TaskGroup group(executor);
        for (auto& task : tasks) {
            group.spawn(std::move(task), [&failure, &group](std::exception_ptr error) {
                if (!error || failure) return;
                failure = std::move(error);
                group.cancel();
            });
        }
        // A child may have cancelled us while it was being started, when nothing of ours was suspended to hear it.
        if (cancellation.cancelled() != before) {
            cancelled = true;
            group.cancel();
        }
        while (group.size() > 0) {
            const Outcome outcome = co_await group.wait(expired ? Waiter::TimePoint::max() : deadline);
            if (outcome == Outcome::woken) continue;
            (outcome == Outcome::expired ? expired : cancelled) = true;
            group.cancel();
        }
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    const bool by_deadline = expired && !cancelled && is_cancelled(failure);
    if (failure && !by_deadline) std::rethrow_exception(failure);
    co_return expired;
}

}  // namespace detail

}  // namespace docmind
