#pragma once
// "What may this process still do?" After both halves: compute, use its open descriptors, and read fonts, poppler's tables and what
// it was given.
// Each measure stands alone, and what the system refuses is reported, not fatal: the others still hold.

#include <string>
#include <vector>

namespace docmind {

struct Measure {
    std::string name;
    bool active = false;
    std::string detail;  ///< what it does, or why it is not there
};

/// First half, while there is one thread: no new privileges, no core dumps, namespaces without network, no capabilities, and of the file
/// system only fonts, poppler's tables and `readable_folders`, read-only (Landlock).
std::vector<Measure> confine_process(const std::vector<std::string>& readable_folders = {});

/// Second half, for all threads: system calls by an allow-list (seccomp). Threads, processes, sockets, signals to others and files
/// opened for writing are refused (EPERM); without Landlock no file is opened at all.
Measure filter_system_calls(bool allow_opening_files);

}  // namespace docmind
