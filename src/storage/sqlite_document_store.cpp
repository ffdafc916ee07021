#include "storage/sqlite_document_store.hpp"

#include "async/offload.hpp"
#include "storage/engine/state_table.hpp"
#include "storage/storage_parts.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace docmind {
namespace {

/// What alist() gave as next_cursor, or empty.
std::optional<std::int64_t> parse_cursor(const std::string& cursor) {
    if (cursor.empty()) return std::nullopt;
    std::int64_t key = 0;
    const auto [end, problem] = std::from_chars(cursor.data(), cursor.data() + cursor.size(), key);
    if (problem != std::errc() || end != cursor.data() + cursor.size() || key < 0) {
        throw Error(errc::invalid_argument, "This cursor did not come from a list of documents. Start without one.");
    }
    return key;
}

Error no_document(const std::string& id) {
    return {errc::not_found, fmt::format("There is no document {}.", id)};
}

}  // namespace

Task<DocumentRecord> SqliteDocumentStore::acreate(DocumentRecord record) {
    auto work = [parts = &parts_, record = std::move(record)](std::stop_token) mutable {
        return parts->documents.create(std::move(record));
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<DocumentRecord> SqliteDocumentStore::aget(std::string id) {
    auto work = [parts = &parts_, id = std::move(id)](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            std::optional<DocumentRecord> record = DocumentTable(reader).find(id);
            if (!record) throw no_document(id);
            return std::move(*record);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<std::optional<DocumentRecord>> SqliteDocumentStore::afind(std::string id) {
    auto work = [parts = &parts_, id = std::move(id)](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return DocumentTable(reader).find(id); });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<std::optional<DocumentRecord>> SqliteDocumentStore::afind_by_sha256(std::string sha256) {
    auto work = [parts = &parts_, sha256 = std::move(sha256)](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return DocumentTable(reader).find_by_sha256(sha256); });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<DocumentPage> SqliteDocumentStore::alist(std::size_t limit, std::string cursor) {
    const std::optional<std::int64_t> before = parse_cursor(cursor);
    const std::size_t rows = std::clamp<std::size_t>(limit, 1, 1000);
    const auto work = [parts = &parts_, rows, before](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return DocumentTable(reader).list(rows, before); });
    };
    DocumentTable::Listing listing = co_await offload(parts_.reading, Priority::interactive, work);
    DocumentPage page{.documents = std::move(listing.documents), .next_cursor = std::nullopt};
    if (listing.next) page.next_cursor = std::to_string(*listing.next);
    co_return page;
}

Task<> SqliteDocumentStore::aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) {
    auto work = [parts = &parts_, record = std::move(record), expected = std::move(expected)](std::stop_token) {
        parts->documents.update(record, expected);
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> SqliteDocumentStore::aremove(std::string id) {
    auto work = [parts = &parts_, id = std::move(id)](std::stop_token) {
        if (!parts->documents.remove(id)) throw no_document(id);
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::optional<DocumentRecord>> SqliteDocumentStore::afind_by_source(std::string source) {
    auto work = [parts = &parts_, source = std::move(source)](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return DocumentTable(reader).find_by_source(source); });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<LibrarySummary> SqliteDocumentStore::asummary() {
    const auto work = [parts = &parts_](std::stop_token) {
        return parts->readers.with([](Database& reader) { return DocumentTable(reader).summary(); });
    };
    co_return co_await offload(parts_.reading, Priority::background, work);
}

Task<DocumentRecord> SqliteDocumentStore::areplace(DocumentRecord record) {
    auto work = [parts = &parts_, record = std::move(record)](std::stop_token) mutable {
        return parts->documents.replace(std::move(record));
    };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> SqliteDocumentStore::arename(std::string id, std::string name, std::string source) {
    auto work = [parts = &parts_, id = std::move(id), name = std::move(name), source = std::move(source)](std::stop_token) {
        parts->documents.rename(id, name, source);
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::optional<DocumentRecord>> SqliteDocumentStore::aclaim(DocumentClaim claim) {
    auto work = [parts = &parts_, claim = std::move(claim)](std::stop_token) { return parts->documents.claim(claim); };
    co_return co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<std::optional<std::int64_t>> SqliteDocumentStore::anext_due() {
    const auto work = [parts = &parts_](std::stop_token) {
        return parts->readers.with([](Database& reader) { return DocumentTable(reader).next_due(); });
    };
    co_return co_await offload(parts_.reading, Priority::background, work);
}

Task<> SqliteDocumentStore::arenew_leases(std::string owner) {
    auto work = [parts = &parts_, owner = std::move(owner)](std::stop_token) { parts->documents.renew_leases(owner); };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<int> SqliteDocumentStore::arequeue_unfinished() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->documents.requeue_unfinished(); };
    co_return co_await offload(parts_.writer, Priority::interactive, work);
}

Task<std::optional<std::string>> SqliteDocumentStore::aget_state(std::string name) {
    auto work = [parts = &parts_, name = std::move(name)](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return StateTable(reader).find(name); });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<> SqliteDocumentStore::aset_state(std::string name, std::string value) {
    auto work = [parts = &parts_, name = std::move(name), value = std::move(value)](std::stop_token) {
        StateTable(parts->database).set(name, value);
    };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::vector<WatchedFile>> SqliteDocumentStore::alist_watched_files(std::string root) {
    auto work = [parts = &parts_, root = std::move(root)](std::stop_token) {
        return parts->readers.with([&](Database& reader) { return StateTable(reader).list_watched_files(root); });
    };
    co_return co_await offload(parts_.reading, Priority::background, std::move(work));
}

Task<> SqliteDocumentStore::aremember_watched_file(WatchedFile file) {
    auto work = [parts = &parts_, file = std::move(file)](std::stop_token) { StateTable(parts->database).remember(file); };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<> SqliteDocumentStore::aforget_watched_file(std::string root, std::string path) {
    auto work = [parts = &parts_, root = std::move(root), path = std::move(path)](std::stop_token) {
        StateTable(parts->database).forget(root, path);
    };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

}  // namespace docmind
