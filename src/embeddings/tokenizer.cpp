#include "embeddings/tokenizer.hpp"

#include "embeddings/well_formed.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace docmind {
namespace {

/// The tokenizer answers with a table that is as wide as the longest text has tokens: rows times bytes of the longest bound its memory.
constexpr std::size_t max_table_bytes = 512 * 1024;
/// Bytes that a token of the window may have on average before the text behind is not even looked at.
constexpr std::size_t bytes_per_token = 64;

ov::Tensor text_tensor(const std::vector<std::string>& texts, std::size_t begin, std::size_t end) {
    ov::Tensor tensor(ov::element::string, {end - begin});
    std::transform(texts.begin() + static_cast<std::ptrdiff_t>(begin), texts.begin() + static_cast<std::ptrdiff_t>(end),
                   tensor.data<std::string>(), well_formed);
    return tensor;
}

/// Calls fn(begin, end) for runs of texts that fit into one table.
template <class Fn>
void for_each_table(const std::vector<std::string>& texts, Fn fn) {
    for (std::size_t begin = 0; begin < texts.size();) {
        std::size_t end = begin, longest = 1;
        while (end < texts.size()) {
            longest = std::max(longest, texts[end].size());
            if (end > begin && longest * (end - begin + 1) > max_table_bytes) break;
            ++end;
        }
        fn(begin, end);
        begin = end;
    }
}

}  // namespace

Tokenizer::Lease::Lease(const Tokenizer& owner) : owner_(owner) {
    const std::lock_guard lock(owner.mutex_);
    if (owner.free_.empty()) {
        request = owner.model_.create_infer_request();
    } else {
        request = std::move(owner.free_.back());
        owner.free_.pop_back();
    }
}

Tokenizer::Lease::~Lease() {
    const std::lock_guard lock(owner_.mutex_);
    owner_.free_.push_back(std::move(request));
}

Tokenizer::Tokenizer(ov::Core& core, const std::filesystem::path& model_dir, std::size_t max_tokens, int nice)
    : file_(read_model_file(core, model_dir / "openvino_tokenizer.xml")),
      model_(compile(core, file_, {.streams = 1, .threads = 1, .nice = nice})),
      max_tokens_(max_tokens) {
    const std::vector<std::string> empty(1);
    const Lease lease(*this);
    ov::InferRequest request = lease.request;
    run(empty, 0, 1, request);
    special_ = row(request, 0, max_tokens_).size();
}

void Tokenizer::run(const std::vector<std::string>& texts, std::size_t begin, std::size_t end, ov::InferRequest& request) const {
    try {
        request.set_input_tensor(text_tensor(texts, begin, end));
        request.infer();
    } catch (const std::exception& e) {
        throw Error(errc::backend, fmt::format("The tokenizer failed: {}", e.what()));
    }
}

TokenIds Tokenizer::row(const ov::InferRequest& request, std::size_t row, std::size_t max) const {
    ov::InferRequest reader = request;
    const ov::Tensor ids = reader.get_tensor("input_ids");
    const ov::Tensor mask = reader.get_tensor("attention_mask");
    const std::size_t width = ids.get_shape()[1];
    const std::int64_t* const id = ids.data<std::int64_t>() + row * width;
    const std::int64_t* const used = mask.data<std::int64_t>() + row * width;
    // Padding may stand on either side.
    const auto first = static_cast<std::size_t>(std::find(used, used + width, 1) - used);
    const auto count = static_cast<std::size_t>(std::count(used, used + width, 1));
    TokenIds tokens(id + first, id + first + std::min(count, max));
    if (count > max && special_ > 0) tokens.back() = static_cast<std::int32_t>(id[first + count - 1]);
    return tokens;
}

std::string_view Tokenizer::readable(std::string_view text) const noexcept {
    std::size_t end = std::min(text.size(), max_tokens_ * bytes_per_token);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
}

std::vector<TokenIds> Tokenizer::tokenize(const std::vector<std::string>& texts) const {
    std::vector<std::string> shortened;
    shortened.reserve(texts.size());
    for (const std::string& text : texts) shortened.emplace_back(readable(text));
    std::vector<TokenIds> result;
    result.reserve(texts.size());
    const Lease lease(*this);
    ov::InferRequest request = lease.request;
    for_each_table(shortened, [&](std::size_t begin, std::size_t end) {
        run(shortened, begin, end, request);
        for (std::size_t i = begin; i < end; ++i) result.push_back(row(request, i - begin, max_tokens_));
    });
    return result;
}

std::vector<std::uint32_t> Tokenizer::count(const std::vector<std::string>& texts) const {
    std::vector<std::uint32_t> counts;
    counts.reserve(texts.size());
    const Lease lease(*this);
    ov::InferRequest request = lease.request;
    for_each_table(texts, [&](std::size_t begin, std::size_t end) {
        run(texts, begin, end, request);
        const ov::Tensor mask = request.get_tensor("attention_mask");
        const std::size_t width = mask.get_shape()[1];
        for (std::size_t i = 0; i < end - begin; ++i) {
            const std::int64_t* const used = mask.data<std::int64_t>() + i * width;
            const auto tokens = static_cast<std::size_t>(std::count(used, used + width, 1));
            counts.push_back(static_cast<std::uint32_t>(tokens - std::min(tokens, special_)));
        }
    });
    return counts;
}

Task<TokenIds> Tokenizer::atokenize(std::string text) {
    const std::vector<std::string> texts{std::string(readable(text))};
    const Lease lease(*this);
    ov::InferRequest request = lease.request;
    request.set_input_tensor(text_tensor(texts, 0, 1));
    co_await infer(request);
    co_return row(request, 0, max_tokens_);
}

}  // namespace docmind
