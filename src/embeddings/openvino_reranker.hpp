#pragma once
// "Read the question and the passage together: how well do they fit?", answered by a cross-encoder on this machine's CPU.

#include <docmind/postprocessor.hpp>

#include "embeddings/model_config.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class Encoder;
class Pool;
class Tokenizer;
struct Sequence;

/// Answers how well passages fit a question. Does not sort them. Its coroutines belong to the I/O thread and end before it does.
class OpenVinoReranker : public Reranker {
  public:
    struct Params {
        std::filesystem::path model_dir;           ///< a Hugging Face OpenVINO export with its tokenizer
        std::size_t max_tokens = 512;              ///< of question and passage together; the model's window if that is less
        std::size_t batch_tokens = 1024;           ///< padded tokens of one inference at most; small, so that a deadline is met
        int threads = 0;                           ///< 0: one per core
        std::filesystem::path tokenizers_library;  ///< empty: the one this program or library came with
    };

    /// Loads and compiles; blocks for about a second, so call it on a pool. `pool` makes texts into tokens and outlives this.
    /// Errors: invalid_argument; unavailable (something is missing); corrupt (something cannot be loaded).
    OpenVinoReranker(Params params, Pool& pool);
    ~OpenVinoReranker() override;

    /// A batch that would not end before the deadline, as far as the last ones tell, is not started. A long question leaves half of the
    /// window to the passages. Errors: backend, overloaded.
    Task<std::vector<float>> ascore(std::string query, std::vector<std::string> texts,
                                    std::chrono::steady_clock::time_point deadline) override;
    [[nodiscard]] std::string model_id() const override { return config_.model_id; }

  private:
    struct Work;

    [[nodiscard]] std::vector<Sequence> pairs(const std::string& query, const std::vector<std::string>& texts) const;
    Task<> run_batch(Work* work, std::vector<std::size_t> batch);
    [[nodiscard]] std::chrono::steady_clock::duration estimate(const Work& work, const std::vector<std::size_t>& batch) const;

    const Params params_;
    Pool& pool_;
    ModelConfig config_;
    std::size_t max_tokens_ = 0;
    std::unique_ptr<Tokenizer> tokenizer_;
    std::unique_ptr<Encoder> encoder_;
    double seconds_per_token_ = 0;  ///< how the latest batches went; 0 before the first
};

}  // namespace docmind
