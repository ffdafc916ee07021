#include "application/parts.hpp"

#include <docmind/error.hpp>
#include <docmind/query_components.hpp>
#include <docmind/splitters.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <thread>
#include <utility>

#include "application/comma_list.hpp"
#include "application/make_retriever.hpp"
#include "application/milliseconds.hpp"
#include "embeddings/openai_embedding.hpp"

namespace docmind {
namespace {

std::size_t cores() {
    return std::max(1u, std::thread::hardware_concurrency());
}

ReadOptions read_options(const Settings& s) {
    const Settings::Ingestion& i = s.ingestion;
    return {.ocr = i.ocr == "ocr"    ? OcrStrategy::ocr
                   : i.ocr == "fast" ? OcrStrategy::fast
                                     : OcrStrategy::automatic,
            .languages = i.languages,
            .max_pages = static_cast<std::uint32_t>(i.max_pages),
            .max_expanded_bytes = i.max_expanded_bytes,
            .max_expansion_ratio = static_cast<std::uint32_t>(i.max_expansion_ratio),
            .max_archive_depth = static_cast<std::uint32_t>(i.max_archive_depth),
            .max_archive_entries = static_cast<std::uint32_t>(i.max_archive_entries),
            .max_image_pixels = i.max_image_pixels,
            .max_cells = i.max_cells};
}

IngestionPipeline::Params pipeline_params(const Settings& s) {
    IngestionPipeline::Params params{.documents_in_flight = static_cast<std::size_t>(s.ingestion.documents_at_once)};
    // A batch is one full request for each of the server's slots; while it is on its way, the next one is ready.
    if (!s.embedding.base_url.empty())
        params.nodes_per_batch = OpenAIEmbedding::Params{}.batch_texts * static_cast<std::size_t>(s.embedding.slots);
    return params;
}

std::unique_ptr<SqliteIngestionCache> make_cache(const Settings& s) {
    if (s.ingestion.cache_bytes == 0) return nullptr;
    const SqliteIngestionCache::Params params{.file = s.storage.data_dir / "cache.db", .max_bytes = s.ingestion.cache_bytes};
    return std::make_unique<SqliteIngestionCache>(params);
}

void log_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        spdlog::error("background work ended: {}", e.what());
    }
}

/// Of a comma-separated list.
std::vector<std::filesystem::path> folders_of(const std::string& list) {
    std::vector<std::filesystem::path> folders;
    for (const std::string& folder : split_list(list)) folders.push_back(std::filesystem::weakly_canonical(folder));
    return folders;
}

/// A library that follows itself would never end.
void check_apart(const std::filesystem::path& folder, const std::filesystem::path& data_dir) {
    const auto is_inside = [](const std::filesystem::path& inner, const std::filesystem::path& outer) {
        return std::ranges::mismatch(outer, inner).in1 == outer.end();
    };
    if (is_inside(folder, data_dir) || is_inside(data_dir, folder)) {
        throw Error(errc::invalid_argument,
                    fmt::format("ingestion.watch: {} holds DocMind's own data ({}), or lies in it. Name another folder.", folder.string(),
                                data_dir.string()));
    }
}

}  // namespace

Application::Parts::Parts(RunTimeSettings s)
    : run_time(std::move(s)),
      cpu_pool({.name = "cpu", .threads = cores()}),
      files_pool({.name = "files", .threads = 2}),
      model_pool({.name = "models", .threads = 1}),
      storage({.data_dir = settings.storage.data_dir,
               .keep_removed_sessions = std::chrono::seconds(static_cast<std::int64_t>(settings.storage.removed_session_hours * 3600))}),
      backup_pool({.name = "backup", .threads = 1, .nice = 10}),
      splitter(make_node_parser({.kind = settings.ingestion.splitter,
                                 .chunk_size = static_cast<std::size_t>(settings.ingestion.chunk_size),
                                 .chunk_overlap = static_cast<std::size_t>(settings.ingestion.chunk_overlap)},
                                token_counter)),
      cache(make_cache(settings)),
      pipeline(pipeline_params(settings), *splitter, passage_embedding, storage.vector_store(), cpu_pool, cache.get()),
      reader({.worker_path = settings.ingestion.worker_path,
              .workers = static_cast<std::size_t>(settings.ingestion.workers),
              .max_document_time = milliseconds_of(settings.ingestion.max_document_seconds),
              .max_total_time = milliseconds_of(settings.ingestion.max_total_seconds),
              .options = read_options(settings)},
             loop.executor()),
      ingestion({.max_upload_bytes = settings.server.max_upload_bytes,
                 .documents_at_once = static_cast<std::size_t>(settings.ingestion.documents_at_once),
                 .max_bytes_in_flight = settings.ingestion.max_bytes_in_flight,
                 .readers = static_cast<std::size_t>(settings.ingestion.workers)},
                BlobStore(settings.storage.data_dir / "blobs"), reader, pipeline, storage.document_store(), storage.vector_store(),
                cache.get(), files_pool, loop.executor()),
      uploads({.max_bytes = settings.server.max_upload_bytes,
               .max_unfinished = static_cast<std::size_t>(settings.server.max_unfinished_uploads),
               .max_unfinished_bytes = settings.server.max_unfinished_upload_bytes,
               .stale_after = std::chrono::seconds(static_cast<std::int64_t>(settings.server.upload_expiry_hours * 3600))},
              settings.storage.data_dir / "uploads", ingestion, files_pool, loop.executor()),
      retriever(make_retriever(settings)),
      language_model(make_llm(settings, {}, loop.executor())),
      switchable_llm(language_model.llm),
      reindex({}, storage, cache.get(), embedding, passage_embedding, [this](EmbeddingSource source) { return recall(std::move(source)); }),
      watch_target(ingestion, storage.document_store(), files_pool),
      watchdog({},
               [](const LoopWatchdog::Stall& stall) {
                   spdlog::warn("the I/O thread was late by {} ms while it ran: {}",
                                std::chrono::duration_cast<std::chrono::milliseconds>(stall.lag).count(), stall.what);
               }),
      memory(memory_params(), &switchable_llm, storage.session_store(), loop.executor()),
      answers(loop.executor(), log_failure),
      scope(loop.executor(), log_failure),
      following(make_scope()) {}

std::unique_ptr<Scope> Application::Parts::make_scope() {
    return std::make_unique<Scope>(loop.executor(), log_failure);
}

ConversationMemory::Params Application::Parts::memory_params() const {
    return {.buffer = {.token_limit = static_cast<std::size_t>(settings.agent.memory_tokens)},
            .summarize = settings.agent.memory_summary,
            .ask_model = settings.llm.enabled,
            .context_window = settings.llm.context_window > 0 ? settings.llm.context_window : default_context_window};
}

void Application::Parts::watch_folders() {
    const Settings::Ingestion& own = settings.ingestion;
    WatchedFolder::Params params{.files_at_once = 2 * static_cast<std::size_t>(own.documents_at_once)};
    params.watch.settle = milliseconds_of(own.watch_settle);
    params.watch.max_files = static_cast<std::size_t>(own.watch_files);
    for (const std::filesystem::path& folder : folders_of(own.watch)) {
        check_apart(folder, std::filesystem::weakly_canonical(settings.storage.data_dir));
        watched.push_back(std::make_unique<WatchedFolder>(params, folder, watch_target, files_pool, loop.executor()));
        watched.back()->start();
        spdlog::info("following the folder {}", folder.string());
    }
}

Task<> Application::Parts::stop() {
    co_await scope.close(std::chrono::seconds(0));
    co_await following->close(std::chrono::seconds(0));
    conversation.reset();
    co_await uploads.astop();
    if (ingestion_started) co_await ingestion.astop();
    co_await answers.close(std::chrono::seconds(5));
    co_await memory.close();
    co_await reader.astop();
    if (language_model.built_in) co_await language_model.built_in->astop();
}

QueryPipeline Application::Parts::make_query_pipeline(std::vector<std::string> document_ids) {
    QueryBundle query;
    query.similarity_top_k = static_cast<std::size_t>(settings.agent.context_passages);
    query.document_ids = std::move(document_ids);
    const SynthesizerComponent::Params params{
        .context_passages = query.similarity_top_k, .context_window = context_window(), .max_tokens = settings.llm.max_tokens};
    QueryPipeline answering({.inputs_at_once = model_calls_at_once()});
    answering.add_modules({{"retriever", std::make_shared<RetrieverComponent>(retriever, std::move(query))},
                           {"synthesizer", std::make_shared<SynthesizerComponent>(model(), params)}});
    answering.add_link("input", "synthesizer", {.dest_key = "query_str"});
    answering.add_chain({"input", "retriever", "synthesizer"});
    return answering;
}

Task<> Application::Parts::change_reindex(std::string action) {
    // Not while the model itself is being changed.
    const Permit one_at_a_time = co_await changing.acquire(Priority::interactive);
    if (action == "pause") {
        co_await reindex.apause();
    } else if (action == "resume") {
        co_await reindex.aresume();
    } else if (action == "cancel") {
        co_await reindex.acancel();
    } else {
        throw Error(errc::invalid_argument,
                    fmt::format("Re-indexing can be paused, resumed and cancelled: \"{}\" is none of these.", action));
    }
}

Task<PartStatus> Application::Parts::llm_status() {
    if (!settings.llm.enabled) co_return PartStatus{true, "Switched off (llm.enabled): answers are the best passages."};
    const LLMStatus status = co_await llm().astatus();
    co_return PartStatus{status.ready, status.detail};
}

Task<std::map<std::string, PartStatus>> Application::Parts::ready() {
    std::map<std::string, PartStatus> parts;
    const auto model = [&](const auto& late, const char* loading) {
        if (late.now()) return PartStatus{true, late.now()->model_id()};
        return PartStatus{false, late.is_decided() ? late.why() : loading};
    };
    parts["embedding"] = model(passage_embedding.late, "The embedding model is loading.");
    if (const auto moving = reindex.status()) parts["embedding"].detail = moving->detail;
    parts["reranker"] = model(reranker.late, "The reranker is loading.");
    if (!reranker.failure().empty()) parts["reranker"] = {false, reranker.failure()};
    if (!settings.reranker.enabled) parts["reranker"] = {true, "Switched off (reranker.enabled)."};
    std::string store = fmt::format("{} is open", settings.storage.data_dir.string());
    bool store_ok = true;
    try {
        co_await storage.document_store().alist(1, "");
    } catch (const Error& error) {
        store = error.what();
        store_ok = false;
    }
    parts["store"] = {store_ok, std::move(store)};
    PartStatus llm = co_await llm_status();
    parts["llm"] = std::move(llm);
    co_return parts;
}

}  // namespace docmind
