#include "async/loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace docmind {

namespace asio = boost::asio;

struct Loop::State {
    asio::io_context io{1};
    // The loop goes on waiting while a task waits for a thread of a pool.
    asio::executor_work_guard<asio::io_context::executor_type> work{io.get_executor()};
};

Loop::Loop() : state_(std::make_unique<State>()) {}
Loop::~Loop() = default;

Executor Loop::executor() const {
    return state_->io.get_executor();
}

void Loop::run(Task<> task) {
    bool done = false;
    std::exception_ptr failure;
    asio::co_spawn(state_->io, std::move(task), [&](std::exception_ptr error) {
        failure = std::move(error);
        done = true;
    });
    while (!done) state_->io.run_one();
    if (failure) std::rethrow_exception(failure);
}

Task<Executor> this_executor() {
    const Executor executor = co_await boost::asio::this_coro::executor;
    co_return executor;
}

Task<int> wait_for_signal(std::vector<int> signals) {
    const Executor executor = co_await asio::this_coro::executor;
    asio::signal_set set(executor);
    for (const int signal : signals) set.add(signal);
    const int received = co_await set.async_wait(asio::use_awaitable);
    co_return received;
}

}  // namespace docmind
