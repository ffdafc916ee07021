#pragma once
// "Run that program, and let me await its end." Processes that outlive nobody: a ChildProcess that goes out of scope is killed and
// reaped. No SIGCHLD handler (libraries may have theirs): the end of a process is read from its pidfd.

#include <docmind/task.hpp>

#include <sys/resource.h>
#include <sys/types.h>

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

namespace docmind {

/// A file descriptor that is closed with its owner.
class FileDescriptor {
  public:
    FileDescriptor() = default;
    explicit FileDescriptor(int fd) noexcept : fd_(fd) {}
    FileDescriptor(FileDescriptor&& other) noexcept : fd_(other.release()) {}
    FileDescriptor& operator=(FileDescriptor&& other) noexcept;
    ~FileDescriptor();

    [[nodiscard]] int get() const noexcept { return fd_; }
    [[nodiscard]] int release() noexcept;
    explicit operator bool() const noexcept { return fd_ >= 0; }

  private:
    int fd_ = -1;
};

class ChildProcess {
  public:
    /// The parent's descriptor `source` becomes `target` (0..63) in the child.
    struct PassedDescriptor {
        int target = 0;
        int source = -1;
    };
    struct Limit {
        int resource = RLIMIT_CORE;  ///< RLIMIT_*
        rlim_t value = 0;
    };
    struct Params {
        std::filesystem::path path;
        std::vector<std::string> args;              ///< without argv[0]
        std::vector<std::string> env;               ///< the whole environment, "NAME=value"; nothing is inherited
        std::vector<PassedDescriptor> descriptors;  ///< 0, 1, 2 are /dev/null unless named; every other descriptor is closed
        std::vector<Limit> limits;                  ///< soft and hard
        int nice = 0;                               ///< added to the parent's
        int parent_death_signal = SIGKILL;          ///< sent to the child when the *thread* that spawned it ends; 0 = none
        bool own_session = true;                    ///< setsid: a Ctrl-C on the terminal reaches the parent alone
    };

    /// Starts the program; costs about a millisecond whatever the parent's size (vfork).
    /// Errors: Error{unavailable} where the program cannot be started; the message names the program and the reason.
    [[nodiscard]] static ChildProcess spawn(const Params& params);

    ChildProcess(ChildProcess&& other) noexcept;
    ChildProcess& operator=(ChildProcess&& other) noexcept;
    /// Kills (SIGKILL) and reaps what still runs; a process that was waited for costs nothing.
    ~ChildProcess();

    [[nodiscard]] pid_t pid() const noexcept { return pid_; }
    /// Sends a signal; does nothing once the process has been reaped, so it never reaches a stranger with the same number.
    void kill(int signal) noexcept;
    /// Waits for the end: the exit status as of waitpid (see describe_exit). Cancelling leaves the process running.
    /// The ChildProcess outlives the wait and is not moved during it.
    Task<int> wait();
    /// The exit status if the process has ended by now, else -1. Never waits.
    int try_wait() noexcept;

  private:
    ChildProcess(pid_t pid, FileDescriptor pidfd) noexcept;
    void kill_and_reap() noexcept;

    pid_t pid_ = -1;
    FileDescriptor pidfd_;
    bool reaped_ = false;
    int status_ = 0;
};

/// "ended with exit code 3", "was killed by signal 11 (Segmentation fault)".
[[nodiscard]] std::string describe_exit(int status);

}  // namespace docmind
