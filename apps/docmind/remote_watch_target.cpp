#include "remote_watch_target.hpp"

#include "async/deadline.hpp"
#include "ingestion/library_watch_target.hpp"
#include "remote_library.hpp"

#include <docmind/error.hpp>

namespace docmind::cli {
namespace {

constexpr std::chrono::milliseconds look_again{200};
constexpr std::size_t documents_per_page = 500;

}  // namespace

Task<std::string> RemoteWatchTarget::aput(std::filesystem::path path, std::optional<std::string> /*previous*/) {
    // The server knows the document by the path.
    const std::string name = path.filename().string();
    auto [record, duplicate] = co_await library_.asubmit_file(std::move(path), name);
    while (record.status == DocumentStatus::queued || record.status == DocumentStatus::processing) {
        co_await sleep_for(look_again);
        record = co_await library_.aget(record.id);
    }
    co_return ready_id(record);
}

Task<> RemoteWatchTarget::aremove(std::string document_id) {
    try {
        const DocumentRecord record = co_await library_.aget(document_id);
        std::error_code ignored;
        // A person's upload, or a file that lies elsewhere too.
        if (record.source.empty() || std::filesystem::exists(record.source, ignored)) co_return;
        co_await library_.aremove(document_id);
    } catch (const Error& error) {
        if (error.code() != errc::not_found) throw;
    }
}

Task<> RemoteWatchTarget::arename(std::string document_id, std::filesystem::path path) {
    try {
        co_await library_.arename(document_id, path.filename().string(), path.string());
    } catch (const Error& error) {
        if (error.code() != errc::not_found && error.code() != errc::conflict) throw;
    }
}

Task<std::vector<WatchedFile>> RemoteWatchTarget::alist(std::string root) {
    std::vector<WatchedFile> files;
    std::string cursor;
    const std::string inside = root + "/";
    do {
        DocumentPage page = co_await library_.alist(documents_per_page, cursor);
        for (DocumentRecord& record : page.documents) {
            if (!record.source.starts_with(inside)) continue;
            files.push_back({.root = root, .path = record.source, .size = record.bytes, .document_id = record.id});
        }
        cursor = page.next_cursor.value_or("");
    } while (!cursor.empty());
    co_return files;
}

Task<> RemoteWatchTarget::aremember(WatchedFile) {
    co_return;
}

Task<> RemoteWatchTarget::aforget(std::string, std::string) {
    co_return;
}

}  // namespace docmind::cli
