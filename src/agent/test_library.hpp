#pragma once
// For tests: a catalogue of documents that can only be read.

#include <docmind/document_store.hpp>
#include <docmind/error.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/deadline.hpp"

namespace docmind::test {

inline DocumentRecord document(std::string id, std::string name, int pages, int nodes) {
    DocumentRecord record{.id = std::move(id), .name = std::move(name)};
    record.pages = pages;
    record.nodes = nodes;
    record.status = nodes > 0 ? DocumentStatus::ready : DocumentStatus::failed;
    return record;
}

class FakeLibrary final : public DocumentStore {
  public:
    std::vector<DocumentRecord> records;

    Task<std::optional<DocumentRecord>> afind(std::string id) override {
        co_await yield_now();
        const auto found = std::ranges::find(records, id, &DocumentRecord::id);
        co_return found == records.end() ? std::nullopt : std::optional(*found);
    }
    /// One a page, so that readers must turn them.
    Task<DocumentPage> alist(std::size_t limit, std::string cursor) override {
        co_await yield_now();
        if (limit == 0) throw Error(errc::invalid_argument, "a page of nothing");
        std::size_t at = 0;
        std::from_chars(cursor.data(), cursor.data() + cursor.size(), at);
        DocumentPage page;
        if (at < records.size()) page.documents.push_back(records[at]);
        if (at + 1 < records.size()) page.next_cursor = std::to_string(at + 1);
        co_return page;
    }

    Task<DocumentRecord> acreate(DocumentRecord) override { throw read_only(); }
    Task<DocumentRecord> aget(std::string) override { throw read_only(); }
    Task<std::optional<DocumentRecord>> afind_by_sha256(std::string) override { throw read_only(); }
    Task<std::optional<DocumentRecord>> afind_by_source(std::string) override { throw read_only(); }
    Task<LibrarySummary> asummary() override { throw read_only(); }
    Task<> aupdate(DocumentRecord, std::vector<DocumentStatus>) override { throw read_only(); }
    Task<DocumentRecord> areplace(DocumentRecord) override { throw read_only(); }
    Task<> arename(std::string, std::string, std::string) override { throw read_only(); }
    Task<> aremove(std::string) override { throw read_only(); }
    Task<std::optional<DocumentRecord>> aclaim(DocumentClaim) override { throw read_only(); }
    Task<std::optional<std::int64_t>> anext_due() override { throw read_only(); }
    Task<> arenew_leases(std::string) override { throw read_only(); }
    Task<int> arequeue_unfinished() override { throw read_only(); }
    Task<std::optional<std::string>> aget_state(std::string) override { throw read_only(); }
    Task<> aset_state(std::string, std::string) override { throw read_only(); }
    Task<std::vector<WatchedFile>> alist_watched_files(std::string) override { throw read_only(); }
    Task<> aremember_watched_file(WatchedFile) override { throw read_only(); }
    Task<> aforget_watched_file(std::string, std::string) override { throw read_only(); }

  private:
    static Error read_only() { return {errc::internal, "the agent only reads the library"}; }
};

}  // namespace docmind::test
