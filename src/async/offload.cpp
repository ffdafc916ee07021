#include "async/offload.hpp"

#include "async/inbox.hpp"
#include "async/waiter.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>

namespace docmind::detail {

namespace asio = boost::asio;

namespace {

// What the awaiting frame and the worker's completion share. The atomic is the border between the two threads.
struct Link {
    std::atomic<bool> ended = false;
    Waiter* waiter = nullptr;  // I/O thread only; null when the frame is gone
};

// A frame may be destroyed without being resumed (its io_context ends). Then the call must not outlive what it may refer to.
struct FrameGuard {
    Pool* pool;
    std::shared_ptr<PoolJob> job;
    std::shared_ptr<Link> link;

    FrameGuard(Pool* p, std::shared_ptr<PoolJob> j, std::shared_ptr<Link> l) : pool(p), job(std::move(j)), link(std::move(l)) {}
    FrameGuard(const FrameGuard&) = delete;
    FrameGuard& operator=(const FrameGuard&) = delete;
    ~FrameGuard() {
        link->waiter = nullptr;
        // A pool that is gone has ended all its jobs before.
        if (!link->ended) pool->abandon(job);
    }
};

}  // namespace

Task<> run_job(Pool* pool, Priority priority, std::shared_ptr<PoolJob> job) {
    const auto executor = co_await asio::this_coro::executor;
    Waiter waiter(executor);
    auto link = std::make_shared<Link>();
    link->waiter = &waiter;
    const Inbox inbox(executor);
    job->ended = [inbox, link] {
        link->ended = true;
        inbox.post([link] {
            if (link->waiter) link->waiter->wake();
        });
    };
    pool->submit(priority, job);
    const FrameGuard guard(pool, job, link);

    // A cancelled coroutine still has to wait for a call that has started.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    bool cancelled = false;
    for (;;) {
        const Outcome outcome = co_await waiter.wait();
        if (outcome == Outcome::woken) break;
        cancelled = true;
        if (!link->ended && pool->withdraw(job)) {
            link->ended = true;
            break;
        }
        job->stop.request_stop();
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (cancelled || job->was_dropped()) throw_cancelled();
}

}  // namespace docmind::detail
