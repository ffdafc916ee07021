#pragma once
// Reads files in processes of their own. A parser that crashes, hangs, eats memory or is taken over by a document costs that document,
// nothing else.
//
// Each document gets a fresh docmind-worker: it receives the open file, no path, no environment, no other descriptor, and answers over a
// socket pair (worker_protocol.hpp). What it sends is pulled page by page, so the socket's buffer is the backpressure, and is checked by
// DocumentAssembler. A worker is killed when it passes a limit, stops sending heartbeats, or is no longer wanted. One that died is replaced
// once, for it may have been killed by the system; a document on which two died fails.

#include "async/child_process.hpp"
#include "async/limiter.hpp"
#include "async/scope.hpp"
#include "readers/read_options.hpp"

#include <docmind/reader.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

namespace docmind {

class WorkerReader final : public Reader {
  public:
    struct Params {
        std::filesystem::path worker_path;                        ///< docmind-worker
        std::size_t workers = 2;                                  ///< documents read at once; others wait
        std::size_t max_waiting = 4096;                           ///< more than so many are refused: Error{overloaded}
        std::chrono::milliseconds max_document_time{120'000};     ///< until the first page has arrived, and from each page to the next
        std::chrono::milliseconds max_total_time{7'200'000};      ///< of reading one document; waiting for a worker does not count
        std::uint64_t max_memory_bytes = std::uint64_t{1} << 30;  ///< of one worker, beyond the file itself
        std::uint64_t max_text_bytes = std::uint64_t{256} << 20;  ///< text and word boxes of one document
        std::chrono::milliseconds heartbeat_timeout{8'000};       ///< silence after which a worker counts as dead; it speaks every second
        int nice = 5;                                             ///< added to the program's own
        ReadOptions options;                                      ///< what a worker makes of a document, and its limits
    };

    /// Throws Error{invalid_argument} for zero workers or zero times.
    WorkerReader(Params params, Executor executor);
    /// No aload() is under way. Processes that are still dying are waited for.
    ~WorkerReader() override;

    /// As Reader says, and further: not_found, invalid_argument (not a file), unavailable (no worker can be started, or stopped),
    /// overloaded. Cancelling kills the worker.
    Task<Document> aload(SourceFile file) override;

    /// Changes with every option that changes what is read, and with each version of the readers.
    [[nodiscard]] std::string fingerprint() const override;

    /// Kills all workers and waits for their ends; loads under way, and later ones, fail with Error{unavailable}.
    Task<> astop();

    /// Workers that read a document now.
    [[nodiscard]] std::size_t running() const noexcept { return running_.size(); }

  private:
    class Worker;
    struct Input {
        FileDescriptor descriptor;
        std::uint64_t size = 0;
    };
    /// A document, or the story of the worker's death.
    struct Attempt {
        std::optional<Document> document;
        std::string death;
    };

    [[nodiscard]] static Input open(const SourceFile& file);
    [[nodiscard]] ChildProcess start(std::uint64_t input_size, int socket) const;
    // The pointers point into the frame of aload(), which awaits these.
    Task<Attempt> read_once(const SourceFile* file, const Input* input);
    Task<Attempt> converse(Worker* worker, const SourceFile* file, const Input* input);
    Task<std::optional<std::string>> hear(Worker* worker, std::chrono::steady_clock::time_point page_end);
    Task<std::string> cause_of_death(Worker* worker);

    Params params_;
    Executor executor_;
    Limiter limiter_;
    std::set<Worker*> running_;
    bool stopped_ = false;
    Scope dying_;  // the last member: killed processes, until they have ended
};

}  // namespace docmind
