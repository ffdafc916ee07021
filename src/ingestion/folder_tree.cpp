#include "ingestion/folder_tree.hpp"

#include <spdlog/spdlog.h>
#include <sys/inotify.h>
#include <docmind/error.hpp>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <utility>

#include "async/waiter.hpp"

namespace docmind {
namespace {

std::string join(const std::string& folder, const std::string& name) {
    return folder.empty() ? name : folder + "/" + name;
}

void end_if_stopped(const std::stop_token& stop) {
    if (stop.stop_requested()) throw_cancelled();
}

/// Calls `fn(entry)` for the folder's own entry in a sorted map and for all below it. `fn` must not change the map.
template <class Map, class Fn>
void for_each_below(const Map& map, const std::string& folder, Fn fn) {
    if (const auto own = map.find(folder); own != map.end()) fn(*own);
    const std::string prefix = folder.empty() ? "" : folder + "/";
    for (auto at = map.lower_bound(prefix); at != map.end() && at->first.starts_with(prefix); ++at) {
        if (at->first != folder) fn(*at);
    }
}

bool is_young(const FileMark& mark, std::chrono::milliseconds settle) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto age = now - std::chrono::nanoseconds(mark.mtime_ns);
    return age < settle && age > -settle;
}

}  // namespace

std::string_view to_string(FolderStatus::State state) noexcept {
    switch (state) {
        case FolderStatus::State::starting: return "starting";
        case FolderStatus::State::following: return "following";
        case FolderStatus::State::rescanning: return "rescanning";
        case FolderStatus::State::away: return "away";
    }
    return "away";
}

FolderTree::FolderTree(Params params, std::string root, std::vector<KnownFile> known)
    : params_(std::move(params)), root_(std::move(root)), remembered_(std::move(known)) {}

std::string FolderTree::absolute(const std::string& path) const {
    if (path.empty()) return root_;
    return root_.ends_with('/') ? root_ + path : root_ + "/" + path;
}

std::optional<FolderChange> FolderTree::pop() {
    if (changes_.empty()) return std::nullopt;
    FolderChange change = std::move(changes_.front());
    changes_.pop_front();
    return change;
}

FolderStatus FolderTree::status() const {
    FolderStatus status = status_;
    status.files = known_.size();
    status.folders = watch_of_.size();
    return status;
}

void FolderTree::turn(const std::stop_token& stop, TimePoint now) {
    const std::size_t below = absolute("x").size() - 1;
    for (const KnownFile& file : remembered_) {
        if (file.path.size() <= below || !file.path.starts_with(root_)) continue;
        known_[file.path.substr(below)].mark = {.size = file.size, .mtime_ns = file.mtime_ns};
    }
    remembered_.clear();

    take_events(now);
    if (pending_.size() > params_.max_pending) next_compare_ = now;
    if (now >= next_compare_) compare_all(stop, now);
    if (now >= next_unclear_) {
        for (const auto& [folder, unmounted] : unclear_) fresh_.insert(folder);
    }
    look_into_fresh(stop, now);
    look_at_due(stop, now);

    if (unclear_.empty()) {
        next_unclear_ = TimePoint::max();
    } else if (next_unclear_ == TimePoint::max() || now >= next_unclear_) {
        next_unclear_ = now + params_.away;
    }
    due_ = std::min(next_compare_, next_unclear_);
    if (!by_due_.empty()) due_ = std::min(due_, by_due_.begin()->first);
    if (more_events_ || !fresh_.empty()) due_ = now;
}

// What the kernel says.

void FolderTree::take_events(TimePoint now) {
    more_events_ = false;
    if (!inotify_) return;
    constexpr int reads_a_turn = 64;
    for (int i = 0; i < reads_a_turn; ++i) {
        const std::vector<Inotify::Event> events = inotify_->read();
        if (events.empty()) return;
        for (const Inotify::Event& event : events) take(event, now);
    }
    more_events_ = true;
}

void FolderTree::take(const Inotify::Event& event, TimePoint now) {
    if ((event.mask & IN_Q_OVERFLOW) != 0) {
        spdlog::info("more happened in {} than the system could tell: all of it is compared", root_);
        next_compare_ = std::min(next_compare_, now + params_.settle);
        return;
    }
    const auto found = folder_of_.find(event.watch);
    if (found == folder_of_.end()) return;
    const std::string folder = found->second;
    if (event.name.empty()) {
        constexpr std::uint32_t lost = IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED;
        if (folder.empty() && (event.mask & lost) != 0) next_compare_ = now;
        if (!folder.empty() && (event.mask & IN_UNMOUNT) != 0) unclear_[folder] = true;
        if ((event.mask & IN_IGNORED) != 0) {
            folder_of_.erase(event.watch);
            if (const auto own = watch_of_.find(folder); own != watch_of_.end() && own->second == event.watch) watch_of_.erase(own);
        }
        return;
    }
    if (!is_persons_file(event.name)) return;
    const std::string path = join(folder, event.name);
    if ((event.mask & IN_ISDIR) != 0) {
        take_folder(path, event.mask, now);
        return;
    }
    if (params_.wanted && !params_.wanted(event.name)) return;
    if ((event.mask & (IN_DELETE | IN_MOVED_FROM)) != 0) {
        touch(path, Touch::gone, now);
    } else if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0) {
        touch(path, Touch::closed, now);
    } else if ((event.mask & IN_ATTRIB) == 0 || !pending_.contains(path)) {
        touch(path, Touch::open, now);
    }
}

void FolderTree::take_folder(const std::string& path, std::uint32_t mask, TimePoint now) {
    if ((mask & (IN_DELETE | IN_MOVED_FROM)) != 0) forget_folder(path, now);
    if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0 || ((mask & IN_ATTRIB) != 0 && unclear_.contains(path))) fresh_.insert(path);
}

void FolderTree::touch(const std::string& path, Touch how, TimePoint now) {
    TimePoint due = now + (how == Touch::closed ? params_.closed : params_.settle);
    if (how != Touch::gone) {
        const auto known = known_.find(path);
        if (known != known_.end() && known->second.reported != TimePoint::min()) {
            due = std::max(due, known->second.reported + params_.repeat);
        }
    }
    set_due(path, due);
    pending_[path].open = how == Touch::open;
}

void FolderTree::set_due(const std::string& path, TimePoint due) {
    Pending& pending = pending_[path];
    by_due_.erase({pending.due, path});
    pending.due = due;
    by_due_.emplace(due, path);
}

void FolderTree::untouch(const std::string& path) {
    const auto found = pending_.find(path);
    if (found == pending_.end()) return;
    by_due_.erase({found->second.due, path});
    pending_.erase(found);
}

void FolderTree::forget_folder(const std::string& path, TimePoint now) {
    std::vector<std::pair<std::string, int>> watches;
    for_each_below(watch_of_, path, [&](const auto& entry) { watches.emplace_back(entry); });
    for (const auto& [folder, number] : watches) {
        if (inotify_) inotify_->remove(number);
        folder_of_.erase(number);
        watch_of_.erase(folder);
        unclear_.erase(folder);
    }
    for_each_below(known_, path, [&](const auto& entry) { touch(entry.first, Touch::gone, now); });
}

// Looking.

void FolderTree::compare_all(const std::stop_token& stop, TimePoint now) {
    next_compare_ = now;  // until it has been done
    pending_.clear();
    by_due_.clear();
    fresh_.clear();
    folder_of_.clear();
    watch_of_.clear();
    inotify_.reset();
    identity_ = identify_folder(root_);
    if (identity_ == FolderIdentity{}) return stay_away("is not there", now);
    if (cannot_follow_.empty()) {
        try {
            inotify_.emplace();
        } catch (const Error& error) {
            rescan_instead(error.what());
        }
    }
    const Walk walked = walk("", stop);
    if (identify_folder(root_) != identity_) return;
    if (unclear_.contains("")) return stay_away("cannot be read", now);
    const bool empty = walked.files.empty() && walked.unclear.empty() && !walked.unclear_folders;
    if (empty && known_.size() > 1) return stay_away("is empty", now);

    std::vector<Found> found;
    if (walked.complete) {
        for (const auto& [path, known] : known_) {
            if (!keeps(walked, path)) found.push_back({.path = path, .seen = {}});
        }
    }
    for (const auto& [path, mark] : walked.files) consider(path, mark, now, found);
    report(found, now);

    if (status_.state == FolderStatus::State::away) spdlog::info("the folder {} is back", root_);
    status_.state = inotify_ ? FolderStatus::State::following : FolderStatus::State::rescanning;
    status_.message = cannot_follow_;
    next_compare_ = !inotify_ || is_on_network(root_) ? now + params_.rescan : TimePoint::max();
}

void FolderTree::look_into_fresh(const std::stop_token& stop, TimePoint now) {
    while (!fresh_.empty()) {
        const std::string folder = *fresh_.begin();
        const Walk walked = walk(folder, stop);
        for_each_below(known_, folder, [&](const auto& entry) {
            if (walked.complete && !keeps(walked, entry.first)) touch(entry.first, Touch::gone, now);
        });
        std::vector<Found> found;
        for (const auto& [path, mark] : walked.files) consider(path, mark, now, found);
        report(found, now);
        fresh_.erase(folder);
    }
}

void FolderTree::look_at_due(const std::stop_token& stop, TimePoint now) {
    std::vector<Found> found;
    std::vector<std::string> looked_at;
    bool any_absent = false;
    for (auto at = by_due_.begin(); at != by_due_.end() && at->first <= now; ++at) {
        end_if_stopped(stop);
        const std::string& path = at->second;
        looked_at.push_back(path);
        SeenFile seen = look_at(absolute(path));
        if (seen.sight == Sight::absent && lies_in_unclear_folder(path)) seen.sight = Sight::unclear;
        any_absent = any_absent || seen.sight == Sight::absent;
        found.push_back({.path = path, .seen = seen});
    }
    // A disk that has just gone away takes its files with it, but nobody removed them.
    if (any_absent && identify_folder(root_) != identity_) {
        next_compare_ = now;
        return;
    }
    std::vector<Found> settled;
    for (std::size_t i = 0; i < found.size(); ++i) {
        Pending& pending = pending_.at(looked_at[i]);
        const FileMark& mark = found[i].seen.mark;
        const bool file = found[i].seen.sight == Sight::file;
        const bool unchanged = pending.seen && pending.seen->same_version(mark);
        if (file && pending.open && !unchanged && is_young(mark, params_.settle)) {
            pending.seen = mark;
            set_due(looked_at[i], now + params_.settle);
            continue;
        }
        settled.push_back(std::move(found[i]));
        untouch(looked_at[i]);
    }
    report(settled, now);
}

FolderTree::Walk FolderTree::walk(const std::string& top, const std::stop_token& stop) {
    Walk walked;
    std::vector<std::string> folders{top};
    while (!folders.empty()) {
        end_if_stopped(stop);
        const std::string folder = std::move(folders.back());
        folders.pop_back();
        watch(folder);  // before it is read: what comes in between is seen twice, not never
        FolderListing listing = list_folder(absolute(folder), folder.empty());
        const auto was_unclear = unclear_.find(folder);
        const bool unmounted = was_unclear != unclear_.end() && was_unclear->second;
        if (listing.sight == Sight::unclear || (unmounted && listing.empty)) {
            if (was_unclear == unclear_.end()) spdlog::warn("the folder {} cannot be read", absolute(folder));
            unclear_.emplace(folder, false);
            walked.unclear_folders = true;
            continue;
        }
        unclear_.erase(folder);
        for (const std::string& name : listing.files) {
            if (params_.wanted && !params_.wanted(name)) continue;
            std::string path = join(folder, name);
            const SeenFile seen = look_at(absolute(path));
            if (seen.sight == Sight::unclear) walked.unclear.insert(path);
            if (seen.sight == Sight::file) walked.files.emplace(std::move(path), seen.mark);
        }
        if (walked.files.size() > params_.max_files) {
            walked.complete = false;
            break;
        }
        for (const std::string& name : listing.folders) folders.push_back(join(folder, name));
    }
    return walked;
}

void FolderTree::watch(const std::string& folder) {
    if (!inotify_) return;
    if (watch_of_.size() >= params_.max_folders) {
        return rescan_instead("it has more than " + std::to_string(params_.max_folders) + " folders (watch.max_folders)");
    }
    const int number = inotify_->add(absolute(folder), folder.empty());
    if (number == -ENOSPC) return rescan_instead(Inotify::explain_limit());
    if (number < 0) return;  // gone or unreadable: reading it says which
    // A folder that was moved keeps its number.
    if (const auto before = folder_of_.find(number); before != folder_of_.end()) watch_of_.erase(before->second);
    if (const auto before = watch_of_.find(folder); before != watch_of_.end() && before->second != number) {
        inotify_->remove(before->second);
        folder_of_.erase(before->second);
    }
    folder_of_[number] = folder;
    watch_of_[folder] = number;
}

bool FolderTree::keeps(const Walk& walked, const std::string& path) const {
    return walked.files.contains(path) || walked.unclear.contains(path) || lies_in_unclear_folder(path);
}

bool FolderTree::lies_in_unclear_folder(const std::string& path) const {
    if (unclear_.empty()) return false;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
        if (unclear_.contains(path.substr(0, slash))) return true;
    }
    return unclear_.contains("");
}

// Reporting.

void FolderTree::consider(const std::string& path, const FileMark& mark, TimePoint now, std::vector<Found>& found) {
    const auto known = known_.find(path);
    if (known != known_.end() && known->second.mark.same_version(mark)) {
        known->second.mark = mark;
    } else if (is_young(mark, params_.settle)) {
        if (pending_.contains(path)) return;
        touch(path, Touch::open, now);
        pending_[path].seen = mark;
    } else {
        found.push_back({.path = path, .seen = {.sight = Sight::file, .mark = mark}});
    }
}

void FolderTree::report(const std::vector<Found>& found, TimePoint now) {
    // Names that have, or may have, lost their file, by its inode: it may be there under another name.
    std::multimap<std::uint64_t, std::string> gone;
    const auto add_gone = [&](const std::string& path) {
        if (const auto known = known_.find(path); known != known_.end()) gone.emplace(known->second.mark.inode, path);
    };
    const bool any_file = std::ranges::any_of(found, [](const Found& f) { return f.seen.sight == Sight::file; });
    if (any_file) {
        for (const Found& f : found) {
            if (f.seen.sight == Sight::absent) add_gone(f.path);
        }
        for (const auto& [path, pending] : pending_) {
            if (!pending.open) add_gone(path);
        }
    }
    for (const Found& f : found) {
        if (f.seen.sight != Sight::file) continue;
        untouch(f.path);
        const auto known = known_.find(f.path);
        if (known != known_.end() && known->second.mark.same_version(f.seen.mark)) {
            known->second.mark = f.seen.mark;
            continue;
        }
        if (const auto from = moved_from(f, gone)) {
            known_.erase(*from);
            untouch(*from);
            known_[f.path].mark = f.seen.mark;
            changes_.push_back({FolderChange::Kind::moved, absolute(f.path), absolute(*from), f.seen.mark});
            continue;
        }
        if (known == known_.end() && known_.size() >= params_.max_files) {
            if (!std::exchange(warned_of_files_, true)) {
                spdlog::warn("{} has more than {} files (watch.max_files): the further ones are left out", root_, params_.max_files);
            }
            continue;
        }
        known_[f.path] = {.mark = f.seen.mark, .reported = now};
        changes_.push_back({FolderChange::Kind::changed, absolute(f.path), "", f.seen.mark});
    }
    for (const Found& f : found) {
        if (f.seen.sight == Sight::absent && known_.erase(f.path) > 0) {
            changes_.push_back({FolderChange::Kind::removed, absolute(f.path), "", {}});
        }
    }
}

std::optional<std::string> FolderTree::moved_from(const Found& found, const std::multimap<std::uint64_t, std::string>& gone) const {
    const auto [first, last] = gone.equal_range(found.seen.mark.inode);
    for (auto at = first; at != last; ++at) {
        const auto known = known_.find(at->second);
        if (known == known_.end() || at->second == found.path || !known->second.mark.same_file(found.seen.mark)) continue;
        if (look_at(absolute(at->second)).sight == Sight::absent) return at->second;
    }
    return std::nullopt;
}

// Where it cannot go on as usual.

void FolderTree::stay_away(const std::string& why, TimePoint now) {
    inotify_.reset();
    folder_of_.clear();
    watch_of_.clear();
    pending_.clear();
    by_due_.clear();
    unclear_.clear();
    next_compare_ = now + params_.away;
    std::string message =
        root_ + " " + why + ", but " + std::to_string(known_.size()) +
        " files were known there. Their documents are kept until it is back; if its files are gone for good, put one file "
        "into the folder or stop watching it.";
    if (status_.state != FolderStatus::State::away) spdlog::warn("{}", message);
    status_.state = FolderStatus::State::away;
    status_.message = std::move(message);
}

void FolderTree::rescan_instead(const std::string& why) {
    inotify_.reset();
    folder_of_.clear();
    watch_of_.clear();
    cannot_follow_ =
        "Changes in " + root_ + " are looked for every " + std::to_string(params_.rescan.count() / 1000) + " s, not at once: " + why + ".";
    spdlog::warn("{}", cannot_follow_);
}

}  // namespace docmind
