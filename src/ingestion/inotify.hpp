#pragma once
// The kernel's word on what happens in folders. Blocking calls, one thread at a time.

#include <cstdint>
#include <string>
#include <vector>

#include "async/child_process.hpp"

namespace docmind {

class Inotify {
  public:
    struct Event {
        int watch = -1;
        std::uint32_t mask = 0;  ///< IN_*
        std::string name;        ///< of the entry in the watched folder; empty: the folder itself
    };

    /// Errors: overloaded; the message names the system's limit and where to raise it.
    Inotify();

    /// Watches one folder, not those in it: the number its events carry (the same again for a folder that is watched already), or -errno.
    [[nodiscard]] int add(const std::string& folder, bool follow);
    void remove(int watch);
    /// What has happened, up to some thousand events; empty when nothing has.
    [[nodiscard]] std::vector<Event> read();
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

    /// What to tell a person when add() gives -ENOSPC.
    [[nodiscard]] static std::string explain_limit();

  private:
    FileDescriptor descriptor_;
};

}  // namespace docmind
