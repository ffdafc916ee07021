// How the models come: loaded on a thread of their own, or found at a server that may be away.

#include "application/parts.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "application/reindex.hpp"
#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/when_all.hpp"
#include "embeddings/http_reranker.hpp"
#include "embeddings/openai_embedding.hpp"
#include "embeddings/openvino_embedding.hpp"
#include "embeddings/openvino_reranker.hpp"

namespace docmind {
namespace {

constexpr std::chrono::milliseconds first_reconnect{500};
constexpr std::chrono::milliseconds longest_reconnect{30'000};

/// Calls `connect` until it succeeds: a server that is away now may come later; until it does, what needs it is told why it is not there.
/// Errors: those that do not pass by waiting.
template <class Model>
Task<> keep_connecting(Late<Model>* late, std::string what, std::function<Task<>()> connect) {
    for (std::chrono::milliseconds wait = first_reconnect;; wait = std::min(2 * wait, longest_reconnect)) {
        std::string why;
        try {
            co_await connect();
            co_return;
        } catch (const Error& error) {
            const bool may_pass = error.code() == errc::unavailable || error.code() == errc::timeout || error.code() == errc::overloaded;
            if (!may_pass) throw;
            why = error.what();
        }
        if (late->why() != why) spdlog::warn("no {} yet: {}", what, why);
        late->fail(why);
        co_await sleep_for(wait);
    }
}

}  // namespace

Task<> Application::Parts::reindex(Embedding* model) {
    const SpaceProgress start = co_await storage.embedding_spaces().aprogress();
    reindexing = Reindexing{.from = start.model_id, .to = model->model_id(), .passages = start.passages, .embedded = start.embedded};
    const std::string why = fmt::format(
        "The embedding model is now {}, and the library was made with {}: its passages are embedded anew while the server runs. Until that "
        "is done "
        "documents are found by their words, and new ones wait.",
        reindexing->to, start.model_id.empty() ? "another one" : start.model_id);
    spdlog::warn("{}", why);
    // Without a vector of the question no vectors are compared: those of two models never meet.
    embedding.late.fail(why);
    const auto begin = std::chrono::steady_clock::now();
    const auto progress = [this, begin, before = start.embedded](std::size_t embedded) {
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        reindexing->embedded = embedded;
        reindexing->passages = std::max(reindexing->passages, embedded);
        const auto left = static_cast<double>(reindexing->passages - embedded);
        if (embedded > before) reindexing->seconds_left = left * took.count() / static_cast<double>(embedded - before);
    };
    co_await areindex({}, &storage.embedding_spaces(), model, cache.get(), progress);
    reindexing.reset();
    spdlog::info("the library follows the embedding model {} now", model->model_id());
}

Task<> Application::Parts::use_embedding(std::unique_ptr<Embedding> model, const TokenCounter* counter) {
    const std::string id = model->model_id();
    const bool is_another = co_await storage.embedding_spaces().abegin(id, model->dimension());
    if (is_another) co_await reindex(model.get());
    co_await storage.ause_embedding(id, model->dimension());
    co_await storage.aload();
    token_counter.set(counter);
    embedding.late.set(std::move(model));
}

Task<> Application::Parts::connect_embedding() {
    OpenAIEmbedding::Params params{.base_url = settings.embedding.base_url,
                                   .model = settings.embedding.model,
                                   .api_key = settings.embedding.api_key,
                                   .query_instruction = settings.embedding.query_instruction,
                                   .slots = static_cast<std::size_t>(settings.embedding.slots)};
    std::unique_ptr<OpenAIEmbedding> model = co_await OpenAIEmbedding::aconnect(std::move(params), &cpu_pool, loop.executor());
    const TokenCounter* const counter = model.get();
    co_await use_embedding(std::move(model), counter);
}

Task<> Application::Parts::load_embedding() {
    std::string why;
    try {
        if (settings.embedding.base_url.empty()) {
            const OpenVinoEmbedding::Params params{.model_dir = settings.embedding.model_dir,
                                                   .batch_tokens = static_cast<std::size_t>(settings.embedding.batch_tokens),
                                                   .query_instruction = settings.embedding.query_instruction};
            Pool* pool = &cpu_pool;
            auto load = [params, pool](std::stop_token) { return std::make_unique<OpenVinoEmbedding>(params, *pool); };
            std::unique_ptr<OpenVinoEmbedding> model = co_await offload(model_pool, Priority::interactive, std::move(load));
            const TokenCounter* const counter = model.get();
            co_await use_embedding(std::move(model), counter);
        } else {
            co_await keep_connecting(&embedding.late, "embedding", [this] { return connect_embedding(); });
        }
    } catch (const Error& error) {
        why = error.what();
    }
    if (why.empty()) co_return;
    spdlog::error("no embedding: {}", why);
    token_counter.fail(why);
    embedding.late.fail(why);
}

Task<> Application::Parts::connect_reranker() {
    HttpReranker::Params params{.base_url = settings.reranker.base_url,
                                .model = settings.reranker.model,
                                .api_key = settings.reranker.api_key,
                                .slots = static_cast<std::size_t>(settings.reranker.slots)};
    std::unique_ptr<HttpReranker> model = co_await HttpReranker::aconnect(std::move(params), loop.executor());
    reranker.late.set(std::move(model));
}

Task<> Application::Parts::load_local_reranker() {
    const OpenVinoReranker::Params params{.model_dir = settings.reranker.model_dir};
    Pool* pool = &cpu_pool;
    auto load = [params, pool](std::stop_token) { return std::make_unique<OpenVinoReranker>(params, *pool); };
    std::unique_ptr<OpenVinoReranker> model = co_await offload(model_pool, Priority::interactive, std::move(load));
    reranker.late.set(std::move(model));
}

Task<> Application::Parts::load_reranker() {
    std::string why = "It is switched off (reranker.enabled).";
    if (settings.reranker.enabled) {
        why.clear();
        try {
            if (settings.reranker.base_url.empty()) {
                co_await load_local_reranker();
            } else {
                co_await keep_connecting(&reranker.late, "reranker", [this] { return connect_reranker(); });
            }
        } catch (const Error& error) {
            why = error.what();
            spdlog::warn("no reranker: {}", why);
        }
    }
    if (!why.empty()) reranker.late.fail(why);
}

Task<> Application::Parts::load_embedding_and_ingest() {
    co_await load_embedding();
    // Without an embedder nothing could become searchable: what is queued stays queued.
    if (!embedding.late.now()) co_return;
    co_await ingestion.astart();
    ingestion_started = true;
}

Task<> Application::Parts::load_models() {
    // A server that does not answer yet holds up nothing else.
    if (!settings.embedding.base_url.empty()) {
        co_await when_all(load_embedding_and_ingest(), load_reranker());
        co_return;
    }
    // One after the other: the first is wanted first.
    co_await load_embedding_and_ingest();
    co_await load_reranker();
}

}  // namespace docmind
