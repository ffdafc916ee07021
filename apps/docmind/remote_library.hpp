#pragma once
// A Library behind a running server: the same verbs over HTTP.

#include <boost/json/value.hpp>

#include <docmind/application.hpp>

#include "async/loop.hpp"
#include "async/pool.hpp"
#include "library.hpp"
#include "net/http_client.hpp"
#include "remote_watch_target.hpp"

namespace docmind::cli {

class RemoteLibrary final : public Library {
  public:
    RemoteLibrary(std::string url, std::string token);

    int run(Task<int> verb) override;
    Task<std::pair<DocumentRecord, bool>> asubmit_file(std::filesystem::path path, std::string name) override;
    Task<DocumentRecord> aput_text(TextDocument document) override;
    Task<DocumentRecord> aget(std::string id) override;
    Task<DocumentPage> alist(std::size_t limit, std::string cursor) override;
    Task<> aremove(std::string id) override;
    Task<> arename(std::string id, std::string name, std::string source);
    Task<DocumentRecord> achange(std::string id, std::string action) override;
    Task<> await_embedding() override { co_return; }
    Task<std::optional<Reindexing>> areindexing() override;
    Task<> achange_reindex(std::string action) override;
    Task<std::unique_ptr<BackupStream>> aopen_backup() override;
    [[nodiscard]] bool is_served() const override { return true; }
    WatchTarget& watch_target() override { return watch_target_; }
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

    /// Whether a server answers there.
    Task<bool> aalive();
    /// What GET /api/ready says of each part.
    std::map<std::string, PartStatus> ready();

  private:
    HttpClient::Request request(std::string method, const std::string& path) const;
    Task<std::string> text(HttpClient::Request request);
    Task<boost::json::value> json(HttpClient::Request request);
    Task<AgentResponse> answer(HttpClient::Request request, std::function<void(const AgentEvent&)> on_event);
    Task<int> aready(std::map<std::string, PartStatus>* parts);

    Loop loop_;
    Pool files_;
    std::string url_, token_;
    HttpClient client_;
    RemoteWatchTarget watch_target_{*this};
};

/// The server that runs on this data directory, null where none answers.
[[nodiscard]] std::unique_ptr<RemoteLibrary> running_server(const Settings& settings);

}  // namespace docmind::cli
