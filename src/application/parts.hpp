#pragma once
// Everything that makes up a running DocMind, in the order it is built; destruction is the reverse, so nothing outlives what it uses.

#include <docmind/application.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/conversation_memory.hpp"
#include "agent/draft_agent.hpp"
#include "application/late_models.hpp"
#include "application/make_llm.hpp"
#include "application/reindex.hpp"
#include "application/run_time_settings.hpp"
#include "async/event.hpp"
#include "async/limiter.hpp"
#include "async/loop.hpp"
#include "async/loop_watchdog.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/library_watch_target.hpp"
#include "ingestion/resumable_uploads.hpp"
#include "ingestion/watched_folder.hpp"
#include "llms/switchable_llm.hpp"
#include "readers/worker_reader.hpp"
#include "retrieval/switchable_retriever.hpp"
#include "server/services.hpp"
#include "storage/sqlite_ingestion_cache.hpp"
#include "storage/storage.hpp"

namespace docmind {

struct Application::Parts {
    explicit Parts(RunTimeSettings s);

    /// Loads the embedder, opens its vector space, starts ingestion, then loads the reranker.
    Task<> load_models();
    /// Follows the folders of the settings.
    void watch_folders();
    /// Serves until a signal says to stop.
    Task<> serve(std::function<void(std::string url)> on_listening);
    /// Ends all background work.
    Task<> stop();
    [[nodiscard]] std::unique_ptr<Agent> make_agent(std::string session, std::vector<std::string> document_ids);
    [[nodiscard]] std::unique_ptr<Agent> make_comparison_agent(std::string session, std::vector<std::string> document_ids,
                                                               std::vector<std::string> aspects);
    [[nodiscard]] std::unique_ptr<Agent> make_summary_agent(std::string session, std::string document_id);
    [[nodiscard]] DocumentComparison make_comparison();
    [[nodiscard]] DocumentSummary make_summary();
    [[nodiscard]] QueryPipeline make_query_pipeline(std::vector<std::string> document_ids);
    [[nodiscard]] LLM& llm() { return switchable_llm; }
    /// The same; null where it is switched off.
    [[nodiscard]] LLM* model();
    /// Tokens of one call to it, as far as is known now.
    [[nodiscard]] int context_window();
    Task<> try_model();
    Task<> change_settings(std::map<std::string, std::optional<std::string>> changes);
    Task<std::map<std::string, PartStatus>> ready();
    /// As Application::achange_reindex.
    Task<> change_reindex(std::string action);
    /// As Application::aopen_backup.
    Task<std::unique_ptr<BackupStream>> open_backup();

    RunTimeSettings run_time;
    const Settings& settings = run_time.settings();
    Loop loop;
    Pool cpu_pool;    // splitting, tokenising
    Pool files_pool;  // file reads and writes
    Pool model_pool;  // loading models
    Storage storage;
    Pool backup_pool;  // behind what it copies
    LateTokenCounter token_counter;
    LateEmbedding embedding;          // of questions
    LateEmbedding passage_embedding;  // of what comes in; another one only while the library moves to another model
    LateReranker reranker;
    std::unique_ptr<NodeParser> splitter;
    std::unique_ptr<SqliteIngestionCache> cache;  // null where it is switched off
    IngestionPipeline pipeline;
    WorkerReader reader;
    IngestionService ingestion;
    ResumableUploads uploads;
    SwitchableRetriever retriever;
    MadeLLM language_model;
    SwitchableLLM switchable_llm;
    Limiter changing{{.permits = 1, .max_waiting = 16}};  // settings
    Limiter backups{{.permits = 1, .max_waiting = 16}};
    Reindex reindex;
    Event embedding_tried;  // the configured embedding model has loaded, or could not be, or another was named meanwhile
    bool ingestion_started = false;
    std::vector<std::shared_ptr<Tool>> tools;  // of the program
    LibraryWatchTarget watch_target;
    std::vector<std::unique_ptr<WatchedFolder>> watched;  // while the server runs
    LoopWatchdog watchdog;
    ConversationMemory memory;
    Scope answers;                        // what answers leave to be done after their reader has gone
    std::unique_ptr<Agent> conversation;  // of get_agent_response
    Scope scope;                          // loading and measuring
    // The last member: loads the configured embedding model and lets the library follow it; another one after each change of the model.
    std::unique_ptr<Scope> following;

  private:
    [[nodiscard]] ConversationMemory::Params memory_params() const;
    [[nodiscard]] std::shared_ptr<Retriever> make_retriever(const Settings& wanted);
    [[nodiscard]] std::unique_ptr<Agent> make_context_agent(std::string session, std::vector<std::string> document_ids);
    [[nodiscard]] std::unique_ptr<Agent> make_react_agent(std::string session, std::vector<std::string> document_ids);
    /// By agent.mode.
    [[nodiscard]] std::unique_ptr<Agent> make_question_agent(std::string session, std::vector<std::string> document_ids);
    [[nodiscard]] ConversationParts conversation_parts();
    [[nodiscard]] std::unique_ptr<Agent> make_draft_agent(DraftAgent::Work work, std::string session);
    [[nodiscard]] std::size_t model_calls_at_once() const;
    [[nodiscard]] DocumentComparison::Params comparison_params();
    [[nodiscard]] DocumentSummary::Params summary_params();
    struct LoadedEmbedding {
        std::shared_ptr<Embedding> embedding;
        std::shared_ptr<const TokenCounter> counter;
    };

    [[nodiscard]] std::unique_ptr<Scope> make_scope();
    Task<> ingest_when_possible();
    Task<> load_embedding();
    Task<> use_configured_embedding();
    Task<LoadedEmbedding> load(EmbeddingSource source, Settings::Embedding own);
    Task<LoadedEmbedding> try_embedding(Settings::Embedding wanted);
    /// The library is to follow the model of these settings, which is tried before anything changes. Errors: why it cannot be used.
    Task<> change_embedding(Settings::Embedding wanted);
    struct SettingsChange;
    Task<> make_change(std::map<std::string, std::optional<std::string>> changes, std::shared_ptr<SettingsChange> change);
    Task<> apply_changes(std::map<std::string, std::optional<std::string>> changes);
    Task<std::shared_ptr<Embedding>> recall(EmbeddingSource source);
    Task<> load_reranker();
    Task<> load_local_reranker();
    Task<> connect_reranker();
    Task<PartStatus> llm_status();
};

}  // namespace docmind
