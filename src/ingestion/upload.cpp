// How an upload becomes a document: streamed to disk, made durable, entered in the catalogue, acknowledged, queued; in that order.

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "async/offload.hpp"
#include "ingestion/ingestion_service.hpp"

namespace docmind {
namespace {

/// What people see of a file name: its last part, without control characters or the ones that turn text around.
std::string display_name(std::string name, std::size_t max_bytes) {
    if (const auto slash = name.find_last_of("/\\"); slash != std::string::npos) name.erase(0, slash + 1);
    std::string clean;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const auto c = static_cast<unsigned char>(name[i]);
        if (c < 0x20 || c == 0x7f) continue;
        const std::string_view rest = std::string_view(name).substr(i, 3);
        // U+200B..U+200F, U+202A..U+202E, U+2066..U+2069
        if (rest.size() == 3 && rest[0] == '\xe2' &&
            ((rest[1] == '\x80' && ((rest[2] >= '\x8b' && rest[2] <= '\x8f') || (rest[2] >= '\xaa' && rest[2] <= '\xae'))) ||
             (rest[1] == '\x81' && rest[2] >= '\xa6' && rest[2] <= '\xa9'))) {
            i += 2;
            continue;
        }
        clean.push_back(name[i]);
    }
    if (clean.size() > max_bytes) {
        clean.resize(max_bytes);
        while (!clean.empty() && (static_cast<unsigned char>(clean.back()) & 0xc0) == 0x80) clean.pop_back();
        if (!clean.empty() && static_cast<unsigned char>(clean.back()) >= 0xc0) clean.pop_back();
    }
    if (clean.find_first_not_of(". ") == std::string::npos) return "unnamed";
    return clean;
}

/// A file of this machine, read on a pool: regular files only, so that a FIFO or a device never holds a thread.
class LocalFile {
  public:
    explicit LocalFile(const std::filesystem::path& path) {
        if (!std::filesystem::exists(path)) throw Error(errc::not_found, "There is no file " + path.string() + ".");
        if (!std::filesystem::is_regular_file(path)) throw Error(errc::invalid_argument, path.string() + " is not a regular file.");
        fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd_ < 0) throw Error(errc::storage, "Cannot read " + path.string() + ": " + std::strerror(errno) + ".");
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

IngestionService::Upload::Upload(IngestionService& service, std::string id, std::string name, std::string media_type)
    : service_(service), id_(std::move(id)), name_(std::move(name)), media_type_(std::move(media_type)) {}

std::unique_ptr<IngestionService::Upload> IngestionService::begin_upload(std::string name, std::string media_type, std::string id) {
    if (id.size() > 200) throw Error(errc::invalid_argument, "A document's id may have 200 characters at most.");
    std::string shown = display_name(std::move(name), params_.max_name_bytes);
    return std::unique_ptr<Upload>(new Upload(*this, std::move(id), std::move(shown), std::move(media_type)));
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
    DocumentRecord record{.id = id_.empty() ? make_id() : id_, .name = name_, .media_type = media_type_, .bytes = writer_->bytes()};
    const std::string id = record.id;
    const Permit permit = co_await service_.catalogue_change_.acquire();
    auto finish = [writer = std::move(writer_)](std::stop_token) { return writer->finish(); };
    record.sha256 = co_await offload(service_.files_, Priority::interactive, std::move(finish));
    record = co_await service_.documents_.acreate(std::move(record));
    ++service_.counters_.submitted;
    if (record.id == id) {
        service_.enqueue(record);
        service_.publish(record);
        co_return SubmittedDocument{.record = std::move(record), .duplicate = false};
    }
    ++service_.counters_.duplicates;
    // Who sends a document again after a failure wants another try.
    if (record.status == DocumentStatus::failed || record.status == DocumentStatus::cancelled) {
        const std::string existing = record.id;
        record = co_await service_.areprocess(existing);
    }
    co_return SubmittedDocument{.record = std::move(record), .duplicate = true};
}

Task<SubmittedDocument> IngestionService::asubmit_file(std::filesystem::path path, std::string name) {
    const auto open = [path](std::stop_token) { return std::make_shared<LocalFile>(path); };
    const std::shared_ptr<LocalFile> file = co_await offload(files_, Priority::interactive, open);
    const std::unique_ptr<Upload> upload = begin_upload(name.empty() ? path.filename().string() : std::move(name), "");
    for (;;) {
        std::string chunk = co_await offload(files_, Priority::interactive, [file](std::stop_token) { return file->read(); });
        if (chunk.empty()) break;
        co_await upload->awrite(std::move(chunk));
    }
    co_return co_await upload->afinish();
}

}  // namespace docmind
