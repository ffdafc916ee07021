#pragma once
// "Give me DocMind." Builds everything from Settings and hands it out under the names its users know.
//
//   docmind::Application app(settings);
//   app.run(app.process_new_documents({"R-intro.pdf"}));
//   auto response = app.run(app.get_agent_response("How do I read a CSV file?"));
//
// One I/O thread runs every coroutine: the thread that calls run(). Construction opens the data directory (a moment); models load in the
// background, and what needs them waits for them.

#include <docmind/agent.hpp>
#include <docmind/backup.hpp>
#include <docmind/comparison.hpp>
#include <docmind/document_store.hpp>
#include <docmind/embedding.hpp>
#include <docmind/ingestion_pipeline.hpp>
#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/query_pipeline.hpp>
#include <docmind/reader.hpp>
#include <docmind/reindexing.hpp>
#include <docmind/retriever.hpp>
#include <docmind/settings.hpp>
#include <docmind/summary.hpp>
#include <docmind/task.hpp>
#include <docmind/tool.hpp>
#include <docmind/vector_store.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class IngestionService;

/// One part of the whole, and whether it can be used now.
struct PartStatus {
    bool ok = false;
    std::string detail;  ///< a sentence for the user
};

/// What became of one file given to process_new_documents.
struct ProcessedDocument {
    std::filesystem::path path;
    DocumentRecord record;
    bool duplicate = false;  ///< its bytes were in the library already
};

class Application {
  public:
    /// Opens the data directory. Errors: conflict (another process owns it), storage, invalid_argument.
    explicit Application(Settings settings);
    /// The same; what is changed while it runs is kept in settings.toml in the data directory and holds at the next start.
    explicit Application(LoadedSettings loaded);
    /// Ends background work, the built-in model server and the threads.
    ~Application();
    Application(const Application&) = delete;
    Application& operator=(const Application&) = delete;

    /// Runs the loop on this thread until the task has ended; its value or its exception.
    template <class T>
    T run(Task<T> task) {
        std::optional<T> result;
        run_until_done(keep(std::move(task), result));
        return std::move(*result);
    }
    void run(Task<> task) { run_until_done(std::move(task)); }

    IngestionPipeline& get_ingestion_pipeline();
    IngestionService& get_ingestion_service();
    Embedding& get_embedding();
    VectorStore& get_vector_store();
    DocumentStore& get_document_store();
    SessionStore& get_session_store();
    Retriever& get_retriever();
    LLM& get_llm();
    /// From a question to an AgentResponse without a conversation: "retriever" -> "synthesizer", to be run or to be built on. The
    /// Application outlives it. `document_ids` empty = all documents.
    QueryPipeline get_query_pipeline(std::vector<std::string> document_ids = {});
    /// An agent for one conversation; an empty session starts a new one with the first message. `document_ids` empty = all documents.
    /// By agent.mode: tools are used where it is react, or auto and the model can call them.
    std::unique_ptr<Agent> get_docmind_agent(std::string session = "", std::vector<std::string> document_ids = {});

    /// What each of these documents says on each of these aspects; `tell` hears how far it is. Errors: those of DocumentComparison::arun.
    Task<Comparison> compare_documents(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                       DocumentComparison::Tell tell = {});
    /// Errors: those of DocumentSummary::arun.
    Task<AgentResponse> summarize_document(std::string document_id, DocumentSummary::Tell tell = {});

    /// A tool of this program, for agents that are made afterwards. It is called only where the agent uses tools (agent.mode). What it
    /// refers to outlives the Application. Errors: invalid_argument (its name is taken).
    void add_tool(std::unique_ptr<Tool> tool);

    /// Copies the files into the library and returns when each is searchable or has failed; one result per file, in order.
    /// A file that cannot be used fails alone: see record.status and record.error.
    Task<std::vector<ProcessedDocument>> process_new_documents(std::vector<std::filesystem::path> files);
    /// One answer in the conversation of this Application.
    Task<AgentResponse> get_agent_response(std::string prompt);

    /// Serves the page and the interface until SIGINT or SIGTERM; `on_listening` gets the URL once it can be opened.
    /// Errors: unavailable (the address is taken), invalid_argument.
    Task<> aserve(std::function<void(std::string url)> on_listening);
    /// store, embedding, reranker, llm.
    Task<std::map<std::string, PartStatus>> aready();
    /// Returns once documents can be made searchable. Errors: unavailable (why no embedding model takes them).
    Task<> await_embedding();
    /// Returns once the models have loaded or could not be; never throws for those.
    Task<> await_models();
    /// How far the library is on its way to the configured embedding model; nothing while it is of that model, or that is not known yet
    /// (await_embedding()).
    [[nodiscard]] std::optional<Reindexing> reindexing() const;
    /// `action`: pause, resume (also after a cancellation) or cancel (the library stays with the model that it was made with); kept for the
    /// next start. Errors: invalid_argument, conflict (not possible now, and why).
    Task<> achange_reindex(std::string action);
    /// Makes a backup of the whole library, true for one moment while everything goes on: the file is whole and on disk when this returns,
    /// or not there. `replace`: a file of that name may be replaced. One at a time. restore_backup() makes a library of it. Errors:
    /// conflict (the file is there), overloaded (a backup is being made), storage (also: an original is missing or damaged, and which),
    /// storage_full.
    Task<BackupContents> abackup(std::filesystem::path file, bool replace = false, BackupProgress progress = {});
    /// The same as a stream of bytes. The Application outlives it.
    Task<std::unique_ptr<BackupStream>> aopen_backup();
    /// What is wrong with the stored data; empty = nothing.
    Task<std::vector<std::string>> acheck();
    /// What holds now.
    [[nodiscard]] const Settings& settings() const;
    [[nodiscard]] const std::vector<EffectiveSetting>& effective_settings() const;
    /// Changes settings while it runs; nullopt takes a change back. What is under way ends as it began; another embedding model takes over as
    /// reindexing() says. Errors: those of with_changes; why an embedding model cannot be used; storage (not kept for the next start).
    Task<> achange_settings(std::map<std::string, std::optional<std::string>> changes);

  private:
    struct Parts;
    explicit Application(std::unique_ptr<Parts> parts);

    template <class T>
    static Task<> keep(Task<T> task, std::optional<T>& result) {
        result.emplace(co_await std::move(task));
    }
    void run_until_done(Task<> task);

    std::unique_ptr<Parts> parts_;
};

}  // namespace docmind
