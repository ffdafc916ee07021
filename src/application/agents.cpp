// Which agent answers: by agent.mode, and in the mode auto by what the model can do.

#include <docmind/error.hpp>
#include <docmind/query_components.hpp>

#include <algorithm>
#include <utility>

#include "agent/auto_agent.hpp"
#include "agent/context_agent.hpp"
#include "agent/draft_agent.hpp"
#include "agent/library_tools.hpp"
#include "agent/react_agent.hpp"
#include "agent/router_agent.hpp"
#include "agent/whole_documents.hpp"
#include "application/comma_list.hpp"
#include "application/parts.hpp"

namespace docmind {

LLM* Application::Parts::model() {
    return settings.llm.enabled ? &llm() : nullptr;
}

std::size_t Application::Parts::model_calls_at_once() const {
    // While a question is answered, another one is being searched for: so no slot of the model waits.
    const std::size_t slots = llm_slots(settings);
    return slots + std::min(slots, static_cast<std::size_t>(settings.llm.max_waiting));
}

DocumentComparison::Params Application::Parts::comparison_params() {
    return {.cells_at_once = model_calls_at_once(),
            .context_passages = static_cast<std::size_t>(settings.agent.context_passages),
            .context_window = context_window(),
            .max_tokens = std::min(settings.llm.max_tokens, DocumentComparison::Params{}.max_tokens)};
}

DocumentSummary::Params Application::Parts::summary_params() {
    // Questions have a slot to themselves, where there are several.
    return {.windows_at_once = std::max<std::size_t>(llm_slots(settings), 2) - 1,
            .context_window = context_window(),
            .max_tokens = settings.llm.max_tokens};
}

DocumentComparison Application::Parts::make_comparison() {
    return DocumentComparison(comparison_params(), retriever, storage.document_store(), model());
}

DocumentSummary Application::Parts::make_summary() {
    return DocumentSummary(summary_params(), storage.document_store(), storage.vector_store(), model(), cpu_pool);
}

ConversationParts Application::Parts::conversation_parts() {
    return {.sessions = storage.session_store(), .memory = memory, .background = answers, .cpu_pool = cpu_pool};
}

std::unique_ptr<Agent> Application::Parts::make_draft_agent(DraftAgent::Work work, std::string session) {
    const DraftAgent::Params params{.max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars)};
    return std::make_unique<DraftAgent>(params, std::move(work), conversation_parts(), std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_comparison_agent(std::string session, std::vector<std::string> document_ids,
                                                                 std::vector<std::string> aspects) {
    return make_draft_agent(comparing(make_comparison(), std::move(document_ids), std::move(aspects)), std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_summary_agent(std::string session, std::string document_id) {
    return make_draft_agent(summarizing(make_summary(), std::move(document_id)), std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_context_agent(std::string session, std::vector<std::string> document_ids) {
    ContextAgent::Params params{.context_passages = static_cast<std::size_t>(settings.agent.context_passages),
                                .max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars),
                                .context_window = context_window(),
                                .max_tokens = settings.llm.max_tokens};
    if (!settings.llm.enabled) params.without_model = "The language model is switched off (llm.enabled).";
    return std::make_unique<ContextAgent>(std::move(params), retriever, model(), conversation_parts(), std::move(session),
                                          std::move(document_ids));
}

std::unique_ptr<Agent> Application::Parts::make_react_agent(std::string session, std::vector<std::string> document_ids) {
    LibraryToolsParams library{.similarity_top_k = static_cast<std::size_t>(settings.agent.context_passages),
                               .document_ids = std::move(document_ids),
                               .enabled = split_list(settings.agent.tools)};
    const DocumentComparison::Params lower = library.comparison;
    library.comparison = comparison_params();
    library.comparison.max_documents = lower.max_documents;
    library.comparison.max_aspects = lower.max_aspects;
    library.summary = summary_params();
    auto all = make_library_tools(std::move(library), retriever, storage.document_store(), storage.vector_store(), &llm(), cpu_pool);
    all.insert(all.end(), tools.begin(), tools.end());
    ReActAgent::Params params{.budget = {.max_steps = static_cast<std::size_t>(settings.agent.max_steps)},
                              .max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars),
                              .context_window = context_window(),
                              .max_tokens = settings.llm.max_tokens};
    return std::make_unique<ReActAgent>(std::move(params), std::make_shared<const ToolBox>(std::move(all)), llm(), conversation_parts(),
                                        std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_agent(std::string session, std::vector<std::string> document_ids) {
    RouterAgent::Makers makers{
        .questions = [this, document_ids](std::string s) { return make_question_agent(std::move(s), document_ids); },
        .comparison =
            [this](std::string s, std::vector<std::string> ids, std::vector<std::string> aspects) {
                return make_comparison_agent(std::move(s), std::move(ids), std::move(aspects));
            },
        .summary = [this](std::string s, std::string id) { return make_summary_agent(std::move(s), std::move(id)); }};
    if (settings.agent.sub_questions && settings.llm.enabled) {
        makers.parts = [this, document_ids](std::string s) {
            auto decomposition = std::make_shared<DecompositionComponent>(llm(), make_query_pipeline(document_ids));
            return make_draft_agent(answering_parts(std::move(decomposition)), std::move(s));
        };
    }
    const LibraryScope chosen({.document_ids = std::move(document_ids)}, storage.document_store());
    return std::make_unique<RouterAgent>(chosen, std::move(makers), storage.session_store(), std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_question_agent(std::string session, std::vector<std::string> document_ids) {
    const bool no_tools = tools.empty() && split_list(settings.agent.tools).empty();
    if (!settings.llm.enabled || settings.agent.mode == "context" || (no_tools && settings.agent.mode == "auto"))
        return make_context_agent(std::move(session), std::move(document_ids));
    if (settings.agent.mode == "react") return make_react_agent(std::move(session), std::move(document_ids));
    auto with_tools = [this, document_ids](std::string s) { return make_react_agent(std::move(s), document_ids); };
    auto without_tools = [this, document_ids](std::string s) { return make_context_agent(std::move(s), document_ids); };
    return std::make_unique<AutoAgent>(AutoAgent::Params{}, llm(), std::move(with_tools), std::move(without_tools), std::move(session));
}

void Application::add_tool(std::unique_ptr<Tool> tool) {
    auto all = parts_->tools;
    all.push_back(std::move(tool));
    const ToolBox checked(make_library_tools({}, parts_->retriever, get_document_store(), get_vector_store(), nullptr, parts_->cpu_pool));
    if (checked.has(all.back()->metadata().name)) {
        throw Error(errc::invalid_argument, "A tool of the name " + all.back()->metadata().name + " is built in: choose another.");
    }
    const ToolBox own(all);
    parts_->tools = std::move(all);
}

}  // namespace docmind
