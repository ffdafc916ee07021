#include "embeddings/openai_embedding.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "async/offload.hpp"
#include "async/when_all.hpp"
#include "embeddings/approximate_token_counter.hpp"
#include "embeddings/embedding_protocol.hpp"
#include "embeddings/model_config.hpp"
#include "embeddings/model_server.hpp"
#include "embeddings/request_plan.hpp"
#include "net/api_root.hpp"

namespace docmind {

namespace {

/// A body up to this size is written and read in well under a millisecond, as are so many texts planned: that needs no other thread.
constexpr std::size_t small_body = 32 * 1024;
/// A text is not cut shorter than this: then something else is wrong.
constexpr std::size_t shortest_cut = 64;
constexpr std::size_t max_dimension = 16'384;
/// Of a number in JSON, with all digits of a double, sign, exponent and comma.
constexpr std::size_t bytes_per_number = 32;

/// Calls fn on the pool where that takes long.
template <class Fn>
Task<std::invoke_result_t<Fn, std::stop_token>> compute(Pool* pool, std::size_t bytes, Priority priority, Fn fn) {
    if (bytes <= small_body) co_return fn(std::stop_token());
    auto result = co_await offload(*pool, priority, std::move(fn));
    co_return result;
}

OpenAIEmbedding::Params checked(OpenAIEmbedding::Params params) {
    const auto require = [](bool good, const char* message) {
        if (!good) throw Error(errc::invalid_argument, message);
    };
    require(params.slots >= 1, "embedding.slots must be at least 1.");
    require(params.batch_texts >= 1 && params.batch_bytes >= 1, "A request needs room for one text.");
    require(params.timeout.count() > 0 && params.query_timeout.count() > 0, "embedding.timeout must be more than 0.");
    const Instructions known = instructions_of(params.model);
    if (params.query_instruction.empty()) params.query_instruction = known.query;
    if (params.passage_instruction.empty()) params.passage_instruction = known.passage;
    return params;
}

std::uint32_t mark_of(std::string_view text) noexcept {
    std::uint32_t hash = 0x811c9dc5U;
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x01000193U;
    return hash;
}

}  // namespace

/// One call. A request's texts belong to it alone, so that the pool may read them while others change theirs.
struct OpenAIEmbedding::Work {
    std::vector<std::string> texts;
    std::string instruction;
    std::vector<Vector> vectors;
    Priority priority;
};

Task<std::unique_ptr<OpenAIEmbedding>> OpenAIEmbedding::aconnect(Params params, Pool* pool, Executor executor,
                                                                 std::shared_ptr<const TokenCounter> counter) {
    std::unique_ptr<OpenAIEmbedding> embedding(new OpenAIEmbedding(std::move(params), *pool, executor, std::move(counter)));
    co_await embedding->probe();
    co_return embedding;
}

OpenAIEmbedding::OpenAIEmbedding(Params params, Pool& pool, Executor executor, std::shared_ptr<const TokenCounter> counter)
    : params_(checked(std::move(params))),
      pool_(pool),
      counter_(counter ? std::move(counter) : std::make_shared<const ApproximateTokenCounter>()),
      name_{.section = "embedding", .gives = "embeddings", .root = api_root(params_.base_url, "embedding"), .model = params_.model},
      server_(std::make_unique<ModelServer>(ModelServer::Params{.name = name_,
                                                                .api_key = params_.api_key,
                                                                .slots = params_.slots,
                                                                .max_waiting = params_.max_waiting,
                                                                .connect_timeout = params_.connect_timeout,
                                                                .query_timeout = params_.query_timeout,
                                                                .timeout = params_.timeout,
                                                                .drain_limit = params_.drain_limit,
                                                                .retry = params_.retry,
                                                                .breaker = params_.breaker},
                                            executor)) {}

OpenAIEmbedding::~OpenAIEmbedding() = default;

Task<> OpenAIEmbedding::probe() {
    bool refused = false;
    try {
        co_await ask_for_dimension();
    } catch (const Error& error) {
        if (error.code() != errc::backend) throw;
        refused = true;
    }
    if (!refused) co_return;
    format_ = VectorFormat::numbers;
    co_await ask_for_dimension();
}

Task<> OpenAIEmbedding::ask_for_dimension() {
    std::string body = embedding_body(params_.model, {"dimension"}, format_);
    ModelServer::Request request{.url = name_.root + "/embeddings", .body = std::move(body), .max_answer_bytes = max_answer_bytes(1)};
    const ModelServer::Answer answer = co_await server_->aask(std::move(request));
    if (answer.refused_size) throw refusal(answer.status, name_, answer.body);
    const std::size_t dimension = parse_embeddings(answer.body, 1, 0).front().size();
    if (dimension > max_dimension)
        throw Error(errc::backend,
                    fmt::format("The embedding server's vectors have {} dimensions; {} is the most.", dimension, max_dimension));
    const std::string name = params_.model.empty() ? parse_model_name(answer.body) : params_.model;
    dimension_ = dimension;
    model_id_ = fmt::format("{}/{}/{}", name_.root.substr(7, name_.root.find('/', 7) - 7), name.empty() ? "default" : name, dimension_);
    if (!params_.passage_instruction.empty()) model_id_ += fmt::format("/{:08x}", mark_of(params_.passage_instruction));
}

Task<Vector> OpenAIEmbedding::aget_query_embedding(std::string query) {
    std::string instruction = params_.query_instruction;
    Vector vector = co_await embed_one(std::move(query), std::move(instruction));
    co_return vector;
}

Task<Vector> OpenAIEmbedding::aget_text_embedding(std::string text) {
    std::string instruction = params_.passage_instruction;
    Vector vector = co_await embed_one(std::move(text), std::move(instruction));
    co_return vector;
}

Task<std::vector<Vector>> OpenAIEmbedding::aget_text_embedding_batch(std::vector<std::string> texts, Priority priority) {
    if (texts.empty()) co_return std::vector<Vector>();
    std::string instruction = params_.passage_instruction;
    std::vector<Vector> vectors = co_await embed_all(std::move(texts), std::move(instruction), priority);
    co_return vectors;
}

Task<Vector> OpenAIEmbedding::embed_one(std::string text, std::string instruction) {
    std::vector<std::string> texts;
    texts.push_back(std::move(text));
    std::vector<Vector> vectors = co_await embed_all(std::move(texts), std::move(instruction), Priority::interactive);
    co_return std::move(vectors.front());
}

Task<std::vector<Vector>> OpenAIEmbedding::embed_all(std::vector<std::string> texts, std::string instruction, Priority priority) {
    const RequestLimits limits{.texts = params_.batch_texts, .bytes = params_.batch_bytes, .slots = params_.slots};
    const auto work = std::make_shared<Work>(Work{.texts = std::move(texts), .instruction = std::move(instruction), .priority = priority});
    work->vectors.resize(work->texts.size());
    auto plan = [work, limits](const std::stop_token&) {
        std::vector<std::size_t> sizes;
        for (const std::string& text : work->texts) sizes.push_back(work->instruction.size() + text.size());
        return plan_requests(sizes, limits);
    };
    std::vector<std::vector<std::size_t>> requests = co_await compute(&pool_, work->texts.size(), priority, std::move(plan));
    // Twice the slots: while one request is on its way, the next body is written and the last answer is read.
    const auto run = [this, work](std::vector<std::size_t>& request) { return run_request(work, std::move(request)); };
    co_await for_each_limited(std::move(requests), params_.slots * 2, run);
    co_return std::move(work->vectors);
}

Task<> OpenAIEmbedding::run_request(std::shared_ptr<Work> work, std::vector<std::size_t> request) {
    std::vector<std::vector<std::size_t>> todo;
    todo.push_back(std::move(request));
    while (!todo.empty()) {
        const auto positions = std::make_shared<const std::vector<std::size_t>>(std::move(todo.back()));
        todo.pop_back();
        std::size_t bytes = 0;
        for (const std::size_t i : *positions) bytes += work->texts[i].size();
        auto write = [work, positions, model = params_.model, format = format_](const std::stop_token&) {
            std::vector<std::string> texts;
            for (const std::size_t i : *positions) texts.push_back(work->instruction + presentable(work->texts[i]));
            return embedding_body(model, texts, format);
        };
        std::string body = co_await compute(&pool_, bytes, work->priority, std::move(write));
        ModelServer::Request asked{.url = name_.root + "/embeddings",
                                   .body = std::move(body),
                                   .max_answer_bytes = max_answer_bytes(positions->size()),
                                   .priority = work->priority};
        ModelServer::Answer answer = co_await server_->aask(std::move(asked));
        if (!answer.refused_size) {
            const std::size_t length = answer.body.size();
            auto read = [answer = std::move(answer), count = positions->size(), dimension = dimension_](const std::stop_token&) {
                return parse_embeddings(answer.body, count, dimension);
            };
            std::vector<Vector> vectors = co_await compute(&pool_, length, work->priority, std::move(read));
            for (std::size_t i = 0; i < vectors.size(); ++i) work->vectors[(*positions)[i]] = std::move(vectors[i]);
        } else if (positions->size() > 1) {
            const auto middle = positions->begin() + static_cast<std::ptrdiff_t>(positions->size() / 2);
            todo.emplace_back(middle, positions->end());
            todo.emplace_back(positions->begin(), middle);
        } else {
            std::string& text = work->texts[positions->front()];
            if (text.size() < 2 * shortest_cut) throw refusal(answer.status, name_, answer.body);
            cut_in_half(&text);
            todo.push_back(*positions);
        }
    }
}

std::size_t OpenAIEmbedding::max_answer_bytes(std::size_t texts) const noexcept {
    const std::size_t numbers = dimension_ > 0 ? dimension_ : max_dimension;
    return 64 * 1024 + texts * (numbers * bytes_per_number + 256);
}

std::vector<std::uint32_t> OpenAIEmbedding::count_tokens(const std::vector<std::string>& texts) const {
    return counter_->count_tokens(texts);
}

std::size_t OpenAIEmbedding::slots_in_use() const noexcept {
    return server_->slots_in_use();
}

}  // namespace docmind
