#pragma once
// "Which file is next?" What is to be done about the files of a watched folder: per file only the newest, one thing at a time. Knows no
// file system and no coroutine.
//
// A removal goes first, unless a file of the same size is still to be put: that may be the same file under another name, and putting it
// first keeps its document.

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "ingestion/folder_scan.hpp"

namespace docmind {

struct WatchJob {
    std::string path;
    std::optional<FileMark> mark;  ///< the version to put; empty: the file is gone
};

class WatchQueue {
  public:
    void put(const std::string& path, const FileMark& mark);
    /// `size`: of the version that is remembered.
    void remove(const std::string& path, std::uint64_t size);
    /// The next job; its path is busy until done(). Empty: nothing can be started now.
    [[nodiscard]] std::optional<WatchJob> take();
    void done(const WatchJob& job);

    /// True when nothing waits and nothing runs for this path.
    [[nodiscard]] bool is_idle(const std::string& path) const { return !wanted_.contains(path) && !busy_.contains(path); }
    [[nodiscard]] bool waits(const std::string& path) const { return wanted_.contains(path); }
    /// Files that wait or are worked on.
    [[nodiscard]] std::size_t size() const { return wanted_.size() + busy_.size(); }

  private:
    struct Wanted {
        std::optional<FileMark> mark;
        std::uint64_t size = 0;
        std::uint64_t ticket = 0;  // in puts_ or removes_; 0: its path is busy, or it is parked
    };

    Wanted& replace(const std::string& path);
    void line_up(const std::string& path, Wanted& wanted);
    void put_ended(std::uint64_t size);

    std::uint64_t tickets_ = 0;
    std::unordered_map<std::string, Wanted> wanted_;
    std::unordered_set<std::string> busy_;
    std::map<std::uint64_t, std::string> puts_, removes_;              // by ticket: in the order they came
    std::unordered_map<std::uint64_t, std::size_t> puts_of_size_;      // waiting or running
    std::unordered_map<std::uint64_t, std::set<std::string>> parked_;  // removals behind puts of that size
};

}  // namespace docmind
