#pragma once
// "Where does this text lie?"

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <memory>
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
    /// What gives the vectors now: whatever it gives lies in the one space that its model_id() names. A model is its own; what stands for
    /// one that comes later or is exchanged gives that, and at the next call it may be another. Errors: unavailable (there is none).
    virtual Task<std::shared_ptr<Embedding>> acurrent_model();
};

}  // namespace docmind
