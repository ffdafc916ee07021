// Settings that are changed while the program runs.

#include <docmind/error.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/prompt.hpp"
#include "application/make_retriever.hpp"
#include "application/parts.hpp"
#include "application/settings_file.hpp"
#include "async/event.hpp"
#include "async/offload.hpp"

namespace docmind {

std::shared_ptr<Retriever> Application::Parts::make_retriever(const Settings& wanted) {
    return docmind::make_retriever(wanted, embedding, storage.vector_store(), wanted.reranker.enabled ? &reranker : nullptr,
                                   storage.document_store());
}

int Application::Parts::context_window() {
    if (settings.llm.context_window > 0) return settings.llm.context_window;
    const int said = llm().metadata().context_window;
    return said > 0 ? said : default_context_window;
}

/// Before the first question needs it: how much the model can read, and whether it can call tools.
Task<> Application::Parts::try_model() {
    if (!settings.llm.enabled) co_return;
    const LLMStatus status = co_await llm().astatus();
    const bool may_use_tools = settings.agent.mode == "auto" && style_for(llm().metadata().model) != PromptStyle::small;
    if (!status.ready || !may_use_tools) co_return;
    try {
        static_cast<void>(co_await llm().atool_calling());
    } catch (const Error& error) {
        spdlog::info("the language model could not be tried: {}", error.what());
    }
}

/// Until it has been made there is a reason why not.
struct Application::Parts::SettingsChange {
    Event ended;
    std::optional<Error> refusal = Error(errc::unavailable, "DocMind is ending: nothing was changed.");
};

Task<> Application::Parts::change_settings(std::map<std::string, std::optional<std::string>> changes) {
    const auto change = std::make_shared<SettingsChange>();
    // Whoever asks may leave before it is made: then it is made all the same, never by half.
    scope.spawn(make_change(std::move(changes), change));
    co_await change->ended.wait();
    if (change->refusal) throw Error(*change->refusal);
}

Task<> Application::Parts::make_change(std::map<std::string, std::optional<std::string>> changes, std::shared_ptr<SettingsChange> change) {
    struct End {
        ~End() { change.ended.set(); }
        SettingsChange& change;
    } const end{*change};
    try {
        co_await apply_changes(std::move(changes));
        change->refusal.reset();
    } catch (const Error& error) {
        change->refusal = error;
    }
}

Task<> Application::Parts::apply_changes(std::map<std::string, std::optional<std::string>> changes) {
    const auto touches = [&](std::string_view section) {
        return std::ranges::any_of(changes, [&](const auto& change) { return change.first.starts_with(section); });
    };
    const Permit one_at_a_time = co_await changing.acquire(Priority::interactive);
    // All of it can be made, or nothing changes.
    RunTimeSettings next = run_time;
    next.change(changes);
    const bool changes_model = touches("llm."), changes_search = touches("retrieval.") || touches("reranker.");
    MadeLLM next_model = changes_model ? make_llm(next.settings(), language_model, loop.executor()) : language_model;
    std::shared_ptr<Retriever> next_retriever = changes_search ? make_retriever(next.settings()) : nullptr;
    if (touches("embedding.")) co_await change_embedding(next.settings().embedding);
    run_time = std::move(next);
    if (changes_model) {
        language_model = std::move(next_model);
        switchable_llm.set(language_model.llm);
    }
    memory.set(memory_params());
    if (next_retriever) retriever.set(std::move(next_retriever));
    if (!run_time.file().empty()) {
        auto work = [file = run_time.file(), kept = run_time.changes()](std::stop_token) { write_changes(file, kept); };
        co_await offload(files_pool, Priority::interactive, std::move(work));
    }
    if (changes_model || touches("agent.")) scope.spawn(try_model());
    // How much the new model can read is known before the next question.
    if (changes_model && settings.llm.enabled) static_cast<void>(co_await llm().astatus());
}

}  // namespace docmind
