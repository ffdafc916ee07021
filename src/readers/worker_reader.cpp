#include "readers/worker_reader.hpp"

#include "async/deadline.hpp"
#include "async/unix_stream.hpp"
#include "readers/document_assembler.hpp"
#include "readers/worker_protocol.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

namespace docmind {

namespace {

using namespace std::chrono_literals;

constexpr int max_deaths = 2;
constexpr std::size_t read_bytes = 64 * 1024;
constexpr auto time_to_die = 2s;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define DOCMIND_SHADOW_MEMORY 1
#endif
#endif
#ifdef DOCMIND_SHADOW_MEMORY
constexpr bool is_sanitized = true;  // the sanitizers reserve terabytes, and ThreadSanitizer writes a file when it starts
#else
constexpr bool is_sanitized = false;
#endif

Task<> wait_for_end(ChildProcess process) {
    co_await process.wait();
}

[[noreturn]] void throw_stopped() {
    throw Error(errc::unavailable, "DocMind is stopping, so this document was not read.");
}

[[noreturn]] void throw_unopened(const SourceFile& file, int error) {
    throw Error(error == ENOENT ? errc::not_found : errc::storage, "Cannot open " + file.path.string() + ": " + std::strerror(error));
}

WorkerReader::Params checked(WorkerReader::Params params) {
    if (params.workers == 0) throw Error(errc::invalid_argument, "At least one parser process is needed (ingestion.workers).");
    if (params.max_document_time <= 0ms || params.max_total_time <= 0ms || params.heartbeat_timeout <= 0ms) {
        throw Error(errc::invalid_argument,
                    "The time to read a document must be over zero (ingestion.max_document_seconds, ingestion.max_total_seconds).");
    }
    return params;
}

std::string seconds(std::chrono::milliseconds time) {
    const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time).count();
    return time % 1s == 0ms ? std::to_string(whole) + " s" : std::to_string(time.count()) + " ms";
}

/// The time for one page has passed.
struct SlowPage {};

}  // namespace

/// A process that reads one document. When it goes out of scope the process is killed, and its end is awaited elsewhere: a process with
/// a gigabyte to give back takes its time, and the loop must not wait for it.
class WorkerReader::Worker {
  public:
    Worker(WorkerReader* owner, ChildProcess child, FileDescriptor socket)
        : process(std::move(child)), stream(owner->executor_, std::move(socket)), owner_(owner) {
        owner_->running_.insert(this);
    }
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;
    ~Worker() {
        owner_->running_.erase(this);
        process.kill(SIGKILL);
        if (process.try_wait() != -1) return;
        try {
            owner_->dying_.spawn(wait_for_end(std::move(process)));
        } catch (const std::exception&) {
            // Stopping: then the end of the process is awaited by its own destructor, here.
        }
    }

    ChildProcess process;
    UnixStream stream;

  private:
    WorkerReader* owner_;
};

WorkerReader::WorkerReader(Params params, Executor executor)
    : params_(checked(std::move(params))),
      executor_(executor),
      limiter_({.permits = params_.workers, .max_waiting = params_.max_waiting}),
      dying_(std::move(executor)) {}

WorkerReader::~WorkerReader() = default;

Task<Document> WorkerReader::aload(SourceFile file) {
    // Held until the last worker of this document has been killed.
    const Permit permit = co_await limiter_.acquire(Priority::background);
    const Input input = open(file);
    std::string death;
    for (int deaths = 0; deaths < max_deaths; ++deaths) {
        Attempt attempt = co_await read_once(&file, &input);
        if (attempt.document) {
            attempt.document->name = file.name;
            co_return std::move(*attempt.document);
        }
        death = std::move(attempt.death);
    }
    throw Error(errc::internal,
                "The reader crashed on this document, and again when it tried once more: it " + death + ". The file may be damaged.");
}

std::string WorkerReader::fingerprint() const {
    // One more with each change of the readers that changes what they say of a file.
    constexpr int version = 1;
    const ReadOptions& o = params_.options;
    std::string text = "worker/" + std::to_string(version) + " " + std::to_string(static_cast<int>(o.ocr)) + " " + o.languages;
    for (const std::uint64_t limit :
         {std::uint64_t{o.max_pages}, o.max_expanded_bytes, std::uint64_t{o.max_expansion_ratio}, std::uint64_t{o.max_archive_depth},
          std::uint64_t{o.max_archive_entries}, o.max_image_pixels, o.max_cells})
        text += " " + std::to_string(limit);
    return text;
}

Task<> WorkerReader::astop() {
    stopped_ = true;
    for (Worker* worker : running_) worker->process.kill(SIGKILL);
    // The loads notice in their next turn; a worker they let go of is then awaited by its destructor, and is dead already.
    co_await dying_.close(time_to_die);
}

WorkerReader::Input WorkerReader::open(const SourceFile& file) {
    // Without O_NONBLOCK the loop would wait for somebody to write into a named pipe.
    FileDescriptor descriptor(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
    if (!descriptor) throw_unopened(file, errno);
    struct stat facts{};
    if (::fstat(descriptor.get(), &facts) != 0) throw_unopened(file, errno);
    if (!S_ISREG(facts.st_mode)) throw Error(errc::invalid_argument, file.path.string() + " is not a file.");
    if (facts.st_size == 0) throw Error(errc::empty_document, "This file is empty.");
    return {std::move(descriptor), static_cast<std::uint64_t>(facts.st_size)};
}

ChildProcess WorkerReader::start(std::uint64_t input_size, int socket) const {
    ChildProcess::Params params;
    params.path = params_.worker_path;
    params.descriptors = {{worker_protocol::worker_descriptor, socket}};
    params.nice = params_.nice;
    // The wall clock ends a document first; the CPU limit is for a worker whose parent cannot act.
    const auto cpu = std::chrono::ceil<std::chrono::seconds>(params_.max_total_time) + 5s;
    params.limits = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 32}, {RLIMIT_CPU, static_cast<rlim_t>(cpu.count())}};
    if (!is_sanitized) {
        params.limits.push_back({RLIMIT_FSIZE, 0});
        // The worker maps its input, which costs address space but no memory of its own.
        params.limits.push_back({RLIMIT_AS, static_cast<rlim_t>(params_.max_memory_bytes + input_size)});
    }
    return ChildProcess::spawn(params);
}

Task<WorkerReader::Attempt> WorkerReader::read_once(const SourceFile* file, const Input* input) {
    if (stopped_) throw_stopped();
    auto [ours, theirs] = UnixStream::pair();
    Worker worker(this, start(input->size, theirs.get()), std::move(ours));
    theirs = FileDescriptor();  // else the end of the worker would not end the stream
    Attempt attempt;
    try {
        attempt = co_await with_deadline(converse(&worker, file, input), params_.max_total_time);
    } catch (const SlowPage&) {
        throw Error(errc::timeout, "Reading one page of this document took longer than " + seconds(params_.max_document_time) +
                                       ". Allow more (ingestion.max_document_seconds).");
    } catch (const Error& error) {
        if (error.code() == errc::timeout) {
            throw Error(errc::timeout, "Reading this document took longer than " + seconds(params_.max_total_time) +
                                           ". Split it, or allow more (ingestion.max_total_seconds).");
        }
        // Only DocMind's own worker may say so, and it does not: something else speaks through it.
        if (error.code() == errc::backend) throw Error(errc::internal, error.what());
        throw;
    }
    if (stopped_ && !attempt.document) throw_stopped();
    co_return attempt;
}

Task<WorkerReader::Attempt> WorkerReader::converse(Worker* worker, const SourceFile* file, const Input* input) {
    std::string request = worker_protocol::encode(worker_protocol::Request{file->name, file->media_type, params_.options});
    try {
        co_await worker->stream.send_with_descriptor(std::move(request), input->descriptor.get());
    } catch (const std::exception&) {
        // A worker that died at once: the stream ends below, and its exit status says more than the broken pipe.
        if (is_cancelled(std::current_exception())) throw;
    }
    worker_protocol::FrameDecoder decoder;
    DocumentAssembler assembler(params_.max_text_bytes);
    std::size_t pages = 0;
    auto page_end = std::chrono::steady_clock::now() + params_.max_document_time;
    while (true) {
        const std::optional<std::string> bytes = co_await hear(worker, page_end);
        if (!bytes) co_return Attempt{.death = "stopped answering"};
        if (bytes->empty()) break;
        decoder.feed(*bytes);
        while (const auto frame = decoder.next()) {
            if (assembler.take(*frame)) co_return Attempt{.document = assembler.take_document()};
        }
        if (assembler.pages() != pages) {
            pages = assembler.pages();
            page_end = std::chrono::steady_clock::now() + params_.max_document_time;
            if (file->progress) file->progress(static_cast<int>(pages), static_cast<int>(assembler.expected_pages()));
        }
    }
    std::string death = co_await cause_of_death(worker);
    co_return Attempt{.death = std::move(death)};
}

/// The next bytes; empty at the end, nothing after too long a silence.
Task<std::optional<std::string>> WorkerReader::hear(Worker* worker, std::chrono::steady_clock::time_point page_end) {
    // In two halves: if it was this program that was suspended, the first has passed when it wakes up, and what the worker said meanwhile
    // lies in the socket.
    for (int half = 0; half < 2; ++half) {
        const std::chrono::steady_clock::duration left = page_end - std::chrono::steady_clock::now();
        // Heartbeats come whether or not a page does.
        if (left <= 0ms) throw SlowPage();
        const auto limit = std::min<std::chrono::steady_clock::duration>(params_.heartbeat_timeout / 2, left);
        try {
            std::string bytes = co_await with_deadline(worker->stream.read_some(read_bytes), limit);
            co_return bytes;
        } catch (const Error& error) {
            if (error.code() != errc::timeout) throw;
        }
    }
    co_return std::nullopt;
}

/// Errors: too_large when the worker ended for want of memory.
Task<std::string> WorkerReader::cause_of_death(Worker* worker) {
    int status = 0;
    try {
        status = co_await with_deadline(worker->process.wait(), time_to_die);
    } catch (const Error& error) {
        if (error.code() != errc::timeout) throw;
        co_return "closed its connection";
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == worker_protocol::exit_out_of_memory) {
        throw Error(errc::too_large, "Reading this document takes more than " + std::to_string(params_.max_memory_bytes >> 20) +
                                         " MiB of memory. Split it into smaller files.");
    }
    co_return describe_exit(status);
}

}  // namespace docmind
