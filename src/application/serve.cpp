// `docmind serve`: the server's life from the first connection to the last.

#include <docmind/error.hpp>

#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>

#include "application/comma_list.hpp"
#include "application/parts.hpp"
#include "async/deadline.hpp"
#include "async/when_all.hpp"
#include "server/server.hpp"

namespace docmind {
namespace {

constexpr std::chrono::seconds drain{10};

/// Tells the verbs of the command line where the server of this data directory is; gone when the server is.
class ServerFile {
  public:
    ServerFile(std::filesystem::path path, const std::string& url) : path_(std::move(path)) {
        const std::filesystem::path unfinished = path_.string() + ".new";
        std::ofstream(unfinished) << "{\"url\":\"" << url << "\",\"pid\":" << ::getpid() << "}\n";
        std::filesystem::permissions(unfinished, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
        std::filesystem::rename(unfinished, path_);
    }
    ~ServerFile() {
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
    }
    ServerFile(const ServerFile&) = delete;
    ServerFile& operator=(const ServerFile&) = delete;

  private:
    std::filesystem::path path_;
};

Task<> stop_on_signal(Server* server, IngestionService* ingestion) {
    const int signal = co_await wait_for_signal({SIGINT, SIGTERM});
    spdlog::info("stopping: {}", signal == SIGINT ? "interrupted" : "terminated");
    // Event streams end by themselves once there is nothing more to tell.
    ingestion->events().close();
    co_await server->astop(drain);
}

Task<std::map<std::string, Readiness>> to_readiness(Task<std::map<std::string, PartStatus>> ready) {
    const std::map<std::string, PartStatus> parts = co_await std::move(ready);
    std::map<std::string, Readiness> result;
    for (const auto& [name, part] : parts) result[name] = {part.ok, part.detail};
    co_return result;
}

}  // namespace

Task<> Application::Parts::serve(std::function<void(std::string url)> on_listening) {
    auto [address, port] = parse_listen(settings.server.listen);
    Server::Params params{.address = std::move(address),
                          .port = port,
                          .token = settings.server.token,
                          .allowed_hosts = split_list(settings.server.allowed_hosts),
                          .max_upload_bytes = settings.server.max_upload_bytes,
                          .max_connections = static_cast<std::size_t>(settings.server.max_connections),
                          .max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars)};
    Services services{
        .ingestion = ingestion,
        .uploads = uploads,
        .documents = storage.document_store(),
        .vectors = storage.vector_store(),
        .sessions = storage.session_store(),
        .retriever = retriever,
        .llm = llm(),
        .watchdog = watchdog,
        .files = files_pool,
        .make_agent = [this](std::string session, std::vector<std::string> ids) { return make_agent(std::move(session), std::move(ids)); },
        .make_comparison_agent =
            [this](std::string session, std::vector<std::string> ids, std::vector<std::string> aspects) {
                return make_comparison_agent(std::move(session), std::move(ids), std::move(aspects));
            },
        .make_summary_agent = [this](std::string session, std::string id) { return make_summary_agent(std::move(session), std::move(id)); },
        .ready = [this] { return to_readiness(ready()); },
        .watched =
            [this] {
                std::vector<const WatchedFolder*> folders;
                for (const auto& folder : watched) folders.push_back(folder.get());
                return folders;
            },
        .reindexing = [this] { return reindex.status(); },
        .change_reindex = [this](std::string action) { return change_reindex(std::move(action)); },
        .open_backup = [this] { return open_backup(); },
        .settings = [this] { return run_time.effective(); },
        .change_settings =
            [this](std::map<std::string, std::optional<std::string>> changes) { return change_settings(std::move(changes)); }};
    Server server(std::move(params), std::move(services), loop.executor());
    const ServerFile file(settings.storage.data_dir / "server.json", server.url());
    if (language_model.built_in && settings.llm.enabled && settings.llm.base_url.empty()) language_model.built_in->start();
    scope.spawn(try_model());
    uploads.start();
    watch_folders();
    on_listening(server.url());
    co_await when_all(server.arun(), stop_on_signal(&server, &ingestion));
}

}  // namespace docmind
