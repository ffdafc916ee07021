#include "sandbox.hpp"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace docmind {

namespace {

// Later than the headers this is built with: the kernel is asked which of them it knows.
constexpr std::uint64_t access_truncate = std::uint64_t{1} << 14;      // LANDLOCK_ACCESS_FS_TRUNCATE, ABI 3
constexpr std::uint64_t access_ioctl_device = std::uint64_t{1} << 15;  // LANDLOCK_ACCESS_FS_IOCTL_DEV, ABI 5
constexpr std::uint64_t access_network = 3;                            // LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP, ABI 4
constexpr std::uint64_t scope_sockets_and_signals = 3;                 // LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL, ABI 6
constexpr std::uint64_t accesses_of_first_version = (std::uint64_t{1} << 13) - 1;

struct Ruleset {  // landlock_ruleset_attr of ABI 6; older kernels take a shorter one
    std::uint64_t files = 0;
    std::uint64_t network = 0;
    std::uint64_t scoped = 0;
};

constexpr const char* readable_folders[] = {"/usr/share/poppler", "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
                                            "/var/cache/fontconfig"};

std::string refused(const char* call) {
    return std::string(call) + ": " + std::strerror(errno);
}

Measure forbid_privileges() {
    Measure measure{"no-new-privileges", true, "set-user-ID programs gain nothing"};
    const rlimit none{0, 0};
    ::setrlimit(RLIMIT_CORE, &none);
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return {measure.name, false, refused("prctl")};
    // Processes of the same user may not attach to this one.
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    return measure;
}

Measure leave_namespaces() {
    const char* name = "namespaces";
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS) != 0) return {name, false, refused("unshare")};
    return {name, true, "no network interface, no user of this machine"};
}

Measure drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
    if (::syscall(SYS_capset, &header, none) != 0) return {"capabilities", false, refused("capset")};
    return {"capabilities", true, "none"};
}

void allow_reading(int ruleset, const char* folder) {
    const int descriptor = ::open(folder, O_PATH | O_CLOEXEC);
    if (descriptor < 0) return;
    landlock_path_beneath_attr rule{};
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    rule.parent_fd = descriptor;
    ::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
    ::close(descriptor);
}

Measure hide_files(const std::vector<std::string>& more_folders) {
    const char* name = "files";
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1) return {name, false, refused("Landlock") + "; so no file can be opened"};
    Ruleset rules{.files = accesses_of_first_version};
    std::size_t size = sizeof rules.files;
    if (version >= 2) rules.files |= LANDLOCK_ACCESS_FS_REFER;
    if (version >= 3) rules.files |= access_truncate;
    if (version >= 4) {
        rules.network = access_network;
        size = offsetof(Ruleset, scoped);
    }
    if (version >= 5) rules.files |= access_ioctl_device;
    if (version >= 6) {
        rules.scoped = scope_sockets_and_signals;
        size = sizeof rules;
    }
    const int ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &rules, size, 0));
    if (ruleset < 0) return {name, false, refused("Landlock") + "; so no file can be opened"};
    for (const char* folder : readable_folders) allow_reading(ruleset, folder);
    for (const std::string& folder : more_folders) allow_reading(ruleset, folder.c_str());
    const bool restricted = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
    Measure measure =
        restricted ? Measure{name, true, "only fonts, PDF tables and language data, read-only (Landlock " + std::to_string(version) + ")"}
                   : Measure{name, false, refused("Landlock") + "; so no file can be opened"};
    ::close(ruleset);
    return measure;
}

}  // namespace

std::vector<Measure> confine_process(const std::vector<std::string>& more_folders) {
    std::vector<Measure> measures;
    measures.push_back(forbid_privileges());
    measures.push_back(leave_namespaces());
    measures.push_back(drop_capabilities());
    measures.push_back(hide_files(more_folders));
    return measures;
}

}  // namespace docmind
