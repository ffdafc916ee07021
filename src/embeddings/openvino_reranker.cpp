#include "embeddings/openvino_reranker.hpp"

#include "async/offload.hpp"
#include "embeddings/batch_plan.hpp"
#include "embeddings/encoder.hpp"
#include "embeddings/tokenizer.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace docmind {
namespace {

using Clock = std::chrono::steady_clock;

/// So many passages of the ranking are sorted by length at a time: more would pad less, but make the scored prefix jump further.
constexpr std::size_t passages_per_window = 8;

/// The first tokens and the last, which is special.
void shorten(TokenIds* tokens, std::size_t max) {
    if (tokens->size() <= max) return;
    const std::int32_t last = tokens->back();
    tokens->resize(max);
    tokens->back() = last;
}

/// [CLS] question [SEP] passage [SEP], the passage as second segment; RoBERTa's kind has two separators in the middle.
Sequence pair_of(const TokenIds& question, TokenIds passage, bool two_separators, std::size_t max) {
    Sequence pair{.ids = question};
    if (two_separators) pair.ids.push_back(question.back());
    pair.second = pair.ids.size();
    shorten(&passage, max - pair.ids.size() + 1);
    pair.ids.insert(pair.ids.end(), passage.begin() + 1, passage.end());
    return pair;
}

/// One logit, or that of "relevant" against that of "not".
float logit(const Encoder::Output& output, std::size_t row) {
    const std::size_t labels = output.shape().back();
    const float* const values = output.data() + row * labels;
    const float score = labels == 1 ? values[0] : values[1] - values[0];
    if (!std::isfinite(score)) throw Error(errc::backend, "The reranker gave a score that is no number.");
    return score;
}

/// The window's batches, the one with its first passage first, so that even one batch makes a prefix.
std::vector<std::vector<std::size_t>> plan_window(const std::vector<Sequence>& pairs, std::size_t begin, std::size_t batch_tokens) {
    std::vector<std::size_t> lengths;
    for (std::size_t i = begin; i < std::min(begin + passages_per_window, pairs.size()); ++i) lengths.push_back(pairs[i].ids.size());
    std::vector<std::vector<std::size_t>> batches = plan_batches(lengths, batch_tokens);
    const auto has_first = [](const std::vector<std::size_t>& batch) { return std::ranges::find(batch, 0u) != batch.end(); };
    std::rotate(batches.begin(), std::ranges::find_if(batches, has_first), batches.end());
    for (std::vector<std::size_t>& batch : batches) {
        for (std::size_t& i : batch) i += begin;
    }
    return batches;
}

}  // namespace

/// One call of ascore.
struct OpenVinoReranker::Work {
    std::vector<Sequence> pairs;
    std::vector<std::optional<float>> scores;
};

OpenVinoReranker::OpenVinoReranker(Params params, Pool& pool)
    : params_(std::move(params)),
      pool_(pool),
      config_(read_model_config(params_.model_dir)),
      max_tokens_(std::min(params_.max_tokens, config_.max_tokens)) {
    if (params_.max_tokens < 32 || params_.batch_tokens < 64)
        throw Error(errc::invalid_argument, "max_tokens must be at least 32 and batch_tokens at least 64.");
    ov::Core core = make_core(params_.tokenizers_library);
    tokenizer_ = std::make_unique<Tokenizer>(core, params_.model_dir, max_tokens_, 0);
    const CompileParams compiled{.streams = 1, .threads = thread_count(params_.threads)};
    const ModelFile model = read_model_file(core, params_.model_dir / "openvino_model.xml");
    encoder_ = std::make_unique<Encoder>(core, model, compiled, config_.pad_token);
    if (encoder_->width() != 1 && encoder_->width() != 2) {
        throw Error(errc::corrupt, fmt::format("The model in {} is no cross-encoder: it should give one or two numbers for a pair.",
                                               params_.model_dir.string()));
    }
    encoder_->warm_up({256});
}

OpenVinoReranker::~OpenVinoReranker() = default;

std::vector<Sequence> OpenVinoReranker::pairs(const std::string& query, const std::vector<std::string>& texts) const {
    const bool two_separators = config_.architecture.contains("roberta");
    TokenIds question = tokenizer_->tokenize({query}).front();
    shorten(&question, max_tokens_ / 2);
    std::vector<TokenIds> passages = tokenizer_->tokenize(texts);
    std::vector<Sequence> result;
    result.reserve(passages.size());
    for (TokenIds& passage : passages) result.push_back(pair_of(question, std::move(passage), two_separators, max_tokens_));
    return result;
}

Clock::duration OpenVinoReranker::estimate(const Work& work, const std::vector<std::size_t>& batch) const {
    std::size_t longest = 0;
    for (const std::size_t i : batch) longest = std::max(longest, work.pairs[i].ids.size());
    const double seconds = seconds_per_token_ * static_cast<double>(padded_length(longest) * batch.size());
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

Task<> OpenVinoReranker::run_batch(Work* work, std::vector<std::size_t> batch) {
    std::vector<Sequence> sequences;
    std::size_t longest = 0;
    for (const std::size_t i : batch) {
        longest = std::max(longest, work->pairs[i].ids.size());
        sequences.push_back(std::move(work->pairs[i]));
    }
    const auto start = Clock::now();
    const Encoder::Output output = co_await encoder_->arun(std::move(sequences));
    const double seconds =
        std::chrono::duration<double>(Clock::now() - start).count() / static_cast<double>(padded_length(longest) * batch.size());
    seconds_per_token_ = seconds_per_token_ == 0 ? seconds : 0.5 * (seconds_per_token_ + seconds);
    for (std::size_t row = 0; row < batch.size(); ++row) work->scores[batch[row]] = logit(output, row);
}

Task<std::vector<float>> OpenVinoReranker::ascore(std::string query, std::vector<std::string> texts, Clock::time_point deadline) {
    if (texts.empty()) co_return std::vector<float>();
    auto tokenize = [this, query = std::move(query), texts = std::move(texts)](const std::stop_token&) { return pairs(query, texts); };
    Work work;
    work.pairs = co_await offload(pool_, Priority::interactive, std::move(tokenize));
    work.scores.resize(work.pairs.size());
    bool in_time = true;
    for (std::size_t begin = 0; in_time && begin < work.pairs.size(); begin += passages_per_window) {
        std::vector<std::vector<std::size_t>> batches = plan_window(work.pairs, begin, params_.batch_tokens);
        for (std::vector<std::size_t>& batch : batches) {
            in_time = !work.scores.front() || Clock::now() + estimate(work, batch) <= deadline;
            if (!in_time) break;
            co_await run_batch(&work, std::move(batch));
        }
    }
    std::vector<float> prefix;
    for (const std::optional<float>& score : work.scores) {
        if (!score) break;
        prefix.push_back(*score);
    }
    co_return prefix;
}

}  // namespace docmind
