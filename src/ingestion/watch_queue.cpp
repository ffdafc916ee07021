#include "ingestion/watch_queue.hpp"

#include <utility>

namespace docmind {

void WatchQueue::put(const std::string& path, const FileMark& mark) {
    ++puts_of_size_[mark.size];  // first: the put it replaces may be of the same size
    Wanted& wanted = replace(path);
    wanted.mark = mark;
    wanted.size = mark.size;
    line_up(path, wanted);
}

void WatchQueue::remove(const std::string& path, std::uint64_t size) {
    Wanted& wanted = replace(path);
    wanted.size = size;
    line_up(path, wanted);
}

WatchQueue::Wanted& WatchQueue::replace(const std::string& path) {
    if (const auto found = wanted_.find(path); found != wanted_.end()) {
        const Wanted old = found->second;
        wanted_.erase(found);
        puts_.erase(old.ticket);
        removes_.erase(old.ticket);
        if (const auto parked = parked_.find(old.size);
            parked != parked_.end() && parked->second.erase(path) > 0 && parked->second.empty()) {
            parked_.erase(parked);
        }
        if (old.mark) put_ended(old.size);
    }
    return wanted_[path];
}

void WatchQueue::line_up(const std::string& path, Wanted& wanted) {
    if (busy_.contains(path)) return;  // done() does
    if (!wanted.mark && puts_of_size_.contains(wanted.size)) {
        parked_[wanted.size].insert(path);
        return;
    }
    wanted.ticket = ++tickets_;
    (wanted.mark ? puts_ : removes_).emplace(wanted.ticket, path);
}

std::optional<WatchJob> WatchQueue::take() {
    auto& line = removes_.empty() ? puts_ : removes_;
    if (line.empty()) return std::nullopt;
    auto first = line.extract(line.begin());
    WatchJob job{.path = std::move(first.mapped()), .mark = {}};
    const auto wanted = wanted_.find(job.path);
    job.mark = wanted->second.mark;
    wanted_.erase(wanted);
    busy_.insert(job.path);
    return job;
}

void WatchQueue::done(const WatchJob& job) {
    busy_.erase(job.path);
    if (job.mark) put_ended(job.mark->size);
    if (const auto wanted = wanted_.find(job.path); wanted != wanted_.end() && wanted->second.ticket == 0)
        line_up(job.path, wanted->second);
}

void WatchQueue::put_ended(std::uint64_t size) {
    const auto count = puts_of_size_.find(size);
    if (--count->second > 0) return;
    puts_of_size_.erase(count);
    const auto parked = parked_.extract(size);
    if (parked.empty()) return;
    for (const std::string& path : parked.mapped()) line_up(path, wanted_.at(path));
}

}  // namespace docmind
