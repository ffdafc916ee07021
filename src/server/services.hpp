#pragma once
// What the server is given to speak for. The application owns it all and outlives the server.

#include <docmind/agent.hpp>
#include <docmind/backup.hpp>
#include <docmind/document_store.hpp>
#include <docmind/llm.hpp>
#include <docmind/memory.hpp>
#include <docmind/reindexing.hpp>
#include <docmind/retriever.hpp>
#include <docmind/settings.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/loop_watchdog.hpp"
#include "async/pool.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/resumable_uploads.hpp"
#include "ingestion/watched_folder.hpp"

namespace docmind {

/// One part of the whole, and whether it can be used now.
struct Readiness {
    bool ok = false;
    std::string detail;  ///< a sentence for the user
};

struct Services {
    IngestionService& ingestion;
    ResumableUploads& uploads;
    DocumentStore& documents;
    VectorStore& vectors;
    SessionStore& sessions;
    Retriever& retriever;
    LLM& llm;
    LoopWatchdog& watchdog;
    Pool& files;  ///< reads of original files
    std::function<std::unique_ptr<Agent>(std::string session, std::vector<std::string> document_ids)> make_agent;
    /// For one message each, which says in words what is asked for.
    std::function<std::unique_ptr<Agent>(std::string session, std::vector<std::string> document_ids, std::vector<std::string> aspects)>
        make_comparison_agent;
    std::function<std::unique_ptr<Agent>(std::string session, std::string document_id)> make_summary_agent;
    std::function<Task<std::map<std::string, Readiness>>()> ready;  ///< store, embedding, reranker, llm
    std::function<std::vector<const WatchedFolder*>()> watched;     ///< the folders that are followed
    std::function<std::optional<Reindexing>()> reindexing;          ///< nothing while the model is the one of the library
    std::function<Task<>(std::string action)> change_reindex;       ///< pause, resume or cancel
    std::function<Task<std::unique_ptr<BackupStream>>()> open_backup;
    std::function<std::vector<EffectiveSetting>()> settings;  ///< secrets redacted
    std::function<Task<>(std::map<std::string, std::optional<std::string>>)> change_settings;
};

}  // namespace docmind
