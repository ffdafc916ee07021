#pragma once
// A Library in this process: opens the data directory itself.

#include <docmind/application.hpp>

#include "async/pool.hpp"
#include "ingestion/library_watch_target.hpp"
#include "library.hpp"

namespace docmind::cli {

class LocalLibrary final : public Library {
  public:
    /// Errors: those of Application.
    explicit LocalLibrary(const Settings& settings);

    int run(Task<int> verb) override;
    Task<std::pair<DocumentRecord, bool>> asubmit_file(std::filesystem::path path, std::string name) override;
    Task<DocumentRecord> aput_text(TextDocument document) override;
    Task<DocumentRecord> aget(std::string id) override;
    Task<DocumentPage> alist(std::size_t limit, std::string cursor) override;
    Task<> aremove(std::string id) override;
    Task<DocumentRecord> achange(std::string id, std::string action) override;
    Task<> await_embedding() override { co_await application_.await_embedding(); }
    Task<std::optional<Reindexing>> areindexing() override;
    Task<> achange_reindex(std::string action) override;
    Task<std::unique_ptr<BackupStream>> aopen_backup() override;
    [[nodiscard]] bool is_served() const override { return false; }
    WatchTarget& watch_target() override;
    Task<RetrievalResult> aretrieve(QueryBundle query) override;
    Task<AgentResponse> aask(std::string session, std::string question, std::vector<std::string> document_ids,
                             std::function<void(const AgentEvent&)> on_event) override;
    Task<AgentResponse> acompare(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                 std::function<void(const AgentEvent&)> on_event) override;
    Task<AgentResponse> asummarize(std::string document_id, std::function<void(const AgentEvent&)> on_event) override;
    Task<std::vector<SessionRecord>> alist_sessions() override;
    Task<std::vector<StoredMessage>> aget_messages(std::string session) override;
    Task<std::string> aexport_session(std::string session, std::string format) override;
    Task<std::vector<SessionMatch>> asearch_sessions(std::string query) override;
    Task<> aremove_session(std::string session) override;
    Task<SessionRecord> arestore_session(std::string session) override;

    [[nodiscard]] Application& application() noexcept { return application_; }

  private:
    Application application_;
    Pool files_;
    LibraryWatchTarget watch_target_;
};

}  // namespace docmind::cli
