#pragma once
// "What changed under this folder?" A pulled stream of changes of the files in a folder and all folders in it.
//
// The kernel wakes it (inotify); while nothing happens, nothing runs. All looking is done on a pool.

#include <docmind/task.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "async/pool.hpp"
#include "ingestion/folder_tree.hpp"

namespace docmind {

class FolderWatch {
  public:
    using Params = FolderTree::Params;

    /// `root` is absolute; it may be a link, links below it are never followed. `known` are the files of an earlier life: the first
    /// changes are what differs from them. `files` outlives the watch. Nothing runs until next().
    FolderWatch(Params params, std::filesystem::path root, std::vector<KnownFile> known, Pool& files);

    /// Waits for the next change; never ends by itself. Per path only the newest state is reported. May be called again after a
    /// cancellation or an error (overloaded): no change is lost. One caller at a time.
    Task<FolderChange> next();

    /// As of the last look.
    [[nodiscard]] const FolderStatus& status() const { return status_; }
    /// How often it looked: does not rise while nothing happens.
    [[nodiscard]] std::uint64_t turns() const { return turns_; }

  private:
    std::shared_ptr<FolderTree> tree_;  // touched by one thread at a time: next() waits for the pool's call
    Pool& files_;
    FolderStatus status_;
    std::uint64_t turns_ = 0;
};

}  // namespace docmind
