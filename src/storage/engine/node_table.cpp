#include "storage/engine/node_table.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/word_boxes.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

namespace docmind {
namespace {

static_assert(std::endian::native == std::endian::little, "vectors are stored in the machine's byte order");

/// Of the nodes n and their documents d.
constexpr std::string_view node_columns =
    "n.id, n.ordinal, n.page, n.begin_byte, n.end_byte, n.text, n.title, n.tokens, d.id, n.section, n.context_begin, n.context_end";

/// Reads `node_columns`.
Node read_node(const Query& row) {
    Node node;
    node.id = row.text(0);
    node.ordinal = static_cast<int>(row.integer(1));
    node.page = static_cast<int>(row.integer(2));
    node.begin = static_cast<std::uint32_t>(row.integer(3));
    node.end = static_cast<std::uint32_t>(row.integer(4));
    node.text = row.text(5);
    node.title = row.text(6);
    node.tokens = static_cast<std::uint32_t>(row.integer(7));
    node.document_id = row.text(8);
    node.section = row.text(9);
    node.context_begin = static_cast<std::uint32_t>(row.integer(10));
    node.context_end = static_cast<std::uint32_t>(row.integer(11));
    return node;
}

}  // namespace

std::vector<std::int64_t> NodeTable::insert(std::int64_t document_key, const EmbeddedDocument& document, VectorTable table,
                                            const std::function<void()>& between) {
    const std::string_view put_vector = table == VectorTable::searched ? "INSERT INTO vectors(node_key, embedding) VALUES(?, ?)"
                                                                       : "INSERT INTO next_vectors(node_key, embedding) VALUES(?, ?)";
    for (const Page& page : document.document.pages) {
        between();
        const auto words = encode_word_boxes(page.words);
        Query(database_, "INSERT INTO pages(document_key, number, width, height, text, words) VALUES(?, ?, ?, ?, ?, ?)", document_key,
              page.number, page.width, page.height, page.text, Bytes(words))
            .run();
        crash_point("storage.add.page");
    }
    std::vector<std::int64_t> keys;
    keys.reserve(document.nodes.size());
    for (const EmbeddedNode& embedded : document.nodes) {
        between();
        const Node& node = embedded.node;
        Query(database_,
              "INSERT INTO nodes(id, document_key, ordinal, page, begin_byte, end_byte, tokens, title, text, section, context_begin, "
              "context_end) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              node.id, document_key, node.ordinal, node.page, node.begin, node.end, node.tokens, node.title, node.text, node.section,
              node.context_begin, node.context_end)
            .run();
        const std::int64_t key = database_.last_insert_key();
        Query(database_, put_vector, key, Bytes(std::as_bytes(std::span(embedded.embedding)))).run();
        keys.push_back(key);
        crash_point("storage.add.node");
    }
    return keys;
}

bool NodeTable::remove(std::int64_t document_key) {
    Query(database_, "DELETE FROM nodes WHERE document_key = ?", document_key).run();
    const bool had_nodes = database_.changes() > 0;
    Query(database_, "DELETE FROM pages WHERE document_key = ?", document_key).run();
    return had_nodes;
}

std::vector<Node> NodeTable::list(std::int64_t document_key, std::size_t offset, std::size_t limit) {
    std::vector<Node> nodes;
    Query query(database_,
                fmt::format("SELECT {} FROM nodes n JOIN documents d ON d.key = n.document_key WHERE n.document_key = ? ORDER BY n.ordinal "
                            "LIMIT ? OFFSET ?",
                            node_columns),
                document_key, limit, offset);
    while (query.step()) nodes.push_back(read_node(query));
    return nodes;
}

std::optional<Page> NodeTable::find_page(std::int64_t document_key, int number) {
    Query query(database_, "SELECT text, width, height, words FROM pages WHERE document_key = ? AND number = ?", document_key, number);
    if (!query.step()) return std::nullopt;
    Page page;
    page.number = number;
    page.text = query.text(0);
    page.width = static_cast<float>(query.real(1));
    page.height = static_cast<float>(query.real(2));
    page.words = decode_word_boxes(query.blob(3));
    return page;
}

std::optional<NodeWithScore> NodeTable::find(std::int64_t node_key) {
    Query query(database_,
                fmt::format("SELECT {}, d.name FROM nodes n JOIN documents d ON d.key = n.document_key WHERE n.key = ?", node_columns),
                node_key);
    if (!query.step()) return std::nullopt;
    NodeWithScore found;
    found.node = read_node(query);
    found.document_name = query.text(12);
    return found;
}

std::vector<std::int64_t> NodeTable::keys() {
    std::vector<std::int64_t> keys;
    // The smallest thing that has them all: the table itself holds the texts.
    Query query(database_, "SELECT key FROM nodes INDEXED BY sqlite_autoindex_nodes_2");
    while (query.step()) keys.push_back(query.integer(0));
    std::ranges::sort(keys);
    return keys;
}

void NodeTable::each_indexed(std::size_t dimension, const std::optional<std::vector<std::int64_t>>& keys,
                             const std::function<void(const IndexedNode&)>& use) {
    std::vector<float> embedding(dimension);
    const auto text = [](const Bytes bytes) { return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()); };
    const auto read = [&](const Query& row) {
        const Bytes bytes = row.blob(2);
        if (!bytes.empty() && bytes.size() != dimension * sizeof(float)) {
            throw Error(errc::storage, "A stored vector is damaged: it has the wrong length. Reprocess the documents.");
        }
        if (!bytes.empty()) std::memcpy(embedding.data(), bytes.data(), bytes.size());
        const std::span<const float> stored = bytes.empty() ? std::span<const float>() : std::span<const float>(embedding);
        use({row.integer(0), row.integer(1), stored, text(row.blob(3)), text(row.blob(4)), text(row.blob(5))});
    };
    constexpr std::string_view select =
        "SELECT n.key, n.document_key, v.embedding, n.title, n.section, n.text FROM nodes n LEFT JOIN vectors v ON v.node_key = n.key ";
    if (!keys) {
        Query query(database_, fmt::format("{}ORDER BY n.key", select));
        while (query.step()) read(query);
        return;
    }
    for (const std::int64_t key : *keys) {
        Query query(database_, fmt::format("{}WHERE n.key = ?", select), key);
        while (query.step()) read(query);
    }
}

}  // namespace docmind
