#include "storage/sqlite_vector_store.hpp"

#include "async/offload.hpp"
#include "storage/engine/searcher.hpp"
#include "storage/storage_parts.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <optional>
#include <utility>

namespace docmind {

Task<> SqliteVectorStore::aadd(EmbeddedDocument document) {
    auto work = [parts = &parts_, document = std::move(document)](std::stop_token stop) {
        parts->documents.add(document, std::move(stop));
    };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<std::vector<NodeWithScore>> SqliteVectorStore::aquery(VectorStoreQuery query) {
    if (!parts_.indexes.is_loaded()) {
        const auto load = [parts = &parts_](std::stop_token) { parts->documents.load_indexes(); };
        co_await offload(parts_.writer, Priority::interactive, load);
    }
    // Counted, not locked: a change that waits for it waits for a limited time.
    const RightOfWay::Search search(parts_.right_of_way);
    auto work = [parts = &parts_, query = std::move(query)](std::stop_token stop) {
        return parts->readers.with([&](Database& reader) {
            const SearchIndexes& indexes = parts->indexes;
            return query.mode == VectorStoreQueryMode::dense ? search_dense(reader, indexes.dense(), query, indexes.uncommitted(), stop)
                                                             : search_sparse(reader, indexes.text(), query, indexes.uncommitted(), stop);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<> SqliteVectorStore::adelete(std::string document_id) {
    auto work = [parts = &parts_, id = std::move(document_id)](std::stop_token) { parts->documents.remove(id); };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<std::vector<Node>> SqliteVectorStore::aget_nodes(std::string document_id, std::size_t offset, std::size_t limit) {
    auto work = [parts = &parts_, id = std::move(document_id), offset, limit](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            const ReadTransaction transaction(reader);
            const auto key = DocumentTable(reader).key_of(id);
            return key ? NodeTable(reader).list(*key, offset, limit) : std::vector<Node>();
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

Task<Page> SqliteVectorStore::aget_page(std::string document_id, int number) {
    auto work = [parts = &parts_, id = std::move(document_id), number](std::stop_token) {
        return parts->readers.with([&](Database& reader) {
            const ReadTransaction transaction(reader);
            const auto key = DocumentTable(reader).key_of(id);
            std::optional<Page> page = key ? NodeTable(reader).find_page(*key, number) : std::nullopt;
            if (!page) throw Error(errc::not_found, fmt::format("There is no page {} of a document {}.", number, id));
            return std::move(*page);
        });
    };
    co_return co_await offload(parts_.reading, Priority::interactive, std::move(work));
}

}  // namespace docmind
