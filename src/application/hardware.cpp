#include "application/hardware.hpp"

#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>

namespace docmind {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t gib = std::uint64_t{1} << 30;

std::string first_line(const fs::path& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

/// Cores among the processors that this process may run on.
unsigned usable_cores(const fs::path& root) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        std::string siblings =
            first_line(root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology/thread_siblings_list");
        cores.insert(siblings.empty() ? std::to_string(cpu) : std::move(siblings));
    }
    return std::max(1U, static_cast<unsigned>(cores.size()));
}

/// "max 100000", or microseconds of a processor in each period.
unsigned within_quota(unsigned cores, const std::string& cpu_max) {
    std::uint64_t quota = 0, period = 0;
    if (std::sscanf(cpu_max.c_str(), "%lu %lu", &quota, &period) != 2 || period == 0) return cores;
    return std::clamp(static_cast<unsigned>(quota / period), 1U, cores);
}

std::uint64_t total_memory(const fs::path& root) {
    std::ifstream in(root / "proc/meminfo");
    std::string name;
    std::uint64_t kib = 0;
    return in >> name >> kib && name == "MemTotal:" ? kib * 1024 : 0;
}

}  // namespace

Hardware detect_hardware(const fs::path& root) {
    Hardware found{.cores = within_quota(usable_cores(root), first_line(root / "sys/fs/cgroup/cpu.max")), .memory = total_memory(root)};
    std::uint64_t limit = 0;
    if (std::ifstream(root / "sys/fs/cgroup/memory.max") >> limit && limit > 0) found.memory = std::min(found.memory, limit);
    return found;
}

ModelSize built_in_size(const Hardware& hardware) {
    const int window = hardware.memory < 3 * gib ? 2048 : hardware.memory < 24 * gib ? 4096 : 8192;
    return {.threads = hardware.cores,
            .slots = hardware.memory < 3 * gib ? 1 : std::clamp<std::size_t>(hardware.cores, 1, 4),
            .context_window = window};
}

}  // namespace docmind
