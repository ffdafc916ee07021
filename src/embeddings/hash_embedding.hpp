#pragma once
// "Where does this text lie?", for tests: no model, no files, always the same answer.

#include <docmind/embedding.hpp>
#include <docmind/node_parser.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace docmind {

/// Words are hashed to directions; a text is the sum of its words, so texts that share words lie near each other. As strict as a real
/// embedding: unit vectors of one length, batches in order, every call suspends once, an empty text has a vector too.
class HashEmbedding : public Embedding, public TokenCounter {
  public:
    struct Params {
        std::size_t dimension = 64;    ///< at least 8
        std::size_t max_tokens = 512;  ///< words behind these are not read
        std::string model_id = "hash-64";
    };

    HashEmbedding() : HashEmbedding(Params{}) {}
    /// Throws Error{invalid_argument}.
    explicit HashEmbedding(Params params);

    Task<Vector> aget_query_embedding(std::string query) override;
    Task<Vector> aget_text_embedding(std::string text) override;
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority priority = Priority::background) override;
    [[nodiscard]] std::size_t dimension() const override { return params_.dimension; }
    [[nodiscard]] std::string model_id() const override { return params_.model_id; }
    /// Words, and marks by themselves.
    [[nodiscard]] std::vector<std::uint32_t> count_tokens(const std::vector<std::string>& texts) const override;

  private:
    [[nodiscard]] Vector embed(const std::string& text) const;
    const Params params_;
};

}  // namespace docmind
