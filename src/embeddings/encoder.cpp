#include "embeddings/encoder.hpp"

#include "embeddings/batch_plan.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace docmind {
namespace {

constexpr std::size_t max_waiting = 4096;

bool has_input(const ov::CompiledModel& model, std::string_view name) {
    return std::ranges::any_of(model.inputs(), [&](const auto& input) { return input.get_names().contains(std::string(name)); });
}

/// Exports differ in how many outputs they have; these names hold the answer, the most specific first.
ov::Output<const ov::Node> answer_of(const ov::CompiledModel& model) {
    for (const char* name : {"sentence_embedding", "last_hidden_state", "token_embeddings", "logits"}) {
        for (const auto& output : model.outputs()) {
            if (output.get_names().contains(name)) return output;
        }
    }
    return model.output(0);
}

}  // namespace

Encoder::Output::Output(Encoder* owner, Permit permit)
    : owner_(owner), permit_(std::move(permit)), request_(std::move(owner->free_.back())) {
    owner->free_.pop_back();
}

Encoder::Output::Output(Output&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)),
      permit_(std::move(other.permit_)),
      request_(std::move(other.request_)),
      tensor_(std::move(other.tensor_)),
      shape_(std::move(other.shape_)) {}

Encoder::Output::~Output() {
    // The request goes back before the permit does.
    if (owner_) owner_->free_.push_back(std::move(request_));
}

Encoder::Encoder(ov::Core& core, ModelFile file, CompileParams params, std::int64_t pad_token)
    : file_(std::move(file)),
      model_(compile(core, file_, params)),
      streams_(params.streams),
      pad_token_(pad_token),
      limiter_({.permits = static_cast<std::size_t>(params.streams), .max_waiting = max_waiting}) {
    try {
        if (!has_input(model_, "input_ids"))
            throw Error(errc::corrupt, fmt::format("The model {} has no input_ids: it is no text encoder.", file_.path.string()));
        reads_mask_ = has_input(model_, "attention_mask");
        reads_segments_ = has_input(model_, "token_type_ids");
        output_ = answer_of(model_);
        for (int i = 0; i < streams_; ++i) free_.push_back(model_.create_infer_request());
    } catch (const ov::Exception& e) {
        throw Error(errc::corrupt, fmt::format("The model {} cannot be used: {}", file_.path.string(), e.what()));
    }
}

std::size_t Encoder::width() const {
    const ov::PartialShape shape = output_.get_partial_shape();
    if (shape.rank().is_dynamic() || shape.rank().get_length() < 2) return 0;
    const ov::Dimension last = shape[shape.rank().get_length() - 1];
    return last.is_static() ? static_cast<std::size_t>(last.get_length()) : 0;
}

void Encoder::fill(ov::InferRequest& request, const std::vector<Sequence>& batch) const {
    std::size_t longest = 0;
    for (const Sequence& sequence : batch) longest = std::max(longest, sequence.ids.size());
    const std::size_t width = padded_length(longest);
    const ov::Shape shape{batch.size(), width};
    ov::Tensor ids(ov::element::i64, shape), mask(ov::element::i64, shape), segments(ov::element::i64, shape);
    for (std::size_t r = 0; r < batch.size(); ++r) {
        const TokenIds& tokens = batch[r].ids;
        std::int64_t* const id = std::ranges::copy(tokens, ids.data<std::int64_t>() + r * width).out;
        std::fill(id, ids.data<std::int64_t>() + (r + 1) * width, pad_token_);
        std::int64_t* const used = mask.data<std::int64_t>() + r * width;
        std::fill(std::fill_n(used, tokens.size(), 1), used + width, 0);
        std::int64_t* const segment = segments.data<std::int64_t>() + r * width;
        for (std::size_t i = 0; i < width; ++i) segment[i] = i >= batch[r].second && i < tokens.size() ? 1 : 0;
    }
    request.set_tensor("input_ids", ids);
    if (reads_mask_) request.set_tensor("attention_mask", mask);
    if (reads_segments_) request.set_tensor("token_type_ids", segments);
}

Task<Encoder::Output> Encoder::arun(std::vector<Sequence> batch) {
    Permit permit = co_await limiter_.acquire();
    Output output(this, std::move(permit));
    fill(output.request_, batch);
    co_await infer(output.request_);
    output.tensor_ = output.request_.get_tensor(output_);
    if (output.tensor_.get_element_type() != ov::element::f32) throw Error(errc::backend, "The model's output is not in 32-bit floats.");
    output.shape_ = output.tensor_.get_shape();
    if (output.shape_.empty() || output.shape_[0] != batch.size())
        throw Error(errc::backend, "The model gave another number of rows than it was given.");
    co_return std::move(output);
}

void Encoder::warm_up(const std::vector<std::size_t>& lengths) {
    for (const std::size_t length : lengths) {
        const std::vector<Sequence> batch(1, Sequence{.ids = TokenIds(length, static_cast<std::int32_t>(pad_token_))});
        for (ov::InferRequest& request : free_) {
            fill(request, batch);
            request.infer();
        }
    }
    file_.weights->release_pages();
}

}  // namespace docmind
