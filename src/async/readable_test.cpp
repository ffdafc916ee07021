#include "async/readable.hpp"

#include "async/child_process.hpp"
#include "async/test_gate.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>

namespace docmind {
namespace {

using namespace std::chrono_literals;

Task<bool> wait_for(int fd, std::chrono::milliseconds limit) {
    const bool readable = co_await wait_readable(fd, std::chrono::steady_clock::now() + limit);
    co_return readable;
}

struct ReadableTest : ::testing::Test {
    FileDescriptor event{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    void signal() const {
        const std::uint64_t one = 1;
        ASSERT_EQ(::write(event.get(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
    }
};

TEST_F(ReadableTest, returns_at_once_when_something_is_there_and_reads_nothing) {
    signal();
    EXPECT_TRUE(test::run_task(wait_readable(event.get())));
    EXPECT_TRUE(test::run_task(wait_for(event.get(), 1s)));
}

TEST_F(ReadableTest, wakes_once_when_something_comes) {
    test::Run<bool> run(wait_readable(event.get()));
    test::run_for(run, 5ms);
    EXPECT_EQ(run.io().run_for(50ms), 0u) << "nothing wakes the loop while nothing happens";
    signal();
    run.finish(5s);
    EXPECT_TRUE(run.take());
}

TEST_F(ReadableTest, tells_that_the_deadline_passed) {
    EXPECT_FALSE(test::run_task(wait_for(event.get(), 5ms)));
    EXPECT_FALSE(test::run_task(wait_for(event.get(), -5ms)));
}

TEST_F(ReadableTest, outlives_the_owners_descriptor) {
    test::Run<bool> run(wait_for(event.get(), 20ms));
    test::run_for(run, 2ms);
    event = FileDescriptor();
    run.finish(5s);
    EXPECT_FALSE(run.take());
}

TEST_F(ReadableTest, refuses_what_cannot_be_waited_for) {
    EXPECT_THROW(test::run_task(wait_readable(-1)), Error);
    const FileDescriptor file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
    EXPECT_THROW(test::run_task(wait_readable(file.get())), Error);
}

TEST_F(ReadableTest, may_be_cancelled_or_destroyed_at_every_await_and_leaves_no_descriptor) {
    const int before = ::dup(0);
    ::close(before);
    for (const auto limit : {std::chrono::milliseconds(5), std::chrono::milliseconds(1h)}) {
        test::Run<bool> run(wait_for(event.get(), limit));
        test::run_for(run, 1ms);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
    EXPECT_GE(test::cancel_at_every_await([&] { return wait_for(event.get(), 1ms); }).cancelled, 1u);
    EXPECT_GE(test::destroy_at_every_await([&] { return wait_for(event.get(), 1ms); }), 1u);
    const int after = ::dup(0);
    ::close(after);
    EXPECT_EQ(before, after);
}

}  // namespace
}  // namespace docmind
