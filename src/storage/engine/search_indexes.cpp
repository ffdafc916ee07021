#include "storage/engine/search_indexes.hpp"

#include "storage/engine/node_table.hpp"
#include "storage/engine/state_table.hpp"

#include <docmind/error.hpp>

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace docmind {
namespace {

constexpr auto names = "search_snapshots";  // in the state: of the last two files, the newer first
constexpr std::size_t name_length = 32;

}  // namespace

SearchIndexes::SearchIndexes(Params params, Database& database, RightOfWay::Work& right_of_way)
    : params_(std::move(params)),
      database_(database),
      right_of_way_(right_of_way),
      text_([this] { right_of_way_.give_way(); }),
      writer_(params_.file) {
    if (params_.snapshot_rows == 0) throw Error(errc::invalid_argument, "snapshot_rows must be at least 1.");
}

void SearchIndexes::load(const EmbeddingSpace& space) {
    if (is_loaded()) return;
    NodeTable nodes(database_);
    std::optional<std::vector<std::int64_t>> missing;  // from either index: what the words lack, the vectors lack too
    std::vector<std::int64_t> missing_words;
    if (restore(space)) {
        const std::vector<std::int64_t> keys = nodes.keys();
        dense_.retain(keys);
        text_.retain(keys);
        missing = dense_.missing_of(keys);
        if (!missing->empty()) missing_words = text_.missing_of(keys);
    } else {
        dense_.clear(space.model_id, space.dimension);
        text_.clear();
    }
    std::size_t added = 0;
    nodes.each_indexed(space.dimension, missing, [&](const IndexedNode& node) {
        if (!node.embedding.empty()) dense_.add(node.node_key, node.document_key, node.embedding);
        if (!missing || std::ranges::binary_search(missing_words, node.node_key))
            text_.add(node.node_key, node.document_key, node.title, node.section, node.text);
        ++added;
    });
    publish();
    malloc_trim(0);  // what building a large index took beside it
    keep(added);
}

/// As they were when their file was written, where there is one that this database knows.
bool SearchIndexes::restore(const EmbeddingSpace& space) {
    std::error_code ignored;
    std::filesystem::remove(unfinished_search_snapshot(params_.file), ignored);  // of a process that was killed
    std::optional<SearchSnapshot> snapshot = read_search_snapshot(params_.file);
    if (!snapshot || snapshot->dimension != space.dimension) return false;
    // A file of another space is not known: see forget_kept().
    const std::string known = StateTable(database_).find(names).value_or("");
    if (!known.contains(snapshot->name)) return false;
    dense_.restore(space.model_id, space.dimension, std::move(snapshot->dense));
    text_.restore(std::move(snapshot->text));
    return true;
}

void SearchIndexes::expect(const EmbeddingSpace& space) {
    dense_.clear(space.model_id, space.dimension);
    dense_.publish();
}

void SearchIndexes::name_space(const std::string& model_id) {
    dense_.name(model_id);
    dense_.publish();
}

void SearchIndexes::reload_vectors(const EmbeddingSpace& space) {
    if (!is_loaded()) return;
    dense_.clear(space.model_id, space.dimension);
    std::size_t added = 0;
    NodeTable(database_).each_indexed(space.dimension, std::nullopt, [&](const IndexedNode& node) {
        if (!node.embedding.empty()) dense_.add(node.node_key, node.document_key, node.embedding);
        ++added;
    });
    dense_.publish();
    malloc_trim(0);
    keep(added);
}

void SearchIndexes::forget_kept() {
    Query(database_, "DELETE FROM state WHERE name = ?", names).run();
}

void SearchIndexes::add(std::int64_t document_key, const std::vector<std::int64_t>& node_keys, const std::vector<EmbeddedNode>& nodes,
                        bool with_vectors) {
    if (with_vectors && dense_.snapshot()->size() == 0) dense_.clear(dense_.snapshot()->space(), nodes.front().embedding.size());
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        right_of_way_.give_way();
        const Node& node = nodes[i].node;
        if (with_vectors) dense_.add(node_keys[i], document_key, nodes[i].embedding);
        text_.add(node_keys[i], document_key, node.title, node.section, node.text);
    }
    uncommitted_ = nodes.size();
    publish();
}

void SearchIndexes::add_vectors(const std::vector<VectorRow>& rows) {
    for (const VectorRow& row : rows) dense_.add(row.node_key, row.document_key, row.embedding);
    dense_.publish();
}

void SearchIndexes::remove(std::int64_t document_key, std::int64_t first, std::int64_t last) {
    dense_.remove(document_key, first, last);
    text_.remove(document_key, first, last);
    publish();
}

/// The dense index last: where it is there, both are.
void SearchIndexes::publish() {
    text_.publish();
    dense_.publish();
}

void SearchIndexes::keep(std::size_t rows) noexcept {
    try {
        unkept_rows_ += rows;
        const auto dense = dense_.snapshot();
        if (!dense || unkept_rows_ < std::max(params_.snapshot_rows, dense->size() / 16) || writer_.is_busy()) return;
        // While the new file is not there the old one holds, so the database knows both.
        StateTable state(database_);
        const std::string last = state.find(names).value_or("").substr(0, name_length);
        std::string name = make_id();
        state.set(names, name + last);
        unkept_rows_ = 0;
        writer_.start(std::move(name), dense, text_.snapshot());
    } catch (const std::exception& error) {
        spdlog::warn("the search indexes are not kept for the next start: {}", error.what());
    }
}

}  // namespace docmind
