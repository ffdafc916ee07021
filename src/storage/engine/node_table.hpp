#pragma once
// "What does this document say, and where?" Pages, nodes and vectors of documents: always written and removed together.

#include "storage/engine/database.hpp"

#include <docmind/node.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// Where vectors lie: with those that are searched, or with those that will be (next_space.hpp).
enum class VectorTable { searched, next };

/// A stored node on its way into the indexes.
struct IndexedNode {
    std::int64_t node_key = 0;
    std::int64_t document_key = 0;
    std::span<const float> embedding;       ///< of the searched space; empty: it has none yet; valid during the call
    std::string_view title, section, text;  ///< likewise
};

class NodeTable {
  public:
    explicit NodeTable(Database& database) : database_(database) {}

    /// Stores pages and nodes of a document that has none; the keys of the nodes, ascending. `between` is called before each of
    /// them; what it throws ends the work.
    std::vector<std::int64_t> insert(std::int64_t document_key, const EmbeddedDocument& document, VectorTable table,
                                     const std::function<void()>& between);
    /// Pages, nodes and vectors. Whether it had nodes.
    bool remove(std::int64_t document_key);
    [[nodiscard]] std::vector<Node> list(std::int64_t document_key, std::size_t offset, std::size_t limit);
    [[nodiscard]] std::optional<Page> find_page(std::int64_t document_key, int number);
    /// The node and its document's name, without scores.
    [[nodiscard]] std::optional<NodeWithScore> find(std::int64_t node_key);
    /// Of every node, ascending.
    [[nodiscard]] std::vector<std::int64_t> keys();
    /// What the indexes hold of every node, in the order of the keys; only of `keys`, where given. Errors: storage (a vector of another
    /// length).
    void each_indexed(std::size_t dimension, const std::optional<std::vector<std::int64_t>>& keys,
                      const std::function<void(const IndexedNode&)>& use);

  private:
    Database& database_;
};

}  // namespace docmind
