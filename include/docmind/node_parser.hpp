#pragma once
// "Here is a document: what are its passages?"

#include <docmind/node.hpp>

#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace docmind {

/// Counts tokens as the embedding model does. Computes; call it on a pool. Thread-safe.
class TokenCounter {
  public:
    virtual ~TokenCounter() = default;
    /// One count per text, without the model's special tokens.
    [[nodiscard]] virtual std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const = 0;
};

class NodeParser {
  public:
    virtual ~NodeParser() = default;
    /// The document's passages in order, deterministic for the same input. Computes; call it on a pool. Thread-safe.
    [[nodiscard]] virtual std::vector<Node> get_nodes_from_document(const Document& document, std::stop_token stop) const = 0;
    /// The splitter, the version of its algorithm and every parameter that changes its passages, but not the token counter: with the same
    /// counter, equal fingerprints mean equal passages. E.g. "sentence/1 256/32". A part of cache keys.
    [[nodiscard]] virtual std::string fingerprint() const = 0;
};

}  // namespace docmind
