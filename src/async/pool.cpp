#include "async/pool.hpp"

#include <docmind/error.hpp>

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace docmind {

namespace {

// Linux keeps a nice level per thread, and PRIO_PROCESS with a thread id addresses it.
void prepare_thread(const std::string& name, int nice) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    if (nice == 0) return;
    const auto thread = static_cast<id_t>(gettid());
    // Fails only when asked to become less nice without the right to: then the thread works at the level it has.
    setpriority(PRIO_PROCESS, thread, getpriority(PRIO_PROCESS, thread) + nice);
}

}  // namespace

Pool::Pool(Params params) : params_(std::move(params)) {
    if (params_.threads == 0 || params_.max_queue == 0) {
        throw Error(errc::invalid_argument, "pool " + params_.name + " needs at least one thread and room for one job");
    }
    threads_.reserve(params_.threads);
    for (std::size_t i = 0; i < params_.threads; ++i) {
        threads_.emplace_back([this] { work(); });
    }
}

Pool::~Pool() {
    {
        const std::lock_guard lock(mutex_);
        closing_ = true;
        for (Queue* queue : {&interactive_, &background_}) {
            for (auto& job : *queue) {
                job->phase_ = PoolJob::Phase::dropped;
                job->dropped_ = true;
                std::exchange(job->ended, nullptr)();
            }
            queue->clear();
        }
    }
    work_.notify_all();
    threads_.clear();
}

Pool::Stats Pool::stats() const {
    const std::lock_guard lock(mutex_);
    Stats stats = stats_;
    stats.waiting_interactive = interactive_.size();
    stats.waiting_background = background_.size();
    return stats;
}

void Pool::submit(Priority priority, std::shared_ptr<PoolJob> job) {
    {
        const std::lock_guard lock(mutex_);
        if (closing_ || interactive_.size() + background_.size() >= params_.max_queue) {
            ++stats_.refused;
            throw Error(errc::overloaded, "Too much work is waiting (" + params_.name + "). Try again in a moment.");
        }
        job->phase_ = PoolJob::Phase::queued;
        job->submitted_ = std::chrono::steady_clock::now();
        (priority == Priority::interactive ? interactive_ : background_).push_back(std::move(job));
    }
    work_.notify_one();
}

bool Pool::withdraw(const std::shared_ptr<PoolJob>& job) {
    const std::lock_guard lock(mutex_);
    return withdraw_locked(job);
}

bool Pool::withdraw_locked(const std::shared_ptr<PoolJob>& job) {
    if (job->phase_ != PoolJob::Phase::queued) return false;
    if (std::erase(interactive_, job) + std::erase(background_, job) == 0) return false;
    job->phase_ = PoolJob::Phase::dropped;
    job->ended = nullptr;
    ++stats_.withdrawn;
    return true;
}

void Pool::abandon(const std::shared_ptr<PoolJob>& job) {
    job->stop.request_stop();
    std::unique_lock lock(mutex_);
    if (withdraw_locked(job)) return;
    job->ended = nullptr;
    ended_.wait(lock, [&] { return job->phase_ != PoolJob::Phase::running; });
}

std::shared_ptr<PoolJob> Pool::take(std::unique_lock<std::mutex>& lock) {
    work_.wait(lock, [this] { return closing_ || !interactive_.empty() || !background_.empty(); });
    Queue& queue = interactive_.empty() ? background_ : interactive_;
    if (queue.empty()) return nullptr;  // the pool closes
    auto job = std::move(queue.front());
    queue.pop_front();
    job->phase_ = PoolJob::Phase::running;
    const std::chrono::nanoseconds waited = std::chrono::steady_clock::now() - job->submitted_;
    stats_.waited_total += waited;
    stats_.waited_max = std::max(stats_.waited_max, waited);
    ++stats_.started;
    ++stats_.running;
    return job;
}

void Pool::work() {
    prepare_thread(params_.name, params_.nice);
    std::unique_lock lock(mutex_);
    while (auto job = take(lock)) {
        lock.unlock();
        job->run(job->stop.get_token());
        lock.lock();
        --stats_.running;
        const auto ended = std::exchange(job->ended, nullptr);
        lock.unlock();
        // Not under the mutex: what it wakes submits the next job at once. abandon() waits until it has returned.
        if (ended) ended();
        lock.lock();
        job->phase_ = PoolJob::Phase::done;
        ended_.notify_all();
        // A result nobody takes may be large: it is freed here, but not while others wait for the mutex.
        lock.unlock();
        job.reset();
        lock.lock();
    }
}

}  // namespace docmind
