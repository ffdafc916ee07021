// Which agent answers: by agent.mode, and in the mode auto by what the model can do.

#include <docmind/error.hpp>

#include <utility>

#include "agent/auto_agent.hpp"
#include "agent/context_agent.hpp"
#include "agent/library_tools.hpp"
#include "agent/react_agent.hpp"
#include "application/comma_list.hpp"
#include "application/parts.hpp"

namespace docmind {

std::unique_ptr<Agent> Application::Parts::make_context_agent(std::string session, std::vector<std::string> document_ids) {
    ContextAgent::Params params{.context_passages = static_cast<std::size_t>(settings.agent.context_passages),
                                .memory_tokens = static_cast<std::size_t>(settings.agent.memory_tokens),
                                .max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars),
                                .context_window = context_window(),
                                .max_tokens = settings.llm.max_tokens};
    if (!settings.llm.enabled) params.without_model = "The language model is switched off (llm.enabled).";
    LLM* const model = settings.llm.enabled ? &llm() : nullptr;
    return std::make_unique<ContextAgent>(std::move(params), retriever, model, storage.session_store(), answers, std::move(session),
                                          std::move(document_ids));
}

std::unique_ptr<Agent> Application::Parts::make_react_agent(std::string session, std::vector<std::string> document_ids) {
    LibraryToolsParams library{.similarity_top_k = static_cast<std::size_t>(settings.agent.context_passages),
                               .document_ids = std::move(document_ids),
                               .enabled = split_list(settings.agent.tools)};
    auto all = make_library_tools(std::move(library), retriever, storage.document_store(), storage.vector_store());
    all.insert(all.end(), tools.begin(), tools.end());
    ReActAgent::Params params{.budget = {.max_steps = static_cast<std::size_t>(settings.agent.max_steps)},
                              .memory_tokens = static_cast<std::size_t>(settings.agent.memory_tokens),
                              .max_message_chars = static_cast<std::size_t>(settings.agent.max_message_chars),
                              .context_window = context_window(),
                              .max_tokens = settings.llm.max_tokens};
    return std::make_unique<ReActAgent>(std::move(params), std::make_shared<const ToolBox>(std::move(all)), llm(), storage.session_store(),
                                        answers, std::move(session));
}

std::unique_ptr<Agent> Application::Parts::make_agent(std::string session, std::vector<std::string> document_ids) {
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
    const ToolBox checked(make_library_tools({}, parts_->retriever, get_document_store(), get_vector_store()));
    if (checked.has(all.back()->metadata().name)) {
        throw Error(errc::invalid_argument, "A tool of the name " + all.back()->metadata().name + " is built in: choose another.");
    }
    const ToolBox own(all);
    parts_->tools = std::move(all);
}

}  // namespace docmind
