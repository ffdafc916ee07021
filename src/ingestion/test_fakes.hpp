#pragma once
// Stand-ins for the stages, as strict as they are: what they are not told to do fails the test.

#include <docmind/document_store.hpp>
#include <docmind/embedding.hpp>
#include <docmind/error.hpp>
#include <docmind/node_parser.hpp>
#include <docmind/reader.hpp>
#include <docmind/vector_store.hpp>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <sstream>

#include "async/deadline.hpp"
#include "async/event.hpp"

namespace docmind::test {

class FakeDocumentStore final : public DocumentStore {
  public:
    Task<DocumentRecord> acreate(DocumentRecord record) override {
        co_await yield_now();
        for (const auto& [id, other] : rows) {
            if (!record.sha256.empty() && (other.sha256 == record.sha256 || other.next_sha256 == record.sha256)) co_return other;
        }
        if (rows.contains(record.id)) throw Error(errc::conflict, "the id is taken");
        record.created_at = "2026-01-01T00:00:00Z";
        rows[record.id] = record;
        order.push_back(record.id);
        co_return record;
    }
    Task<DocumentRecord> aget(std::string id) override {
        co_await yield_now();
        const auto found = rows.find(id);
        if (found == rows.end()) throw Error(errc::not_found, "no document " + id);
        co_return found->second;
    }
    Task<std::optional<DocumentRecord>> afind(std::string id) override {
        co_await yield_now();
        const auto found = rows.find(id);
        co_return found == rows.end() ? std::nullopt : std::optional(found->second);
    }
    Task<std::optional<DocumentRecord>> afind_by_sha256(std::string sha256) override {
        co_await yield_now();
        for (const auto& [id, row] : rows) {
            if (row.sha256 == sha256 || row.next_sha256 == sha256) co_return row;
        }
        co_return std::nullopt;
    }
    Task<DocumentPage> alist(std::size_t, std::string) override {
        co_await yield_now();
        co_return DocumentPage{};
    }
    Task<> aupdate(DocumentRecord record, std::vector<DocumentStatus> expected) override {
        co_await yield_now();
        fail_if_broken();
        const auto found = rows.find(record.id);
        if (found == rows.end()) throw Error(errc::not_found, "no document " + record.id);
        if (!expected.empty() && std::ranges::find(expected, found->second.status) == expected.end())
            throw Error(errc::conflict, "another status");
        found->second = record;
    }
    Task<> aremove(std::string id) override {
        co_await yield_now();
        if (rows.erase(id) == 0) throw Error(errc::not_found, "no document " + id);
        std::erase(order, id);
    }
    Task<std::optional<DocumentRecord>> afind_by_source(std::string source) override {
        co_await yield_now();
        for (const auto& [id, row] : rows) {
            if (!source.empty() && row.source == source) co_return row;
        }
        co_return std::nullopt;
    }
    Task<LibrarySummary> asummary() override {
        co_await yield_now();
        LibrarySummary summary;
        for (const auto& [id, row] : rows) {
            if (row.status == DocumentStatus::ready) ++summary.ready;
            if (row.status == DocumentStatus::queued) ++(row.paused ? summary.paused : summary.queued);
        }
        co_return summary;
    }
    Task<DocumentRecord> areplace(DocumentRecord record) override {
        co_await yield_now();
        DocumentRecord& row = rows.at(record.id);
        if (row.status == DocumentStatus::processing) throw Error(errc::conflict, "is being processed");
        row.next_sha256 = record.next_sha256;
        row.next_bytes = record.next_bytes;
        row.name = record.name;
        row.status = DocumentStatus::queued;
        co_return row;
    }
    Task<> arename(std::string id, std::string name, std::string source) override {
        co_await yield_now();
        rows.at(id).name = name;
        rows.at(id).source = source;
    }
    Task<std::optional<DocumentRecord>> aclaim(DocumentClaim claim) override {
        co_await yield_now();
        fail_if_broken();
        DocumentRecord* best = nullptr;
        for (const std::string& id : order) {
            DocumentRecord& row = rows[id];
            if (row.status != DocumentStatus::queued || row.paused || row.not_before > claim.now) continue;
            if (!claim.allow_suspects && row.deaths > 0) continue;
            const bool is_better = best == nullptr || row.priority > best->priority ||
                                   (claim.smallest_first && row.priority == best->priority && row.bytes < best->bytes);
            if (is_better) best = &row;
        }
        if (best == nullptr) co_return std::nullopt;
        best->status = DocumentStatus::processing;
        best->stage = IngestionStage::parsing;
        ++best->attempts;
        claimed.push_back(best->id);
        co_return *best;
    }
    Task<std::optional<std::int64_t>> anext_due() override {
        co_await yield_now();
        std::optional<std::int64_t> due;
        for (const auto& [id, row] : rows) {
            if (row.status == DocumentStatus::queued && !row.paused && row.not_before > 0)
                due = std::min(due.value_or(row.not_before), row.not_before);
        }
        co_return due;
    }
    Task<> arenew_leases(std::string) override {
        co_await yield_now();
        ++heartbeats;
    }
    Task<int> arequeue_unfinished() override {
        co_await yield_now();
        int count = 0;
        for (auto& [id, row] : rows) {
            if (row.status != DocumentStatus::processing) continue;
            row.status = DocumentStatus::queued;
            ++row.deaths;
            ++count;
        }
        co_return count;
    }
    Task<std::optional<std::string>> aget_state(std::string name) override {
        co_await yield_now();
        const auto found = state.find(name);
        co_return found == state.end() ? std::nullopt : std::optional(found->second);
    }
    Task<> aset_state(std::string name, std::string value) override {
        co_await yield_now();
        state[name] = value;
    }
    Task<std::vector<WatchedFile>> alist_watched_files(std::string) override { throw Error(errc::internal, "nobody watches here"); }
    Task<> aremember_watched_file(WatchedFile) override { throw Error(errc::internal, "nobody watches here"); }
    Task<> aforget_watched_file(std::string, std::string) override { throw Error(errc::internal, "nobody watches here"); }

    std::map<std::string, DocumentRecord> rows;
    std::vector<std::string> order;
    std::vector<std::string> claimed;
    std::map<std::string, std::string> state;
    int heartbeats = 0;
    bool is_broken = false;  ///< claims and updates fail, as on a disk that is full
    int failures = 0;

  private:
    void fail_if_broken() {
        if (!is_broken) return;
        ++failures;
        throw Error(errc::storage, "the disk is full");
    }
};

/// Sets the row to ready, as the real store does in its transaction.
class FakeVectorStore final : public VectorStore {
  public:
    explicit FakeVectorStore(FakeDocumentStore* documents) : documents_(documents) {}
    Task<> aadd(EmbeddedDocument document) override {
        co_await sleep_for(std::chrono::milliseconds(1));
        if (documents_) {
            DocumentRecord& row = documents_->rows[document.document.id];
            row.id = document.document.id;
            row.status = DocumentStatus::ready;
            row.stage = IngestionStage::done;
            row.progress = 1;
            row.deaths = 0;
            if (!row.next_sha256.empty()) {
                row.sha256 = std::exchange(row.next_sha256, "");
                row.bytes = std::exchange(row.next_bytes, 0);
            }
            row.nodes = static_cast<int>(document.nodes.size());
        }
        added[document.document.id] = std::move(document);
    }
    Task<std::vector<NodeWithScore>> aquery(VectorStoreQuery) override { throw Error(errc::internal, "nobody searches here"); }
    Task<> adelete(std::string id) override {
        co_await yield_now();
        added.erase(id);
    }
    Task<std::vector<Node>> aget_nodes(std::string, std::size_t, std::size_t) override { throw Error(errc::internal, "nobody lists here"); }
    Task<Page> aget_page(std::string, int) override { throw Error(errc::internal, "nobody reads here"); }

    std::map<std::string, EmbeddedDocument> added;

  private:
    FakeDocumentStore* documents_;
};

/// The file's bytes as one page. "slow" at the start waits until let_go is set; "broken" fails.
class FakeReader final : public Reader {
  public:
    Task<Document> aload(SourceFile file) override {
        ++loads;
        if (away > 0) {
            --away;
            throw Error(errc::unavailable, "Nobody is there to read.");
        }
        std::ifstream in(file.path);
        std::stringstream text;
        text << in.rdbuf();
        Document document{.name = file.name, .media_type = "text/plain"};
        document.pages.push_back({.number = 1, .text = text.str()});
        if (text.str().starts_with("slow")) co_await let_go.wait();
        if (text.str().starts_with("broken")) throw Error(errc::corrupt, "The file is damaged.");
        co_return document;
    }
    std::string fingerprint() const override { return "fake/1"; }

    Event let_go;
    int loads = 0;
    int away = 0;  // loads that fail with what passes
};

/// A node per line.
class LineParser final : public NodeParser {
  public:
    std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token) const override {
        std::vector<Node> nodes;
        for (const Page& page : document.pages) {
            std::istringstream lines(page.text);
            for (std::string line; std::getline(lines, line);) {
                if (line.empty()) continue;
                const int ordinal = static_cast<int>(nodes.size());
                nodes.push_back({.id = document.id + "-" + std::to_string(ordinal),
                                 .document_id = document.id,
                                 .ordinal = ordinal,
                                 .page = page.number,
                                 .text = line});
            }
        }
        return nodes;
    }
    std::string fingerprint() const override { return "lines/1"; }
};

/// The vector of a text is its length; counts what runs at once.
class LengthEmbedding final : public Embedding {
  public:
    Task<Vector> aget_query_embedding(std::string query) override { co_return Vector{static_cast<float>(query.size())}; }
    Task<Vector> aget_text_embedding(std::string text) override { co_return Vector{static_cast<float>(text.size())}; }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority) override {
        ++running;
        most_running = std::max(most_running, running);
        largest_batch = std::max(largest_batch, texts.size());
        co_await sleep_for(std::chrono::milliseconds(1));
        --running;
        std::vector<Vector> vectors;
        for (const std::string& text : texts) vectors.push_back({static_cast<float>(text.size())});
        co_return vectors;
    }
    std::size_t dimension() const override { return 1; }
    std::string model_id() const override { return "length"; }
    int running = 0, most_running = 0;
    std::size_t largest_batch = 0;
};

}  // namespace docmind::test
