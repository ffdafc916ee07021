#pragma once
// "Read the question and the passage together: how well do they fit?"

#include <docmind/task.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace docmind {

class Reranker {
  public:
    virtual ~Reranker() = default;
    /// Raw logits of the first texts, in order: as many as fit before `deadline` (at least one batch). Cancellable between batches.
    virtual Task<std::vector<float>> ascore(std::string query, std::vector<std::string> texts,
                                            std::chrono::steady_clock::time_point deadline) = 0;
    [[nodiscard]] virtual std::string model_id() const = 0;
};

}  // namespace docmind
