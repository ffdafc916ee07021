#include "local_library.hpp"

#include <utility>

#include "ingestion/ingestion_service.hpp"
#include "server/session_export.hpp"

namespace docmind::cli {
namespace {

constexpr std::size_t max_matches = 50;  // conversations found, as many as the server tells

}  // namespace

LocalLibrary::LocalLibrary(const Settings& settings)
    : application_(settings),
      files_({.name = "files", .threads = 1}),
      watch_target_(application_.get_ingestion_service(), application_.get_document_store(), files_) {}

WatchTarget& LocalLibrary::watch_target() {
    return watch_target_;
}

int LocalLibrary::run(Task<int> verb) {
    return application_.run(std::move(verb));
}

Task<std::pair<DocumentRecord, bool>> LocalLibrary::asubmit_file(std::filesystem::path path, std::string name) {
    co_await application_.await_embedding();
    SubmittedDocument submitted = co_await application_.get_ingestion_service().asubmit_file(std::move(path), std::move(name));
    co_return std::pair(std::move(submitted.record), submitted.duplicate);
}

Task<DocumentRecord> LocalLibrary::aput_text(TextDocument text) {
    co_await application_.await_embedding();
    const std::string id = text.id;
    Document document{.id = text.id, .name = text.title.empty() ? text.id : text.title, .media_type = "text/plain"};
    document.metadata["title"] = text.title;
    document.pages.push_back({.number = 1, .text = std::move(text.text)});
    std::vector<Document> documents;
    documents.push_back(std::move(document));
    co_await application_.get_ingestion_pipeline().arun(std::move(documents));
    co_return co_await application_.get_document_store().aget(id);
}

Task<DocumentRecord> LocalLibrary::aget(std::string id) {
    DocumentRecord record = co_await application_.get_document_store().aget(std::move(id));
    co_return application_.get_ingestion_service().with_live_progress(std::move(record));
}

Task<DocumentPage> LocalLibrary::alist(std::size_t limit, std::string cursor) {
    co_return co_await application_.get_document_store().alist(limit, std::move(cursor));
}

Task<> LocalLibrary::aremove(std::string id) {
    co_await application_.get_ingestion_service().aremove(std::move(id));
}

Task<DocumentRecord> LocalLibrary::achange(std::string id, std::string action) {
    IngestionService& service = application_.get_ingestion_service();
    if (action == "cancel") co_return co_await service.acancel(std::move(id));
    if (action == "pause") co_return co_await service.apause(std::move(id));
    if (action == "resume") co_return co_await service.aresume(std::move(id));
    co_await application_.await_embedding();
    DocumentRecord queued = co_await service.areprocess(std::move(id));
    // Nobody else is there to do the work: it is done before the verb ends.
    co_return co_await service.await_done(queued.id);
}

Task<std::optional<Reindexing>> LocalLibrary::areindexing() {
    try {
        co_await application_.await_embedding();
    } catch (const Error&) {
        if (!application_.reindexing()) throw;
    }
    co_return application_.reindexing();
}

Task<> LocalLibrary::achange_reindex(std::string action) {
    // Whether the former model can be had is known by then.
    co_await application_.await_models();
    co_await application_.achange_reindex(std::move(action));
}

Task<std::unique_ptr<BackupStream>> LocalLibrary::aopen_backup() {
    return application_.aopen_backup();
}

Task<RetrievalResult> LocalLibrary::aretrieve(QueryBundle query) {
    // One question or a batch: waiting for the reranker is worth it here.
    co_await application_.await_models();
    co_return co_await application_.get_retriever().aretrieve(std::move(query));
}

Task<AgentResponse> LocalLibrary::aask(std::string session, std::string question, std::vector<std::string> document_ids,
                                       std::function<void(const AgentEvent&)> on_event) {
    co_await application_.await_models();
    const std::unique_ptr<Agent> agent = application_.get_docmind_agent(std::move(session), std::move(document_ids));
    const std::unique_ptr<AgentStream> stream = co_await agent->astream_chat(std::move(question));
    for (;;) {
        std::optional<AgentEvent> event = co_await stream->next();
        if (!event) throw Error(errc::internal, "The answer ended early.");
        on_event(*event);
        if (auto* response = std::get_if<AgentResponse>(&*event)) co_return std::move(*response);
    }
}

namespace {

Task<> hear(std::function<void(const AgentEvent&)> on_event, AgentProgress progress) {
    on_event(progress);
    co_return;
}

}  // namespace

Task<AgentResponse> LocalLibrary::acompare(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                           std::function<void(const AgentEvent&)> on_event) {
    co_await application_.await_models();
    const auto on_cell = [&on_event](const Comparison& so_far) {
        return hear(on_event, {so_far.done(), so_far.cells.size(), std::to_string(so_far.documents.size()) + " documents"});
    };
    const Comparison comparison = co_await application_.compare_documents(std::move(document_ids), std::move(aspects), on_cell);
    co_return as_response(comparison);
}

Task<AgentResponse> LocalLibrary::asummarize(std::string document_id, std::function<void(const AgentEvent&)> on_event) {
    const auto on_window = [&on_event](const SummaryProgress& now) { return hear(on_event, {now.done, now.of, now.text}); };
    co_return co_await application_.summarize_document(std::move(document_id), on_window);
}

Task<std::vector<SessionRecord>> LocalLibrary::alist_sessions() {
    co_return co_await application_.get_session_store().alist_sessions();
}

Task<std::vector<StoredMessage>> LocalLibrary::aget_messages(std::string session) {
    co_return co_await application_.get_session_store().aget_messages(std::move(session));
}

Task<std::string> LocalLibrary::aexport_session(std::string session, std::string format) {
    const SessionRecord record = co_await application_.get_session_store().aget_session(session);
    const std::vector<StoredMessage> path = co_await application_.get_session_store().aget_messages(session);
    const std::vector<StoredMessage> all = co_await application_.get_session_store().aget_all_messages(session);
    co_return export_session(record, path, all, format);
}

Task<std::vector<SessionMatch>> LocalLibrary::asearch_sessions(std::string query) {
    co_return co_await application_.get_session_store().asearch_sessions(std::move(query), max_matches);
}

Task<> LocalLibrary::aremove_session(std::string session) {
    co_await application_.get_session_store().aremove_session(std::move(session));
}

Task<SessionRecord> LocalLibrary::arestore_session(std::string session) {
    co_return co_await application_.get_session_store().arestore_session(std::move(session));
}

}  // namespace docmind::cli
