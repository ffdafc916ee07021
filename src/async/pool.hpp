#pragma once
// Where compute and blocking work runs: named, sized pools of threads, each with a bounded queue in which interactive jobs go first.

#include <docmind/task.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace docmind {

/// One call on its way through a pool. Made by offload() only.
class PoolJob {
  public:
    virtual ~PoolJob() = default;

    /// The call itself, on a worker thread. Keeps its own result or exception.
    virtual void run(std::stop_token stop) noexcept = 0;

    /// True when the pool closed before the job could start. Read after `ended`.
    [[nodiscard]] bool was_dropped() const noexcept { return dropped_; }

    std::stop_source stop;
    /// Called once, on the worker (or on the thread that destroys the pool), when the job has run or was dropped.
    /// Set before the job is submitted; taken away by Pool::abandon.
    std::function<void()> ended;

  private:
    friend class Pool;
    enum class Phase { fresh, queued, running, done, dropped };
    Phase phase_ = Phase::fresh;  // guarded by the pool's mutex
    bool dropped_ = false;        // written before `ended`, read after it
    std::chrono::steady_clock::time_point submitted_;
};

/// Answers "which threads do this kind of work, and how much of it may wait?". Knows nothing of coroutines: offload() is the way in.
class Pool {
  public:
    struct Params {
        std::string name;              ///< shown in `top -H` and in the metrics
        std::size_t threads = 1;       ///< at least 1
        std::size_t max_queue = 4096;  ///< jobs that may wait, of both priorities; one more is refused
        int nice = 0;                  ///< added to the nice level of every thread of the pool
    };

    /// What the metrics show. Counts are since the start.
    struct Stats {
        std::size_t waiting_interactive = 0;
        std::size_t waiting_background = 0;
        std::size_t running = 0;
        std::uint64_t started = 0;
        std::uint64_t refused = 0;
        std::uint64_t withdrawn = 0;
        std::chrono::nanoseconds waited_total{0};  ///< time between submit and start, summed over the jobs started
        std::chrono::nanoseconds waited_max{0};
    };

    /// Starts the threads. Throws Error{invalid_argument} for zero threads or a zero queue.
    explicit Pool(Params params);
    /// Refuses new jobs, drops those that wait (their awaiters get operation_aborted), lets the running ones end.
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    [[nodiscard]] const std::string& name() const noexcept { return params_.name; }
    [[nodiscard]] std::size_t threads() const noexcept { return params_.threads; }
    [[nodiscard]] Stats stats() const;

    /// Queues a job. Throws Error{overloaded} when the queue is full or the pool is closing.
    void submit(Priority priority, std::shared_ptr<PoolJob> job);
    /// Takes a job that has not started out of the queue; its `ended` is not called. False when it has started.
    bool withdraw(const std::shared_ptr<PoolJob>& job);
    /// For a frame that dies without being resumed: withdraws the job, or asks it to stop and blocks until it has ended.
    /// `ended` is not called after this returns.
    void abandon(const std::shared_ptr<PoolJob>& job);

  private:
    using Queue = std::deque<std::shared_ptr<PoolJob>>;

    void work();
    std::shared_ptr<PoolJob> take(std::unique_lock<std::mutex>& lock);
    bool withdraw_locked(const std::shared_ptr<PoolJob>& job);

    const Params params_;
    mutable std::mutex mutex_;
    std::condition_variable work_;
    std::condition_variable ended_;
    Queue interactive_;
    Queue background_;
    Stats stats_;
    bool closing_ = false;
    std::vector<std::jthread> threads_;  // last: they end before what they use
};

}  // namespace docmind
