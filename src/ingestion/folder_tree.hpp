#pragma once
// "What is different from what I knew?" The files below one folder as they were last reported, and what the kernel says has happened since.
//
// An event only makes a path worth a look; what is reported is what the look shows. So events may come in any order, twice, or be lost
// (then everything is looked at again), and the reports are right all the same. Blocking, one thread at a time: FolderWatch calls it on a
// pool.

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "ingestion/folder_scan.hpp"
#include "ingestion/inotify.hpp"

namespace docmind {

struct FolderChange {
    enum class Kind {
        changed,  ///< a new file, or a new version of one
        removed,
        moved,  ///< from `from`, with the same bytes; what was at `path` before is overwritten
    };
    Kind kind = Kind::changed;
    std::string path;  ///< absolute
    std::string from;  ///< absolute; only of `moved`
    FileMark mark;     ///< not of `removed`
};

struct FolderStatus {
    enum class State {
        starting,    ///< the first comparison is not done yet
        following,   ///< the kernel tells what happens
        rescanning,  ///< the kernel cannot tell everything: looked at every Params::rescan
        away,        ///< the folder is missing or suspiciously empty: nothing is reported until it is back
    };
    State state = State::starting;
    std::string message;      ///< for a person: why it is `rescanning` or `away`
    std::size_t files = 0;    ///< known
    std::size_t folders = 0;  ///< watched by the kernel
};

/// starting, following, rescanning, away
[[nodiscard]] std::string_view to_string(FolderStatus::State state) noexcept;

struct KnownFile {
    std::string path;  ///< absolute
    std::uint64_t size = 0;
    std::int64_t mtime_ns = 0;
};

class FolderTree {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    struct Params {
        std::chrono::milliseconds settle{2000};    ///< a file that may still be written to, and one that is gone, is waited for so long
        std::chrono::milliseconds closed{200};     ///< a file that its writer has closed
        std::chrono::milliseconds repeat{10'000};  ///< the versions of one file are reported no faster
        std::chrono::milliseconds rescan{60'000};  ///< where the kernel cannot tell: the time between two comparisons
        std::chrono::milliseconds away{10'000};    ///< how often a missing folder is looked for
        std::size_t max_files = 200'000;           ///< known below the folder; further ones are left out
        std::size_t max_folders = 100'000;         ///< watched by the kernel; a larger tree is rescanned
        std::size_t max_pending = 100'000;         ///< paths that wait to be looked at; more, and everything is compared again
        std::function<bool(std::string_view name)> wanted;  ///< which names count besides is_persons_file; any thread; empty: all
    };

    /// `known`: what was reported in an earlier life. The first turn compares.
    FolderTree(Params params, std::string root, std::vector<KnownFile> known);

    /// Reads what the kernel has said, looks at what is due at `now`, and keeps the changes for pop(). After an exception (overloaded,
    /// stop) the next turn goes on where this one ended; nothing is lost.
    void turn(const std::stop_token& stop, TimePoint now);
    [[nodiscard]] std::optional<FolderChange> pop();
    /// When the next turn is due even if the kernel stays silent; TimePoint::max(): never.
    [[nodiscard]] TimePoint due() const { return due_; }
    /// Readable when the kernel has something to say; -1 while nothing is watched.
    [[nodiscard]] int descriptor() const { return inotify_ ? inotify_->descriptor() : -1; }
    [[nodiscard]] FolderStatus status() const;

  private:
    enum class Touch { open, closed, gone };
    struct Known {
        FileMark mark;
        TimePoint reported = TimePoint::min();
    };
    struct Pending {
        TimePoint due;
        bool open = false;             // somebody may still be writing
        std::optional<FileMark> seen;  // when it was looked at and found too young
    };
    struct Found {
        std::string path;
        SeenFile seen;
    };
    struct Walk {
        std::unordered_map<std::string, FileMark> files;
        std::unordered_set<std::string> unclear;
        bool unclear_folders = false;
        bool complete = true;  // false: max_files was passed
    };

    void take_events(TimePoint now);
    void take(const Inotify::Event& event, TimePoint now);
    void take_folder(const std::string& path, std::uint32_t mask, TimePoint now);
    void touch(const std::string& path, Touch how, TimePoint now);
    void set_due(const std::string& path, TimePoint due);
    void untouch(const std::string& path);
    void forget_folder(const std::string& path, TimePoint now);

    void compare_all(const std::stop_token& stop, TimePoint now);
    void look_into_fresh(const std::stop_token& stop, TimePoint now);
    void look_at_due(const std::stop_token& stop, TimePoint now);
    Walk walk(const std::string& top, const std::stop_token& stop);
    void watch(const std::string& folder);
    void consider(const std::string& path, const FileMark& mark, TimePoint now, std::vector<Found>& found);
    void report(const std::vector<Found>& found, TimePoint now);
    std::optional<std::string> moved_from(const Found& found, const std::multimap<std::uint64_t, std::string>& gone) const;
    [[nodiscard]] bool keeps(const Walk& walked, const std::string& path) const;
    [[nodiscard]] bool lies_in_unclear_folder(const std::string& path) const;

    void stay_away(const std::string& why, TimePoint now);
    void rescan_instead(const std::string& why);
    [[nodiscard]] std::string absolute(const std::string& path) const;

    const Params params_;
    const std::string root_;
    std::vector<KnownFile> remembered_;  // taken into known_ by the first turn
    // All paths below are relative to the root, which is "".
    std::map<std::string, Known> known_;
    std::unordered_map<std::string, Pending> pending_;
    std::set<std::pair<TimePoint, std::string>> by_due_;
    std::set<std::string> fresh_;          // folders to look into
    std::map<std::string, bool> unclear_;  // folders that could not be read; true: unmounted, unclear while empty
    std::optional<Inotify> inotify_;
    std::unordered_map<int, std::string> folder_of_;
    std::map<std::string, int> watch_of_;
    FolderIdentity identity_;
    TimePoint next_compare_ = TimePoint::min();
    TimePoint next_unclear_ = TimePoint::max();
    TimePoint due_ = TimePoint::min();
    bool more_events_ = false;
    bool warned_of_files_ = false;
    std::string cannot_follow_;  // why the kernel cannot tell; empty: it can
    std::deque<FolderChange> changes_;
    FolderStatus status_;
};

}  // namespace docmind
