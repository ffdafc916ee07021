#pragma once
// "What does the model make of these tokens?" The one place where token sequences become tensors and tensors are computed.

#include "embeddings/openvino_runtime.hpp"
#include "embeddings/tokenizer.hpp"

#include "async/limiter.hpp"

#include <docmind/task.hpp>

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

namespace docmind {

/// Tokens as the model reads them: those from `second` on are the second segment.
struct Sequence {
    TokenIds ids;
    std::size_t second = std::numeric_limits<std::size_t>::max();
};

/// A compiled model with as many requests as it has streams. I/O thread only; who awaits it dies before it does.
class Encoder {
  public:
    /// A result that has not been read yet: float, [rows, ...]. Its request serves nobody else until it is destroyed.
    class Output {
      public:
        Output(Encoder* owner, Permit permit);
        Output(Output&& other) noexcept;
        Output& operator=(Output&&) = delete;
        ~Output();
        /// The rows' values and how many a row has.
        [[nodiscard]] const float* data() const { return tensor_.data<const float>(); }
        [[nodiscard]] const ov::Shape& shape() const { return shape_; }

      private:
        friend class Encoder;
        Encoder* owner_;
        Permit permit_;
        ov::InferRequest request_;
        ov::Tensor tensor_;
        ov::Shape shape_;
    };

    /// Blocks. Errors: corrupt.
    Encoder(ov::Core& core, ModelFile file, CompileParams params, std::int64_t pad_token);

    /// One row per sequence, padded to the longest; none may be empty. Waits for a free stream. Errors: backend, overloaded.
    Task<Output> arun(std::vector<Sequence> batch);

    [[nodiscard]] int streams() const noexcept { return streams_; }
    /// The last dimension of the output; 0 if the model leaves it open.
    [[nodiscard]] std::size_t width() const;
    /// Runs a text of each of these lengths once in every stream, so that the first ones do not pay for the model's preparations, then
    /// gives back the memory of the weights that those have copied. Blocks.
    void warm_up(const std::vector<std::size_t>& lengths);

  private:
    void fill(ov::InferRequest& request, const std::vector<Sequence>& batch) const;

    ModelFile file_;
    ov::CompiledModel model_;
    int streams_;
    std::int64_t pad_token_;
    ov::Output<const ov::Node> output_;
    bool reads_mask_ = false, reads_segments_ = false;
    std::vector<ov::InferRequest> free_;
    Limiter limiter_;
};

}  // namespace docmind
