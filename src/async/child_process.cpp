#include "async/child_process.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cstring>
#include <utility>

namespace docmind {

namespace {

namespace asio = boost::asio;

constexpr int first_free_target = 64;

/// What the child needs between vfork and exec, made ready before: there it may only call the kernel, never allocate.
struct Prepared {
    const char* path;
    char* const* argv;
    char* const* envp;
    const ChildProcess::PassedDescriptor* descriptors;
    std::size_t descriptor_count;
    const ChildProcess::Limit* limits;
    std::size_t limit_count;
    int nice;
    int parent_death_signal;
    bool own_session;
    pid_t parent;
    int error_pipe;
    sigset_t mask;
};

[[noreturn]] void fail(int error_pipe) {
    const int error = errno;
    [[maybe_unused]] const auto written = ::write(error_pipe, &error, sizeof error);
    ::_exit(127);
}

[[noreturn]] void run_child(const Prepared& p) {
    // Handlers point into the parent's code; only the child's own table is changed here.
    struct sigaction by_default{};
    by_default.sa_handler = SIG_DFL;
    for (int signal = 1; signal < NSIG; ++signal) ::sigaction(signal, &by_default, nullptr);
    if (p.own_session) ::setsid();
    if (p.parent_death_signal != 0) {
        if (::prctl(PR_SET_PDEATHSIG, p.parent_death_signal) != 0) fail(p.error_pipe);
        // The parent may have died before the line above took effect.
        if (::getppid() != p.parent) ::_exit(127);
    }
    // Fails only where a policy forbids it, and a greedier child is better than none.
    if (p.nice != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + p.nice);
    for (std::size_t i = 0; i < p.limit_count; ++i) {
        const rlimit limit{p.limits[i].value, p.limits[i].value};
        if (::setrlimit(static_cast<__rlimit_resource>(p.limits[i].resource), &limit) != 0) fail(p.error_pipe);
    }
    ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
    for (std::size_t i = 0; i < p.descriptor_count; ++i) {
        if (::dup2(p.descriptors[i].source, p.descriptors[i].target) < 0) fail(p.error_pipe);
    }
    ::sigprocmask(SIG_SETMASK, &p.mask, nullptr);
    ::execve(p.path, p.argv, p.envp);
    fail(p.error_pipe);
}

/// In a function of its own, so that no local of the caller is shared with a frame that returns twice.
[[gnu::noinline]] pid_t start(const Prepared& prepared) {
    const pid_t pid = ::vfork();  // NOLINT: fork copies the page tables of a process that holds models, and stalls the loop
    if (pid == 0) run_child(prepared);
    return pid;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
    std::vector<char*> result;
    for (const auto& s : strings) result.push_back(const_cast<char*>(s.c_str()));
    result.push_back(nullptr);
    return result;
}

[[noreturn]] void throw_unstarted(const std::filesystem::path& path, int error) {
    throw Error(errc::unavailable, "Cannot start " + path.string() + ": " + std::strerror(error));
}

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    FileDescriptor old(std::exchange(fd_, other.release()));
    return *this;
}

FileDescriptor::~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
}

int FileDescriptor::release() noexcept {
    return std::exchange(fd_, -1);
}

ChildProcess ChildProcess::spawn(const Params& params) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_unstarted(params.path, errno);
    const FileDescriptor error_read(ends[0]);
    // Out of the way of the targets, like every source below: dup2 in the child must not overwrite what it still needs.
    FileDescriptor error_write(::fcntl(ends[1], F_DUPFD_CLOEXEC, first_free_target));
    ::close(ends[1]);
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));

    std::vector<PassedDescriptor> wanted = {{0, null.get()}, {1, null.get()}, {2, null.get()}};
    for (const auto& d : params.descriptors) {
        if (d.target < 0 || d.target >= first_free_target) throw Error(errc::internal, "A passed descriptor must become 0 to 63.");
        wanted.push_back(d);
    }
    std::vector<FileDescriptor> copies;
    for (auto& d : wanted) {
        copies.emplace_back(::fcntl(d.source, F_DUPFD_CLOEXEC, first_free_target));
        if (!copies.back()) throw_unstarted(params.path, errno);
        d.source = copies.back().get();
    }
    std::vector<std::string> args = params.args;
    args.insert(args.begin(), params.path.string());
    const auto argv = pointers(args);
    const auto envp = pointers(params.env);

    Prepared prepared{params.path.c_str(),
                      argv.data(),
                      envp.data(),
                      wanted.data(),
                      wanted.size(),
                      params.limits.data(),
                      params.limits.size(),
                      params.nice,
                      params.parent_death_signal,
                      params.own_session,
                      ::getpid(),
                      error_write.get(),
                      {}};
    sigset_t all, old;
    sigfillset(&all);
    // A handler of the parent must not run in the child, on the memory they share until exec.
    ::pthread_sigmask(SIG_SETMASK, &all, &old);
    sigemptyset(&prepared.mask);
    const pid_t pid = start(prepared);
    const int fork_error = errno;
    ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
    if (pid < 0) throw_unstarted(params.path, fork_error);

    error_write = FileDescriptor();
    int exec_error = 0;
    if (::read(error_read.get(), &exec_error, sizeof exec_error) == sizeof exec_error) {
        ::waitpid(pid, nullptr, 0);
        throw_unstarted(params.path, exec_error);
    }
    FileDescriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    const int pidfd_error = errno;
    ChildProcess child(pid, std::move(pidfd));
    if (!child.pidfd_) throw_unstarted(params.path, pidfd_error);
    return child;
}

ChildProcess::ChildProcess(pid_t pid, FileDescriptor pidfd) noexcept : pid_(pid), pidfd_(std::move(pidfd)) {}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), pidfd_(std::move(other.pidfd_)), reaped_(other.reaped_), status_(other.status_) {}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
    if (this == &other) return *this;
    kill_and_reap();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
    reaped_ = other.reaped_;
    status_ = other.status_;
    return *this;
}

ChildProcess::~ChildProcess() {
    kill_and_reap();
}

void ChildProcess::kill_and_reap() noexcept {
    if (pid_ < 0 || reaped_) return;
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status_, 0) < 0 && errno == EINTR) {
    }
    reaped_ = true;
}

void ChildProcess::kill(int signal) noexcept {
    if (pid_ > 0 && try_wait() == -1) ::kill(pid_, signal);
}

int ChildProcess::try_wait() noexcept {
    if (pid_ > 0 && !reaped_) reaped_ = ::waitpid(pid_, &status_, WNOHANG) == pid_;
    return reaped_ ? status_ : -1;
}

Task<int> ChildProcess::wait() {
    if (try_wait() == -1) {
        const auto executor = co_await asio::this_coro::executor;
        asio::posix::stream_descriptor ended(executor, ::fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 0));
        while (try_wait() == -1) co_await ended.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    }
    co_return status_;
}

std::string describe_exit(int status) {
    if (WIFSIGNALED(status)) {
        const int signal = WTERMSIG(status);
        return "was killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
    }
    return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

}  // namespace docmind
