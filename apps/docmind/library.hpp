#pragma once
// "The documents, wherever they are served from." The verbs of the command line are written on this: with a server running on the data
// directory it speaks HTTP to it (RemoteLibrary), else it opens the data directory itself (LocalLibrary).

#include <docmind/agent.hpp>
#include <docmind/backup.hpp>
#include <docmind/document_store.hpp>
#include <docmind/memory.hpp>
#include <docmind/reindexing.hpp>
#include <docmind/retriever.hpp>
#include <docmind/settings.hpp>
#include <docmind/task.hpp>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ingestion/watch_target.hpp"

namespace docmind::cli {

/// One line of a .jsonl file: a document that brings its id.
struct TextDocument {
    std::string id, title, text;
};

class Library {
  public:
    virtual ~Library() = default;

    /// Runs one verb on the I/O thread; its exit code.
    virtual int run(Task<int> verb) = 0;

    /// Errors: those of an upload. The second is true when the bytes were there already.
    virtual Task<std::pair<DocumentRecord, bool>> asubmit_file(std::filesystem::path path, std::string name) = 0;
    /// Searchable when it returns; replaces the document of the same id.
    virtual Task<DocumentRecord> aput_text(TextDocument document) = 0;
    virtual Task<DocumentRecord> aget(std::string id) = 0;
    virtual Task<DocumentPage> alist(std::size_t limit, std::string cursor) = 0;
    virtual Task<> aremove(std::string id) = 0;
    /// `action`: reprocess, cancel, pause or resume. Without a server a reprocessed document is ready, or has failed, when it returns.
    virtual Task<DocumentRecord> achange(std::string id, std::string action) = 0;
    /// Returns once documents can be made searchable. Errors: unavailable.
    virtual Task<> await_embedding() = 0;
    /// How far the library is on its way to the configured embedding model; nothing while it is of that. Errors: unavailable (why there is
    /// no such model).
    virtual Task<std::optional<Reindexing>> areindexing() = 0;
    /// As Application::achange_reindex.
    virtual Task<> achange_reindex(std::string action) = 0;
    /// As Application::aopen_backup.
    virtual Task<std::unique_ptr<BackupStream>> aopen_backup() = 0;
    /// Whether work goes on when this process ends.
    [[nodiscard]] virtual bool is_served() const = 0;
    /// What a watched folder of this library speaks to; lives as long as the library.
    virtual WatchTarget& watch_target() = 0;
    virtual Task<RetrievalResult> aretrieve(QueryBundle query) = 0;
    /// `on_event` hears steps, progress, sources and tokens as they come.
    virtual Task<AgentResponse> aask(std::string session, std::string question, std::vector<std::string> document_ids,
                                     std::function<void(const AgentEvent&)> on_event) = 0;
    /// The same for a table of what each document says on each aspect, and for the summary of one.
    virtual Task<AgentResponse> acompare(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                         std::function<void(const AgentEvent&)> on_event) = 0;
    virtual Task<AgentResponse> asummarize(std::string document_id, std::function<void(const AgentEvent&)> on_event) = 0;
    virtual Task<std::vector<SessionRecord>> alist_sessions() = 0;
    virtual Task<std::vector<StoredMessage>> aget_messages(std::string session) = 0;
    virtual Task<std::string> aexport_session(std::string session, std::string format) = 0;
    virtual Task<std::vector<SessionMatch>> asearch_sessions(std::string query) = 0;
    virtual Task<> aremove_session(std::string session) = 0;
    virtual Task<SessionRecord> arestore_session(std::string session) = 0;
};

/// Errors: conflict where another process owns the data directory but does not answer.
[[nodiscard]] std::unique_ptr<Library> open_library(const Settings& settings);

}  // namespace docmind::cli
