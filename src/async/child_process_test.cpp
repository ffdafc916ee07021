#include "async/child_process.hpp"

#include "async/deadline.hpp"
#include "async/test_gate.hpp"
#include "async/when_all.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace docmind {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

ChildProcess::Params shell(std::string script) {
    return {.path = "/bin/sh", .args = {"-c", std::move(script)}, .env = {"PATH=/usr/bin:/bin"}, .descriptors = {}, .limits = {}};
}

Task<int> wait_for(ChildProcess* child) {
    const int status = co_await child->wait();
    co_return status;
}

Task<int> start_and_wait(std::string script) {
    auto child = ChildProcess::spawn(shell(std::move(script)));
    const int status = co_await child.wait();
    co_return status;
}

/// What the script writes to its standard output, and how it ended.
std::pair<std::string, int> output_of(ChildProcess::Params params) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    const FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    params.descriptors.push_back({.target = 1, .source = writing.get()});
    auto child = ChildProcess::spawn(params);
    writing = FileDescriptor();
    std::string output;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(reading.get(), buffer, sizeof buffer)) > 0;) output.append(buffer, static_cast<std::size_t>(got));
    return {output, test::run_task(wait_for(&child))};
}

bool is_gone(pid_t pid) {
    return ::kill(pid, 0) != 0 && errno == ESRCH;
}

TEST(ChildProcess, gives_the_exit_code_of_its_program) {
    EXPECT_EQ(WEXITSTATUS(test::run_task(start_and_wait("exit 0"))), 0);
    EXPECT_EQ(describe_exit(test::run_task(start_and_wait("exit 3"))), "ended with exit code 3");
}

TEST(ChildProcess, gives_the_signal_its_program_died_of) {
    const int status = test::run_task(start_and_wait("kill -SEGV $$"));
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(describe_exit(status), "was killed by signal 11 (Segmentation fault)");
}

TEST(ChildProcess, may_be_waited_for_again_after_its_end) {
    auto child = ChildProcess::spawn(shell("exit 4"));
    const int status = test::run_task(wait_for(&child));
    EXPECT_EQ(test::run_task(wait_for(&child)), status);
    EXPECT_EQ(child.try_wait(), status);
}

TEST(ChildProcess, lets_the_loop_run_while_its_program_does) {
    const auto start = std::chrono::steady_clock::now();
    test::run_task(when_all(start_and_wait("sleep 0.1"), start_and_wait("sleep 0.1"), start_and_wait("sleep 0.1")));
    EXPECT_LT(std::chrono::steady_clock::now() - start, 280ms);
}

TEST(ChildProcess, that_cannot_be_started_is_unavailable_and_says_why) {
    auto params = shell("exit 0");
    params.path = "/nonexistent/program";
    try {
        (void)ChildProcess::spawn(params);
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.code(), errc::unavailable);
        EXPECT_THAT(error.what(), HasSubstr("/nonexistent/program"));
        EXPECT_THAT(error.what(), HasSubstr("No such file"));
    }
    params.path = "/etc/passwd";
    EXPECT_THROW((void)ChildProcess::spawn(params), Error);
    EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) << "a failed start leaves a zombie";
}

TEST(ChildProcess, gets_exactly_its_arguments_and_its_environment) {
    auto params = shell("printf '%s|' \"$@\"; env | sort | tr '\\n' ';'");
    params.args.insert(params.args.end(), {"sh", "one word", "", "ü"});
    params.env.push_back("NAME=value with spaces");
    const auto [output, status] = output_of(params);
    EXPECT_EQ(status, 0);
    EXPECT_THAT(output, ::testing::StartsWith("one word||ü|"));
    EXPECT_THAT(output, HasSubstr("NAME=value with spaces;"));
    EXPECT_THAT(output, ::testing::Not(HasSubstr("HOME=")));
}

TEST(ChildProcess, has_no_descriptor_but_those_it_is_given) {
    const FileDescriptor secret(::open("/etc/hostname", O_RDONLY));  // without O_CLOEXEC on purpose
    ASSERT_TRUE(secret);
    const FileDescriptor passed(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
    ChildProcess::Params params{.path = "/bin/ls", .args = {"-l", "/proc/self/fd"}, .env = {}, .descriptors = {}, .limits = {}};
    params.descriptors.push_back({.target = 7, .source = passed.get()});
    const auto [output, status] = output_of(params);
    EXPECT_EQ(status, 0);
    for (const char* given : {" 0 -> /dev/null\n", " 1 -> pipe:", " 2 -> /dev/null\n", " 7 -> /dev/zero\n"})
        EXPECT_THAT(output, HasSubstr(given));
    EXPECT_THAT(output, ::testing::Not(HasSubstr("hostname")));
    // The fifth is the folder that ls itself reads.
    EXPECT_EQ(std::ranges::count(output, '>'), 5) << output;
}

TEST(ChildProcess, passes_descriptors_whose_numbers_cross) {
    const FileDescriptor zero(::open("/dev/zero", O_RDONLY | O_CLOEXEC)), full(::open("/dev/full", O_RDONLY | O_CLOEXEC));
    auto params = shell("readlink /proc/$$/fd/" + std::to_string(zero.get()) + " /proc/$$/fd/" + std::to_string(full.get()));
    params.descriptors = {{.target = zero.get(), .source = full.get()}, {.target = full.get(), .source = zero.get()}};
    EXPECT_EQ(output_of(params).first, "/dev/full\n/dev/zero\n");
}

TEST(ChildProcess, lives_under_its_limits_and_its_nice_level) {
    auto params = shell("ulimit -n; cut -d' ' -f19 /proc/$$/stat");
    params.limits = {{.resource = RLIMIT_NOFILE, .value = 33}};
    params.nice = 4;
    const int nice = std::min(19, getpriority(PRIO_PROCESS, 0) + 4);
    EXPECT_EQ(output_of(params).first, "33\n" + std::to_string(nice) + "\n");
}

TEST(ChildProcess, leads_a_session_of_its_own) {
    const auto [output, status] = output_of(shell("cut -d' ' -f1,6 /proc/$$/stat"));
    const auto space = output.find(' ');
    EXPECT_EQ(output.substr(0, space) + "\n", output.substr(space + 1));
}

TEST(ChildProcess, is_killed_and_reaped_with_its_owner) {
    pid_t pid = 0;
    {
        const auto child = ChildProcess::spawn(shell("exec sleep 100"));
        pid = child.pid();
        EXPECT_FALSE(is_gone(pid));
    }
    EXPECT_TRUE(is_gone(pid));
    auto first = ChildProcess::spawn(shell("exec sleep 100"));
    pid = first.pid();
    first = ChildProcess::spawn(shell("exec sleep 100"));
    EXPECT_TRUE(is_gone(pid));
    ChildProcess second = std::move(first);
    EXPECT_FALSE(is_gone(second.pid()));
}

TEST(ChildProcess, goes_on_when_a_wait_is_cancelled_and_can_be_waited_for_again) {
    auto child = ChildProcess::spawn(shell("exec sleep 100"));
    for (const auto time : {0ms, 5ms}) {
        test::Run<int> run(wait_for(&child));
        if (time > 0ms) test::run_for(run, time);
        run.cancel();
        run.finish(5s);
        EXPECT_TRUE(is_cancelled(run.error()));
    }
    {
        test::Run<int> run(wait_for(&child));
        test::run_for(run, 2ms);
    }
    EXPECT_EQ(child.try_wait(), -1);
    EXPECT_THROW(test::run_task(with_deadline(wait_for(&child), 5ms)), Error);
    child.kill(SIGTERM);
    EXPECT_EQ(WTERMSIG(test::run_task(wait_for(&child), 5s)), SIGTERM);
}

TEST(ChildProcess, gets_no_signal_once_it_has_been_reaped) {
    auto child = ChildProcess::spawn(shell("exit 0"));
    test::run_task(wait_for(&child));
    child.kill(SIGKILL);
    EXPECT_EQ(child.try_wait(), 0);
}

TEST(ChildProcess, dies_with_the_thread_that_started_it) {
    std::optional<ChildProcess> child;
    std::thread([&] { child.emplace(ChildProcess::spawn(shell("exec sleep 100"))); }).join();
    EXPECT_EQ(WTERMSIG(test::run_task(wait_for(&*child), 5s)), SIGKILL);
}

TEST(ChildProcess, may_be_cancelled_or_destroyed_at_every_await) {
    EXPECT_GE(test::cancel_at_every_await([] { return start_and_wait("exit 0"); }).cancelled, 1u);
    EXPECT_GE(test::destroy_at_every_await([] { return start_and_wait("exit 0"); }), 2u);
    EXPECT_TRUE(::waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD) << "a child was left behind";
}

TEST(FileDescriptor, is_closed_once_and_by_its_last_owner) {
    int number = -1;
    {
        FileDescriptor first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
        number = first.get();
        FileDescriptor second(std::move(first));
        EXPECT_FALSE(first);  // NOLINT: moved from on purpose
        EXPECT_NE(::fcntl(number, F_GETFD), -1);
        first = std::move(second);
        EXPECT_EQ(first.get(), number);
        FileDescriptor& itself = first;
        first = std::move(itself);
        EXPECT_EQ(first.get(), number);
    }
    EXPECT_EQ(::fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace docmind
