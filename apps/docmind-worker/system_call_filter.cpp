#include "sandbox.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DOCMIND_SANITIZED 1
#endif
#endif

namespace docmind {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
#else
#error "The system call filter knows x86-64 and arm64."
#endif
constexpr std::uint32_t x32_bit = 0x40000000;

constexpr long allowed[] = {
    // bytes through descriptors that are open already
    SYS_read,
    SYS_write,
    SYS_readv,
    SYS_writev,
    SYS_pread64,
    SYS_lseek,
    SYS_close,
    SYS_fstat,
    SYS_recvmsg,
    SYS_getdents64,
    SYS_ppoll,
    // names of files: Landlock decides which can be opened
    SYS_newfstatat,
    SYS_statx,
    SYS_faccessat,
    SYS_readlinkat,
    // memory
    SYS_brk,
    SYS_munmap,
    SYS_mremap,
    SYS_madvise,
    // threads that are there already, signals to itself
    SYS_futex,
    SYS_set_robust_list,
    SYS_sched_yield,
    SYS_sched_getaffinity,
    SYS_rt_sigaction,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_sigaltstack,
    SYS_restart_syscall,
    SYS_exit,
    SYS_exit_group,
    // time, identity, randomness
    SYS_clock_gettime,
    SYS_clock_nanosleep,
    SYS_nanosleep,
    SYS_gettimeofday,
    SYS_getpid,
    SYS_gettid,
    SYS_getuid,
    SYS_geteuid,
    SYS_getgid,
    SYS_getegid,
    SYS_uname,
    SYS_getrandom,
#ifdef SYS_rseq
    SYS_rseq,
#endif
#ifdef DOCMIND_SANITIZED
    SYS_pipe2,  // how the sanitizers find out whether memory can be read
#endif
#ifdef SYS_open  // x86-64 has these, arm64 only their *at forms
#ifdef DOCMIND_SANITIZED
    SYS_pipe,
#endif
    SYS_stat,
    SYS_lstat,
    SYS_access,
    SYS_readlink,
    SYS_poll,
    SYS_time,
#endif
};

class Program {
  public:
    Program() {
        load(offsetof(seccomp_data, arch));
        put(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0);
        finish(SECCOMP_RET_KILL_PROCESS);
        load(offsetof(seccomp_data, nr));
        // The numbers of the x32 calls reach the same code by another name.
        unless(BPF_JGE, x32_bit, 1);
        finish(refusal);
    }

    void allow(long call) {
        unless(BPF_JEQ, static_cast<std::uint32_t>(call), 1);
        finish(SECCOMP_RET_ALLOW);
    }

    /// Allowed where none of the bits is set in the argument's lower half.
    void allow_without_bits(long call, unsigned argument, std::uint32_t bits) {
        unless(BPF_JEQ, static_cast<std::uint32_t>(call), 4);
        load_argument(argument, 0);
        put(BPF_JMP | BPF_JSET | BPF_K, bits, 1, 0);
        finish(SECCOMP_RET_ALLOW);
        finish(refusal);
    }

    /// Allowed where the argument's lower half is the value. Higher bits are of no meaning in the arguments this is used for.
    void allow_with_value(long call, unsigned argument, std::uint32_t value) {
        unless(BPF_JEQ, static_cast<std::uint32_t>(call), 4);
        load_argument(argument, 0);
        put(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1);
        finish(SECCOMP_RET_ALLOW);
        load(offsetof(seccomp_data, nr));
    }

    void allow_with_null(long call, unsigned argument) {
        unless(BPF_JEQ, static_cast<std::uint32_t>(call), 6);
        load_argument(argument, 0);
        put(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 3);
        load_argument(argument, 1);
        put(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1);
        finish(SECCOMP_RET_ALLOW);
        finish(refusal);
    }

    bool install() {
        finish(refusal);
        sock_fprog program{static_cast<unsigned short>(code_.size()), code_.data()};
        return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) == 0;
    }

  private:
    static constexpr std::uint32_t refusal = SECCOMP_RET_ERRNO | EPERM;

    void put(unsigned code, std::uint32_t k, unsigned jump_true = 0, unsigned jump_false = 0) {
        code_.push_back({static_cast<std::uint16_t>(code), static_cast<std::uint8_t>(jump_true), static_cast<std::uint8_t>(jump_false), k});
    }
    void load(std::size_t offset) { put(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset)); }
    void load_argument(unsigned argument, unsigned half) { load(offsetof(seccomp_data, args) + argument * 8 + half * 4); }
    void finish(std::uint32_t action) { put(BPF_RET | BPF_K, action); }
    /// Goes on with the next instruction where the comparison holds, else skips `count`.
    void unless(unsigned comparison, std::uint32_t value, unsigned count) { put(BPF_JMP | comparison | BPF_K, value, 0, count); }

    std::vector<sock_filter> code_;
};

}  // namespace

Measure filter_system_calls(bool allow_opening_files) {
    Program program;
    for (const long call : allowed) program.allow(call);
    constexpr std::uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC;
    if (allow_opening_files) {
        program.allow_without_bits(SYS_openat, 2, writing);
#ifdef SYS_open
        program.allow_without_bits(SYS_open, 1, writing);
#endif
    }
    program.allow_without_bits(SYS_mmap, 2, PROT_EXEC);
    program.allow_without_bits(SYS_mprotect, 2, PROT_EXEC);
    program.allow_with_null(SYS_prlimit64, 2);
    program.allow_with_value(SYS_tgkill, 0, static_cast<std::uint32_t>(::getpid()));
    // Not F_SETOWN: it would send signals to others.
    for (const int command : {F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC})
        program.allow_with_value(SYS_fcntl, 1, static_cast<std::uint32_t>(command));
    const char* name = "system calls";
    if (!program.install()) return {name, false, std::string("seccomp: ") + std::strerror(errno)};
    return {name, true, "no socket, no process, no signal, no writing to files (seccomp)"};
}

}  // namespace docmind
