#include "ingestion/library_watch_target.hpp"

#include <docmind/error.hpp>

#include <utility>

#include "async/offload.hpp"

namespace docmind {
namespace {

constexpr int watched_priority = -1;

errc code_named(std::string_view name) {
    for (int i = 0; i <= static_cast<int>(errc::internal); ++i) {
        if (to_string(static_cast<errc>(i)) == name) return static_cast<errc>(i);
    }
    return errc::internal;
}

}  // namespace

std::string ready_id(const DocumentRecord& record) {
    if (record.status == DocumentStatus::ready) return record.id;
    if (record.status == DocumentStatus::failed) throw Error(code_named(record.error_code), record.error);
    throw Error(errc::invalid_argument, "This document was cancelled.");
}

Task<std::string> LibraryWatchTarget::aput(std::filesystem::path path, std::optional<std::string> previous) {
    IngestionService::UploadOptions options{.priority = watched_priority};
    if (previous) {
        const std::optional<DocumentRecord> old = co_await documents_.afind(*previous);
        bool is_ours = old && old->source == path.string();
        if (old && !is_ours && !old->source.empty()) {
            // The file came here from another place, and nothing is left there.
            const bool is_there = co_await exists(old->source);
            is_ours = !is_there;
        }
        if (is_ours) {
            options.id = *previous;
            options.replace = true;
        }
    }
    const SubmittedDocument sent = co_await ingestion_.asubmit_file(std::move(path), "", std::move(options));
    const DocumentRecord done = co_await ingestion_.await_done(sent.record.id);
    co_return ready_id(done);
}

Task<> LibraryWatchTarget::aremove(std::string document_id) {
    const std::optional<DocumentRecord> record = co_await documents_.afind(document_id);
    if (!record || record->source.empty()) co_return;
    const bool is_there = co_await exists(record->source);
    if (is_there) co_return;
    try {
        co_await ingestion_.aremove(document_id);
    } catch (const Error& error) {
        if (error.code() != errc::not_found) throw;
    }
}

Task<> LibraryWatchTarget::arename(std::string document_id, std::filesystem::path path) {
    const std::optional<DocumentRecord> record = co_await documents_.afind(document_id);
    if (!record || record->source.empty()) co_return;
    const std::string name = path.filename().string();
    try {
        co_await ingestion_.arename(document_id, name, path.string());
    } catch (const Error& error) {
        // Removed meanwhile, or another document follows that path.
        if (error.code() != errc::not_found && error.code() != errc::conflict) throw;
    }
}

Task<std::vector<WatchedFile>> LibraryWatchTarget::alist(std::string root) {
    co_return co_await documents_.alist_watched_files(std::move(root));
}

Task<> LibraryWatchTarget::aremember(WatchedFile file) {
    co_await documents_.aremember_watched_file(std::move(file));
}

Task<> LibraryWatchTarget::aforget(std::string root, std::string path) {
    co_await documents_.aforget_watched_file(std::move(root), std::move(path));
}

Task<bool> LibraryWatchTarget::exists(std::string path) {
    auto look = [path = std::move(path)](std::stop_token) {
        std::error_code ignored;
        return std::filesystem::exists(path, ignored);
    };
    co_return co_await offload(files_, Priority::background, std::move(look));
}

}  // namespace docmind
