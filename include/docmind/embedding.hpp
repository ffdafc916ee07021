#pragma once
// "Where does this text lie?"

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace docmind {

class Embedding {
  public:
    virtual ~Embedding() = default;
    /// The vector of a question, with the model's query instruction. Interactive.
    virtual Task<Vector> aget_query_embedding(std::string query) = 0;
    /// The vector of one passage. Interactive.
    virtual Task<Vector> aget_text_embedding(std::string text) = 0;
    /// One vector per text, in order. Batches by similar length inside; texts over the model's window are cut.
    virtual Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts,
                                                                Priority priority = Priority::background) = 0;
    /// Length of every vector.
    [[nodiscard]] virtual std::size_t dimension() const = 0;
    /// Names the vector space; vectors of different ids are never compared.
    [[nodiscard]] virtual std::string model_id() const = 0;
};

}  // namespace docmind
