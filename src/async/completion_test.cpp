#include "async/completion.hpp"

#include "async/test_support.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <thread>
#include <vector>

namespace docmind {
namespace {

using test::run_task;

/// A library with its own thread: signals `delay` after the start.
class Library {
  public:
    ~Library() {
        for (auto& thread : threads_) thread.join();
    }
    std::function<void(CompletionSignal)> start(std::chrono::milliseconds delay, std::exception_ptr error = nullptr) {
        return [this, delay, error](CompletionSignal signal) {
            ++running;
            threads_.emplace_back([this, delay, error, signal] {
                (void)std::promise<void>().get_future().wait_for(delay);
                --running;
                signal(error);
            });
        };
    }
    std::atomic<int> running = 0;

  private:
    std::vector<std::thread> threads_;
};

TEST(Completion, ResumesOnTheAwaitingThreadAfterTheSignal) {
    Library library;
    run_task(await_completion(library.start(std::chrono::milliseconds(5))));
    EXPECT_EQ(library.running, 0);
}

TEST(Completion, TakesASignalThatComesBeforeTheAwait) {
    run_task(await_completion([](const CompletionSignal& signal) { signal(); }));
}

TEST(Completion, RethrowsTheErrorOfTheSignalAndOfTheStart) {
    Library library;
    const auto error = std::make_exception_ptr(std::runtime_error("broken"));
    EXPECT_THROW(run_task(await_completion(library.start(std::chrono::milliseconds(1), error))), std::runtime_error);
    EXPECT_THROW(run_task(await_completion([](const CompletionSignal&) { throw std::logic_error("not started"); })), std::logic_error);
}

TEST(Completion, IgnoresASecondSignal) {
    run_task(await_completion([](const CompletionSignal& signal) {
        signal();
        signal(std::make_exception_ptr(std::runtime_error("late")));
    }));
}

TEST(Completion, WaitsForTheEndWhenCancelled) {
    Library library;
    test::Run<void> run(await_completion(library.start(std::chrono::milliseconds(50))));
    run.step(1);
    EXPECT_EQ(library.running, 1);
    run.cancel();
    run.finish();
    EXPECT_EQ(library.running, 0);
    EXPECT_TRUE(is_cancelled(run.error()));
}

TEST(Completion, BlocksTheDeathOfItsFrameUntilTheEnd) {
    Library library;
    {
        test::Run<void> run(await_completion(library.start(std::chrono::milliseconds(50))));
        run.step(1);
        EXPECT_EQ(library.running, 1);
    }
    EXPECT_EQ(library.running, 0);
}

TEST(Completion, EndsAtEveryAwaitWhenCancelled) {
    Library library;
    const auto sweep = test::cancel_at_every_await([&] { return await_completion(library.start(std::chrono::milliseconds(2))); },
                                                   [&] { EXPECT_EQ(library.running, 0); });
    EXPECT_GT(sweep.cancelled, 0u);
}

TEST(Completion, DiesCleanlyAtEveryAwait) {
    Library library;
    test::destroy_at_every_await([&] { return await_completion(library.start(std::chrono::milliseconds(2))); },
                                 [&] { EXPECT_EQ(library.running, 0); });
}

}  // namespace
}  // namespace docmind
