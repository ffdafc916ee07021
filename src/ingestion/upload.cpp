// How an upload becomes a document: streamed to disk, made durable, entered in the catalogue, acknowledged, queued; in that order.

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "async/offload.hpp"
#include "ingestion/display_name.hpp"
#include "ingestion/ingestion_service.hpp"

namespace docmind {
namespace {

/// A file of this machine, read on a pool: regular files only, so that a FIFO or a device never holds a thread.
class LocalFile {
  public:
    explicit LocalFile(const std::filesystem::path& path) {
        // Without O_NONBLOCK the open would wait for somebody to write into a FIFO.
        fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (fd_ < 0 && errno == ENOENT) throw Error(errc::not_found, "There is no file " + path.string() + ".");
        if (fd_ < 0) throw Error(errc::storage, "Cannot read " + path.string() + ": " + std::strerror(errno) + ".");
        struct stat facts{};
        if (::fstat(fd_, &facts) == 0 && S_ISREG(facts.st_mode)) return;
        ::close(fd_);
        throw Error(errc::invalid_argument, path.string() + " is not a regular file.");
    }
    ~LocalFile() { ::close(fd_); }
    LocalFile(const LocalFile&) = delete;
    LocalFile& operator=(const LocalFile&) = delete;

    /// Empty at the end.
    std::string read() const {
        std::string chunk(1 << 20, '\0');
        const ssize_t got = ::read(fd_, chunk.data(), chunk.size());
        if (got < 0) throw Error(errc::storage, std::string("Cannot read the file: ") + std::strerror(errno) + ".");
        chunk.resize(static_cast<std::size_t>(got));
        return chunk;
    }

  private:
    int fd_ = -1;
};

}  // namespace

IngestionService::Upload::Upload(IngestionService& service, std::string name, UploadOptions options)
    : service_(service), name_(std::move(name)), options_(std::move(options)) {}

std::unique_ptr<IngestionService::Upload> IngestionService::begin_upload(std::string name, UploadOptions options) {
    if (options.id.size() > 200) throw Error(errc::invalid_argument, "A document's id may have 200 characters at most.");
    if (options.source.size() > 4096) throw Error(errc::invalid_argument, "A document's source may have 4096 characters at most.");
    std::string shown = display_name(std::move(name), params_.max_name_bytes);
    return std::unique_ptr<Upload>(new Upload(*this, std::move(shown), std::move(options)));
}

Task<> IngestionService::Upload::awrite(std::string chunk) {
    auto work = [writer = writer_, blobs = service_.blobs_, limit = service_.params_.max_upload_bytes,
                 bytes = std::move(chunk)](std::stop_token) mutable {
        std::shared_ptr<BlobStore::Writer> target = writer ? std::move(writer) : std::shared_ptr<BlobStore::Writer>(blobs.create(limit));
        target->write(bytes);
        return target;
    };
    writer_ = co_await offload(service_.files_, Priority::interactive, std::move(work));
}

Task<SubmittedDocument> IngestionService::Upload::afinish() {
    if (service_.stopping_) throw Error(errc::conflict, "DocMind is stopping and takes no new documents.");
    if (!writer_ || writer_->bytes() == 0) throw Error(errc::empty_document, name_ + " is empty: there is nothing to read in it.");
    DocumentRecord record{.id = options_.id.empty() ? make_id() : options_.id,
                          .name = name_,
                          .media_type = options_.media_type,
                          .bytes = writer_->bytes(),
                          .priority = options_.priority,
                          .source = options_.source};
    const Permit permit = co_await service_.catalogue_change_.acquire();
    auto finish = [writer = std::move(writer_)](std::stop_token) { return writer->finish(); };
    record.sha256 = co_await offload(service_.files_, Priority::interactive, std::move(finish));
    co_return co_await service_.enter(std::move(record), options_.replace);
}

/// A document with these bytes, which lie on disk, is in the catalogue. With catalogue_change_ held.
Task<SubmittedDocument> IngestionService::enter(DocumentRecord record, bool replace) {
    const std::string id = record.id;
    std::optional<DocumentRecord> existing;
    if (!record.source.empty()) existing = co_await documents_.afind_by_source(record.source);
    if (!existing && replace) existing = co_await documents_.afind(id);
    if (existing) co_return co_await enter_new_version(std::move(record), std::move(*existing));
    record = co_await documents_.acreate(std::move(record));
    ++counters_.submitted;
    if (record.id == id) {
        wake_workers();
        publish(record);
        co_return SubmittedDocument{.record = std::move(record), .duplicate = false};
    }
    ++counters_.duplicates;
    // Who sends a document again after a failure wants another try.
    if (record.status == DocumentStatus::failed || record.status == DocumentStatus::cancelled) {
        const std::string same = record.id;
        record = co_await areprocess(same);
    }
    co_return SubmittedDocument{.record = std::move(record), .duplicate = true};
}

/// The file at this source was ingested before: what it holds now replaces what it held then, once it is searchable.
Task<SubmittedDocument> IngestionService::enter_new_version(DocumentRecord record, DocumentRecord existing) {
    const Permit permit = co_await taking_up_.acquire();
    ++counters_.submitted;
    const std::string newest = existing.next_sha256.empty() ? existing.sha256 : existing.next_sha256;
    const std::optional<DocumentRecord> same_bytes = co_await documents_.afind_by_sha256(record.sha256);
    if (newest == record.sha256) {
        ++counters_.duplicates;
        if (existing.status == DocumentStatus::failed || existing.status == DocumentStatus::cancelled)
            existing = co_await requeue(existing.id);
        co_return SubmittedDocument{.record = std::move(existing), .duplicate = true};
    }
    if (same_bytes && same_bytes->id != existing.id) {
        // It has become a copy of another document; what it was is nowhere any more.
        ++counters_.duplicates;
        co_await remove(existing.id);
        co_return SubmittedDocument{.record = *same_bytes, .duplicate = true};
    }
    if (const std::shared_ptr<Active> job = find_active(existing.id)) co_await stop_job(job, Stop::shut_down);
    existing.name = record.name;
    if (!record.source.empty()) existing.source = record.source;
    const std::string unwanted = std::exchange(existing.next_sha256, record.sha256);
    existing.next_bytes = record.bytes;
    existing = co_await documents_.areplace(std::move(existing));
    if (unwanted != record.sha256) co_await remove_blob_if_unused(unwanted);
    wake_workers();
    publish(existing);
    co_return SubmittedDocument{.record = std::move(existing), .duplicate = false};
}

Task<SubmittedDocument> IngestionService::asubmit_file(std::filesystem::path path, std::string name, UploadOptions options) {
    const auto open = [path](std::stop_token) { return std::make_shared<LocalFile>(path); };
    const std::shared_ptr<LocalFile> file = co_await offload(files_, Priority::interactive, open);
    options.source = std::filesystem::absolute(path).lexically_normal().string();
    const std::unique_ptr<Upload> upload = begin_upload(name.empty() ? path.filename().string() : std::move(name), std::move(options));
    for (;;) {
        std::string chunk = co_await offload(files_, Priority::interactive, [file](std::stop_token) { return file->read(); });
        if (chunk.empty()) break;
        co_await upload->awrite(std::move(chunk));
    }
    co_return co_await upload->afinish();
}

}  // namespace docmind
