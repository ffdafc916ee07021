#include "sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <thread>

namespace docmind {
namespace {

// Exit codes of a child that tried something inside the sandbox.
constexpr int refused = 0, succeeded = 1, other_error = 2, not_available = 77;

/// Runs `attempt` in a confined child; it returns -1 with errno where the system refused, something else where it did not.
int confined(const std::function<long()>& attempt, const std::function<void()>& before_filter = {}) {
    const pid_t child = ::fork();
    if (child == 0) {
        const auto measures = confine_process();
        if (before_filter) before_filter();
        if (!filter_system_calls(measures.back().active).active) ::_exit(not_available);
        errno = 0;
        if (attempt() != -1) ::_exit(succeeded);
        ::_exit(errno == EPERM || errno == EACCES ? refused : other_error);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

#define EXPECT_REFUSED(...)                                                     \
    do {                                                                        \
        const int outcome = confined(__VA_ARGS__);                              \
        if (outcome == not_available) GTEST_SKIP() << "seccomp is not allowed"; \
        EXPECT_EQ(outcome, refused);                                            \
    } while (false)

TEST(Sandbox, opens_no_socket_of_any_family) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK}) EXPECT_REFUSED([=] { return ::socket(family, SOCK_STREAM, 0); });
}

TEST(Sandbox, connects_nowhere) {
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const sockaddr address{.sa_family = AF_UNIX, .sa_data = "x"};
    EXPECT_REFUSED([&] { return ::connect(ends[0], &address, sizeof address); });
    ::close(ends[0]);
    ::close(ends[1]);
}

TEST(Sandbox, starts_no_program_and_no_process) {
    EXPECT_REFUSED([] { return ::execl("/bin/true", "true", nullptr); });
    EXPECT_REFUSED([] { return ::fork(); });
    EXPECT_REFUSED([] { return ::syscall(SYS_clone3, nullptr, 0); });
}

TEST(Sandbox, reads_no_file_of_the_machine) {
    for (const char* path : {"/etc/shadow", "/etc/passwd", "/proc/self/environ", "/", "/root", "/tmp"}) {
        EXPECT_REFUSED([=] { return ::open(path, O_RDONLY); });
    }
}

TEST(Sandbox, reads_no_file_whose_path_it_knows) {
    std::string path = ::testing::TempDir() + "sandbox-secret-XXXXXX";
    const int descriptor = ::mkstemp(path.data());
    ASSERT_GE(descriptor, 0);
    EXPECT_REFUSED([&] { return ::open(path.c_str(), O_RDONLY); });
    EXPECT_REFUSED([&] { return ::open(path.c_str(), O_WRONLY); });
    EXPECT_REFUSED([&] { return ::unlink(path.c_str()); });
    EXPECT_REFUSED([&] { return ::rename(path.c_str(), (path + "2").c_str()); });
    ::close(descriptor);
    ::unlink(path.c_str());
}

TEST(Sandbox, creates_no_file) {
    const std::string path = ::testing::TempDir() + "sandbox-new-file";
    EXPECT_REFUSED([&] { return ::open(path.c_str(), O_CREAT | O_RDWR, 0600); });
    EXPECT_REFUSED([&] { return ::syscall(SYS_memfd_create, "x", 0); });
}

TEST(Sandbox, sends_no_signal_to_its_parent) {
    EXPECT_REFUSED([] { return ::kill(::getppid(), 0); });
    EXPECT_REFUSED([] { return ::syscall(SYS_tgkill, ::getppid(), ::getppid(), SIGURG); });
    EXPECT_REFUSED([] { return ::fcntl(0, F_SETOWN, ::getppid()); });
}

TEST(Sandbox, watches_and_changes_no_other_process) {
    EXPECT_REFUSED([] { return ::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr); });
    EXPECT_REFUSED([] { return ::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0); });
    EXPECT_REFUSED([] { return ::syscall(SYS_pidfd_open, ::getppid(), 0); });
    const rlimit limit{1, 1};
    EXPECT_REFUSED([&] { return ::syscall(SYS_prlimit64, ::getppid(), RLIMIT_CPU, &limit, nullptr); });
}

TEST(Sandbox, reaches_no_rarely_checked_part_of_the_kernel) {
    EXPECT_REFUSED([] { return ::syscall(SYS_mount, "x", "/", "tmpfs", 0, nullptr); });
    EXPECT_REFUSED([] { return ::syscall(SYS_keyctl, 0, 0, 0, 0, 0); });
    EXPECT_REFUSED([] { return ::syscall(SYS_io_uring_setup, 1, nullptr); });
    EXPECT_REFUSED([] { return ::syscall(SYS_bpf, 0, nullptr, 0); });
    EXPECT_REFUSED([] { return ::syscall(SYS_unshare, 0x10000000); });
    EXPECT_REFUSED([] { return ::syscall(SYS_userfaultfd, 0); });
}

TEST(Sandbox, runs_no_code_that_it_wrote_itself) {
    EXPECT_REFUSED([] {
        void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page == MAP_FAILED ? -1L : 0L;
    });
    EXPECT_REFUSED([] {
        void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return static_cast<long>(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
    });
}

TEST(Sandbox, holds_for_threads_that_were_there_before) {
    static int result = -2;
    static std::atomic<bool> go = false, done = false;
    const auto outcome = confined(
        [] {
            go = true;
            const timespec moment{0, 1'000'000};
            while (!done) ::nanosleep(&moment, nullptr);
            errno = EPERM;
            return result == EPERM ? -1L : 0L;
        },
        [] {
            std::thread([] {
                const timespec moment{0, 1'000'000};
                while (!go) ::nanosleep(&moment, nullptr);
                result = ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? errno : 0;
                done = true;
            }).detach();
        });
    if (outcome == not_available) GTEST_SKIP() << "seccomp is not allowed";
    EXPECT_EQ(outcome, refused);
}

TEST(Sandbox, leaves_memory_time_open_descriptors_and_poppler_tables) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const int outcome = confined([&] {
        std::string big(10 << 20, 'x');
        timespec now{};
        if (::clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 3L;
        if (::write(ends[1], big.data(), 5) != 5) return 4L;
        const int folder = ::open("/usr/share/poppler", O_RDONLY | O_DIRECTORY);
        if (folder < 0 && errno != ENOENT) return 5L;
        errno = EPERM;
        return -1L;
    });
    ::close(ends[0]);
    ::close(ends[1]);
    if (outcome == not_available) GTEST_SKIP() << "seccomp is not allowed";
    EXPECT_EQ(outcome, refused);
}

TEST(Sandbox, still_dies_with_its_parent) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        if (::fork() == 0) {
            // The kernel treats root otherwise, and docmind is not run by root.
            if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) ::_exit(1);
            ::prctl(PR_SET_PDEATHSIG, SIGKILL);
            const auto measures = confine_process();
            filter_system_calls(measures.back().active);
            [[maybe_unused]] const auto written = ::write(ready[1], "x", 1);
            while (true) {
                const timespec moment{1, 0};
                ::nanosleep(&moment, nullptr);
            }
        }
        ::pause();
    }
    ::close(ready[1]);
    char byte = 0;
    ASSERT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(parent, SIGKILL);
    ::waitpid(parent, nullptr, 0);
    pollfd end_of_child{.fd = ready[0], .events = POLLIN};
    EXPECT_EQ(::poll(&end_of_child, 1, 5000), 1) << "the confined process lives on";
    ::close(ready[0]);
}

TEST(Sandbox, opens_no_file_at_all_where_landlock_is_missing) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!filter_system_calls(false).active) ::_exit(not_available);
        ::_exit(::open("/usr/share/poppler", O_RDONLY) == -1 && errno == EPERM ? refused : succeeded);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFEXITED(status));
    if (WEXITSTATUS(status) == not_available) GTEST_SKIP() << "seccomp is not allowed";
    EXPECT_EQ(WEXITSTATUS(status), refused);
}

}  // namespace
}  // namespace docmind
