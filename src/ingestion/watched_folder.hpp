#pragma once
// "Keep the library in step with this folder." What appears there becomes a document, what changes is read again, what goes is removed.
//
// What is remembered of each file lies with the target, so a start reads only files that are new or different in size or time. A failure
// concerns one file: it is logged, and the watch goes on.

#include <docmind/task.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "async/event.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/folder_watch.hpp"
#include "ingestion/removals.hpp"
#include "ingestion/watch_queue.hpp"
#include "ingestion/watch_target.hpp"
#include "ingestion/watched_files.hpp"

namespace docmind {

class WatchedFolder {
  public:
    struct Params {
        FolderWatch::Params watch;
        std::size_t files_at_once = 4;            ///< put or removed at the same time; at least 1
        std::chrono::milliseconds retry{60'000};  ///< after a failure that is not the file's: storage full, overloaded
    };

    struct Status {
        FolderStatus folder;
        std::size_t waiting = 0;  ///< files that wait or are worked on
        std::uint64_t put = 0, moved = 0, removed = 0, failed = 0;
    };

    /// `root` is absolute. `target` and `files` (blocking looks at the folder) outlive it. Nothing runs until start().
    /// Errors: invalid_argument (root is not absolute, nothing at once).
    WatchedFolder(Params params, std::filesystem::path root, WatchTarget& target, Pool& files, Executor executor);

    /// Compares the folder with what is remembered, then follows it; returns at once.
    void start();
    /// Cancels what runs (the next start takes it up) and waits for it. What is remembered and the documents stay.
    Task<> astop();

    [[nodiscard]] const std::filesystem::path& root() const { return root_; }
    [[nodiscard]] Status status() const;

  private:
    Task<> follow();
    Task<> load();
    Task<> take(FolderChange change);
    Task<bool> move(FolderChange change);
    Task<> work();
    Task<> run(WatchJob job);
    Task<> put(std::string path, FileMark mark);
    Task<std::string> put_for_good(std::string path, std::optional<std::string> previous);
    Task<> remember_failure(std::string path, FileMark mark);
    Task<> remove(std::string path);
    Task<> release(std::string document_id);
    Task<> remove_document(std::string document_id);
    Task<> try_again();
    void restore(const std::string& path, const std::optional<WatchedFile>& before);
    void queue(const WatchJob& job);
    void queue_again(const WatchJob& job);

    const Params params_;
    const std::filesystem::path root_;
    WatchTarget& target_;
    Pool& files_pool_;
    std::unique_ptr<FolderWatch> watch_;
    std::unique_ptr<WatchedFiles> files_;
    WatchQueue queue_;
    Event queue_changed_;
    Removals removals_;
    std::map<std::string, std::optional<FileMark>> again_;  // what try_again() queues
    bool trying_again_ = false;
    bool stopping_ = false;
    Status counters_;
    Scope scope_;  // the last member: what runs ends before what it uses
};

}  // namespace docmind
