#include <docmind/application.hpp>

#include <docmind/error.hpp>

#include <utility>

#include "application/parts.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

/// Submits one file and waits until it is searchable or has failed.
Task<> process_one(IngestionService* service, ProcessedDocument* result) {
    errc code{};
    std::string problem;
    try {
        SubmittedDocument submitted = co_await service->asubmit_file(result->path);
        result->duplicate = submitted.duplicate;
        result->record = co_await service->await_done(submitted.record.id);
    } catch (const Error& error) {
        // Stopping concerns all files; everything else is this file's.
        if (error.code() == errc::unavailable) throw;
        code = error.code();
        problem = error.what();
    }
    if (problem.empty()) co_return;
    result->record.name = result->path.filename().string();
    result->record.status = DocumentStatus::failed;
    result->record.error_code = to_string(code);
    result->record.error = std::move(problem);
}

}  // namespace

Application::Application(Settings settings) : Application(std::make_unique<Parts>(RunTimeSettings(std::move(settings)))) {}

Application::Application(LoadedSettings loaded) : Application(std::make_unique<Parts>(RunTimeSettings(std::move(loaded)))) {}

Application::Application(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {
    parts_->scope.spawn(parts_->load_models());
    parts_->scope.spawn(parts_->watchdog.run());
}

Application::~Application() {
    parts_->loop.run(parts_->stop());
}

void Application::run_until_done(Task<> task) {
    parts_->loop.run(std::move(task));
}

IngestionPipeline& Application::get_ingestion_pipeline() {
    return parts_->pipeline;
}
IngestionService& Application::get_ingestion_service() {
    return parts_->ingestion;
}
Embedding& Application::get_embedding() {
    return parts_->embedding;
}
VectorStore& Application::get_vector_store() {
    return parts_->storage.vector_store();
}
DocumentStore& Application::get_document_store() {
    return parts_->storage.document_store();
}
SessionStore& Application::get_session_store() {
    return parts_->storage.session_store();
}
Retriever& Application::get_retriever() {
    return parts_->retriever;
}
LLM& Application::get_llm() {
    return parts_->llm();
}

QueryPipeline Application::get_query_pipeline(std::vector<std::string> document_ids) {
    return parts_->make_query_pipeline(std::move(document_ids));
}

std::unique_ptr<Agent> Application::get_docmind_agent(std::string session, std::vector<std::string> document_ids) {
    return parts_->make_agent(std::move(session), std::move(document_ids));
}

Task<std::vector<ProcessedDocument>> Application::process_new_documents(std::vector<std::filesystem::path> files) {
    // Without an embedder nothing would ever become searchable: say so at once.
    co_await await_embedding();
    std::vector<ProcessedDocument> results(files.size());
    std::vector<ProcessedDocument*> work;
    for (std::size_t i = 0; i < files.size(); ++i) {
        results[i].path = std::move(files[i]);
        work.push_back(&results[i]);
    }
    IngestionService* service = &parts_->ingestion;
    const auto run_one = [service](ProcessedDocument* result) { return process_one(service, result); };
    co_await for_each_limited(std::move(work), 16, run_one);
    co_return results;
}

Task<Comparison> Application::compare_documents(std::vector<std::string> document_ids, std::vector<std::string> aspects,
                                                DocumentComparison::Tell tell) {
    auto comparison = parts_->make_comparison();
    co_return co_await comparison.arun(std::move(document_ids), std::move(aspects), std::move(tell));
}

Task<AgentResponse> Application::summarize_document(std::string document_id, DocumentSummary::Tell tell) {
    auto summary = parts_->make_summary();
    co_return co_await summary.arun(std::move(document_id), std::move(tell));
}

Task<AgentResponse> Application::get_agent_response(std::string prompt) {
    if (!parts_->conversation) parts_->conversation = parts_->make_agent("", {});
    co_return co_await parts_->conversation->achat(std::move(prompt));
}

Task<> Application::aserve(std::function<void(std::string url)> on_listening) {
    co_await parts_->serve(std::move(on_listening));
}

Task<std::map<std::string, PartStatus>> Application::aready() {
    return parts_->ready();
}

Task<> Application::await_embedding() {
    co_await parts_->passage_embedding.late.get();
}

Task<> Application::await_models() {
    co_await parts_->embedding.late.decided();
    co_await parts_->reranker.late.decided();
}

std::optional<Reindexing> Application::reindexing() const {
    return parts_->reindex.status();
}

Task<> Application::achange_reindex(std::string action) {
    return parts_->change_reindex(std::move(action));
}

Task<std::vector<std::string>> Application::acheck() {
    return parts_->storage.acheck();
}

const Settings& Application::settings() const {
    return parts_->settings;
}

const std::vector<EffectiveSetting>& Application::effective_settings() const {
    return parts_->run_time.effective();
}

Task<> Application::achange_settings(std::map<std::string, std::optional<std::string>> changes) {
    return parts_->change_settings(std::move(changes));
}

}  // namespace docmind
