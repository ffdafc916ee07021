#include "ingestion/watched_folder.hpp"

#include <spdlog/spdlog.h>
#include <docmind/error.hpp>

#include <string_view>
#include <utility>
#include <vector>

#include "async/deadline.hpp"
#include "async/offload.hpp"

namespace docmind {
namespace {

/// Failures that say nothing about the file.
bool passes(errc code) {
    switch (code) {
        case errc::overloaded:
        case errc::timeout:
        case errc::unavailable:
        case errc::conflict:
        case errc::storage:
        case errc::storage_full: return true;
        default: return false;
    }
}

}  // namespace

WatchedFolder::WatchedFolder(Params params, std::filesystem::path root, WatchTarget& target, Pool& files, Executor executor)
    : params_(std::move(params)),
      root_(std::move(root)),
      target_(target),
      files_pool_(files),
      scope_(std::move(executor), [](std::exception_ptr error) {
          try {
              std::rethrow_exception(std::move(error));
          } catch (const std::exception& e) {
              spdlog::error("a folder watch ended: {}", e.what());
          }
      }) {
    if (!root_.is_absolute()) throw Error(errc::invalid_argument, "The folder to watch needs its whole path, not " + root_.string() + ".");
    if (params_.files_at_once == 0) throw Error(errc::invalid_argument, "A watched folder needs at least one file at once.");
}

void WatchedFolder::start() {
    scope_.spawn(follow());
    for (std::size_t i = 0; i < params_.files_at_once; ++i) scope_.spawn(work());
}

Task<> WatchedFolder::astop() {
    stopping_ = true;
    co_await scope_.close(std::chrono::seconds(0));
}

WatchedFolder::Status WatchedFolder::status() const {
    Status status = counters_;
    if (watch_) status.folder = watch_->status();
    status.waiting = queue_.size();
    return status;
}

Task<> WatchedFolder::follow() {
    constexpr int changes_a_turn = 64;  // many may be ready at once: others have their turn between them
    for (int taken = 1;; ++taken) {
        std::string failure;
        try {
            if (!watch_) co_await load();
            FolderChange change = co_await watch_->next();
            co_await take(std::move(change));
            if (taken % changes_a_turn == 0) co_await yield_now();
            continue;
        } catch (const std::exception& error) {
            if (is_cancelled(std::current_exception())) throw;
            failure = error.what();
        }
        spdlog::warn("watching {} goes on in {} s: {}", root_.string(), params_.retry.count() / 1000, failure);
        co_await sleep_for(params_.retry);
    }
}

Task<> WatchedFolder::load() {
    std::vector<WatchedFile> remembered = co_await target_.alist(root_.string());
    auto index = [files = std::move(remembered)](std::stop_token) mutable {
        auto held = std::make_unique<WatchedFiles>(std::move(files));
        std::vector<KnownFile> known = held->known();
        return std::make_pair(std::move(held), std::move(known));
    };
    auto [held, known] = co_await offload(files_pool_, Priority::background, std::move(index));
    files_ = std::move(held);
    watch_ = std::make_unique<FolderWatch>(params_.watch, root_, std::move(known), files_pool_);
}

Task<> WatchedFolder::take(FolderChange change) {
    if (change.kind == FolderChange::Kind::moved) {
        const bool done = co_await move(change);
        if (done) co_return;
        queue({.path = change.from, .mark = {}});
    }
    if (change.kind == FolderChange::Kind::removed) {
        queue({.path = change.path, .mark = {}});
    } else {
        queue({.path = change.path, .mark = change.mark});
    }
}

void WatchedFolder::queue(const WatchJob& job) {
    again_.erase(job.path);
    if (job.mark) {
        queue_.put(job.path, *job.mark);
    } else {
        const WatchedFile* file = files_->find(job.path);
        queue_.remove(job.path, file ? file->size : 0);
    }
    queue_changed_.set();
}

// The document stays the same. False: the file has to be put and removed like any other.
Task<bool> WatchedFolder::move(FolderChange change) {
    const WatchedFile* found = files_->find(change.from);
    const bool current = found && found->size == change.mark.size && found->mtime_ns == change.mark.mtime_ns;
    if (!current || again_.contains(change.from) || !queue_.is_idle(change.from) || !queue_.is_idle(change.path)) co_return false;
    const WatchedFile source = *found;
    const WatchedFile* there = files_->find(change.path);
    const std::optional<WatchedFile> overwritten = there ? std::optional(*there) : std::nullopt;
    const std::string old = overwritten ? overwritten->document_id : "";
    WatchedFile file = source;
    file.path = change.path;
    again_.erase(change.path);
    files_->hold(file);
    try {
        co_await target_.aremember(file);
        co_await target_.aforget(root_.string(), change.from);
        files_->drop(change.from);
        if (!file.document_id.empty() && files_->count(file.document_id) == 1) {
            co_await target_.arename(file.document_id, change.path);
        }
        if (!old.empty() && old != file.document_id) co_await release(old);
    } catch (const std::exception& error) {
        if (is_cancelled(std::current_exception())) throw;
        restore(change.path, overwritten);
        restore(change.from, source);
        spdlog::warn("{}: moved, but not noted: {}", change.path, error.what());
        co_return false;
    }
    ++counters_.moved;
    co_return true;
}

Task<> WatchedFolder::work() {
    for (;;) {
        std::optional<WatchJob> job = queue_.take();
        if (!job) {
            queue_changed_.reset();
            co_await queue_changed_.wait();
            continue;
        }
        co_await run(*job);
        queue_.done(*job);
        queue_changed_.set();
    }
}

Task<> WatchedFolder::run(WatchJob job) {
    std::string failure;
    bool again = false;
    bool gone = false;
    try {
        if (job.mark) {
            co_await put(job.path, *job.mark);
        } else {
            co_await remove(job.path);
        }
        co_return;
    } catch (const Error& error) {
        failure = error.what();
        gone = job.mark && error.code() == errc::not_found;
        again = !job.mark || passes(error.code());
    } catch (const std::exception& error) {
        if (is_cancelled(std::current_exception())) throw;
        failure = error.what();
    }
    if (gone) co_return;  // the watch says so too
    ++counters_.failed;
    spdlog::warn("{}: {}", job.path, failure);
    if (again) {
        queue_again(job);
    } else if (job.mark) {
        co_await remember_failure(job.path, *job.mark);
    }
}

Task<> WatchedFolder::remember_failure(std::string path, FileMark mark) {
    const WatchedFile* known = files_->find(path);
    const std::string document_id = known ? known->document_id : "";
    WatchedFile file{.root = root_.string(), .path = path, .size = mark.size, .mtime_ns = mark.mtime_ns, .document_id = document_id};
    files_->hold(file);
    try {
        co_await target_.aremember(std::move(file));
    } catch (const std::exception& error) {
        if (is_cancelled(std::current_exception())) throw;
        spdlog::warn("{}: its failure could not be noted: {}", path, error.what());
    }
}

Task<> WatchedFolder::put(std::string path, FileMark mark) {
    const WatchedFile* known = files_->find(path);
    const std::optional<WatchedFile> before = known ? std::optional(*known) : std::nullopt;
    const std::string old = before ? before->document_id : "";
    std::optional<std::string> previous;
    if (!old.empty() && files_->count(old) == 1) previous = old;
    const std::string id = co_await put_for_good(path, previous);
    WatchedFile file{.root = root_.string(), .path = path, .size = mark.size, .mtime_ns = mark.mtime_ns, .document_id = id};
    files_->hold(file);
    try {
        // It had other paths when the put began; they may have gone since.
        if (!old.empty() && !previous && old != id) co_await release(old);
        co_await target_.aremember(std::move(file));
    } catch (...) {
        restore(path, before);
        throw;
    }
    ++counters_.put;
}

// Puts the file until its document is one that nobody was removing meanwhile.
Task<std::string> WatchedFolder::put_for_good(std::string path, std::optional<std::string> previous) {
    Removals::Put put(removals_);
    for (;;) {
        std::string id;
        {
            const Removals::Removal replaced(removals_, previous);
            id = co_await target_.aput(path, previous);
        }
        if (id == previous || !put.may_be_gone(id)) co_return id;
        co_await put.begin_anew(id);
        previous.reset();
    }
}

Task<> WatchedFolder::remove(std::string path) {
    const WatchedFile* found = files_->find(path);
    if (!found) co_return;
    const WatchedFile file = *found;
    files_->drop(path);
    try {
        if (!file.document_id.empty()) co_await release(file.document_id);
        co_await target_.aforget(root_.string(), path);
    } catch (...) {
        restore(path, file);
        throw;
    }
    ++counters_.removed;
}

void WatchedFolder::restore(const std::string& path, const std::optional<WatchedFile>& before) {
    if (before) {
        files_->hold(*before);
    } else {
        files_->drop(path);
    }
}

// A path has let the document go: it is removed, or follows a path that is left.
Task<> WatchedFolder::release(std::string document_id) {
    const std::optional<std::string> left = files_->path_of(document_id);
    if (!left) {
        co_await remove_document(document_id);
        co_return;
    }
    co_await target_.arename(document_id, *left);
}

Task<> WatchedFolder::remove_document(std::string document_id) {
    const Removals::Removal removal(removals_, document_id);
    co_await target_.aremove(document_id);
}

void WatchedFolder::queue_again(const WatchJob& job) {
    if (stopping_ || queue_.waits(job.path)) return;  // something newer is to be done
    again_[job.path] = job.mark;
    if (std::exchange(trying_again_, true)) return;
    scope_.spawn(try_again());
}

Task<> WatchedFolder::try_again() {
    co_await sleep_for(params_.retry);
    trying_again_ = false;
    const auto jobs = std::exchange(again_, {});
    for (const auto& [path, mark] : jobs) queue({.path = path, .mark = mark});
}

}  // namespace docmind
