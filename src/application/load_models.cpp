// How the models come: loaded on a thread of their own, or found at a server that may be away.

#include "application/parts.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "embeddings/http_reranker.hpp"
#include "embeddings/openai_embedding.hpp"
#include "embeddings/openvino_embedding.hpp"
#include "embeddings/openvino_reranker.hpp"

namespace docmind {
namespace {

constexpr std::chrono::milliseconds first_reconnect{500};
constexpr std::chrono::milliseconds longest_reconnect{30'000};
constexpr std::chrono::seconds longest_trial{60};  // of another embedding model, before it is given up

/// Calls `connect` until it succeeds: a server that is away now may come later; until it does, what needs it is told why it is not there.
/// Errors: those that do not pass by waiting.
template <class Model>
Task<> keep_connecting(std::vector<Late<Model>*> lates, std::string what, std::function<Task<>()> connect) {
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
        if (lates.front()->why() != why) spdlog::warn("no {} yet: {}", what, why);
        for (Late<Model>* late : lates) late->fail(why);
        co_await sleep_for(wait);
    }
}

EmbeddingSource source_of(const Settings::Embedding& own) {
    EmbeddingSource source{.model_dir = {}, .base_url = own.base_url, .model = own.model, .query_instruction = own.query_instruction};
    // A link may point elsewhere one day.
    if (own.base_url.empty()) source.model_dir = std::filesystem::weakly_canonical(own.model_dir).string();
    return source;
}

}  // namespace

Task<Application::Parts::LoadedEmbedding> Application::Parts::load(EmbeddingSource source, Settings::Embedding own) {
    LoadedEmbedding loaded;
    if (source.base_url.empty()) {
        const OpenVinoEmbedding::Params params{.model_dir = source.model_dir,
                                               .batch_tokens = static_cast<std::size_t>(own.batch_tokens),
                                               .query_instruction = source.query_instruction};
        Pool* pool = &cpu_pool;
        auto load = [params, pool](std::stop_token) { return std::make_shared<OpenVinoEmbedding>(params, *pool); };
        const std::shared_ptr<OpenVinoEmbedding> model = co_await offload(model_pool, Priority::interactive, std::move(load));
        loaded = {.embedding = model, .counter = model};
    } else {
        // The key of one server is not another's business.
        const bool is_configured = source.base_url == own.base_url;
        OpenAIEmbedding::Params params{.base_url = source.base_url,
                                       .model = source.model,
                                       .api_key = is_configured ? own.api_key : "",
                                       .query_instruction = source.query_instruction,
                                       .slots = static_cast<std::size_t>(own.slots)};
        std::shared_ptr<OpenAIEmbedding> model = co_await OpenAIEmbedding::aconnect(std::move(params), &cpu_pool, loop.executor());
        loaded = {.embedding = model, .counter = model->token_counter()};
    }
    co_return loaded;
}

Task<std::shared_ptr<Embedding>> Application::Parts::recall(EmbeddingSource source) {
    LoadedEmbedding loaded = co_await load(std::move(source), settings.embedding);
    co_return std::move(loaded.embedding);
}

Task<> Application::Parts::use_configured_embedding() {
    EmbeddingSource source = source_of(settings.embedding);
    LoadedEmbedding loaded;
    std::optional<Error> away;
    try {
        loaded = co_await load(source, settings.embedding);
    } catch (const Error& error) {
        away = error;
    }
    if (away) {
        co_await reindex.astand_in(std::move(source));
        throw Error(*away);
    }
    co_await reindex.astart({.embedding = std::move(loaded.embedding), .source = std::move(source)});
    token_counter.set(std::move(loaded.counter));
    following->spawn(reindex.arun());
}

Task<> Application::Parts::load_embedding() {
    std::string why;
    try {
        if (settings.embedding.base_url.empty()) {
            co_await use_configured_embedding();
        } else {
            co_await keep_connecting<Embedding>({&passage_embedding.late, &embedding.late}, "embedding",
                                                [this] { return use_configured_embedding(); });
        }
    } catch (const Error& error) {
        why = error.what();
    }
    if (!why.empty()) {
        spdlog::error("no embedding: {}", why);
        token_counter.fail(why);
        embedding.late.fail(why);
        passage_embedding.late.fail(why);
    }
    embedding_tried.set();
}

/// Says what to do where the model cannot be had.
Task<Application::Parts::LoadedEmbedding> Application::Parts::try_embedding(Settings::Embedding wanted) {
    std::optional<Error> failure;
    try {
        co_return co_await with_deadline(load(source_of(wanted), wanted), longest_trial);
    } catch (const Error& error) {
        failure = error;
    }
    const std::string what_to_do = wanted.base_url.empty()
                                       ? fmt::format("Does the folder {} hold an OpenVINO export of an encoder?", wanted.model_dir.string())
                                       : fmt::format("Does an embedding server answer at {}, with that model and key?", wanted.base_url);
    throw Error(failure->code(),
                fmt::format("The embedding model stays as it is, because the new one cannot be used: {} {}", failure->what(), what_to_do));
}

Task<> Application::Parts::change_embedding(Settings::Embedding wanted) {
    EmbeddingSource source = source_of(wanted);
    LoadedEmbedding loaded = co_await try_embedding(std::move(wanted));
    // Whatever was on its way to the model before ends; what it has stored by now stays or goes with its vector space.
    co_await following->close(std::chrono::seconds(0));
    following = make_scope();
    embedding_tried.set();
    std::optional<Error> failure;
    try {
        co_await reindex.achange({.embedding = std::move(loaded.embedding), .source = std::move(source)});
    } catch (const Error& error) {
        failure = error;
    }
    following->spawn(reindex.arun());
    if (failure) throw Error(*failure);
    token_counter.set(std::move(loaded.counter));
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
                co_await keep_connecting<Reranker>({&reranker.late}, "reranker", [this] { return connect_reranker(); });
            }
        } catch (const Error& error) {
            why = error.what();
            spdlog::warn("no reranker: {}", why);
        }
    }
    if (!why.empty()) reranker.late.fail(why);
}

Task<> Application::Parts::ingest_when_possible() {
    // Without an embedder nothing could become searchable: what is queued stays queued.
    co_await passage_embedding.late.arrived();
    co_await ingestion.astart();
    ingestion_started = true;
}

Task<> Application::Parts::load_models() {
    scope.spawn(ingest_when_possible());
    following->spawn(load_embedding());
    // One after the other: the first is wanted first. Only a server that does not answer yet holds up nothing else.
    if (settings.embedding.base_url.empty()) co_await embedding_tried.wait();
    co_await load_reranker();
}

}  // namespace docmind
