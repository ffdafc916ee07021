#include "run_eval.hpp"

#include <docmind/application.hpp>
#include <docmind/query_components.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "eval_set.hpp"
#include "local_library.hpp"
#include "temporary_data.hpp"

namespace docmind::cli {
namespace {

/// What is measured with the same settings.
struct EvalSearch {
    std::vector<EvalConfiguration> configurations;
    std::function<void(Settings&)> change;
};

std::vector<EvalSearch> searches_of(const EvalOptions& options) {
    EvalSearch usual{.configurations = {{"docmind", RetrievalMode::hybrid, true},
                                        {"without reranker", RetrievalMode::hybrid, false},
                                        {"dense only", RetrievalMode::dense, false},
                                        {"sparse only", RetrievalMode::sparse, false}},
                     .change = nullptr};
    std::vector<EvalSearch> searches{std::move(usual)};
    if (options.ablation) {
        searches.push_back({{{"reciprocal rank fusion, without reranker", RetrievalMode::hybrid, false}},
                            [](Settings& settings) { settings.retrieval.fusion = "rrf"; }});
        searches.push_back({{{"reranker over 50", RetrievalMode::hybrid, true}}, [](Settings& settings) { settings.reranker.top_n = 50; }});
    }
    for (EvalSearch& search : searches) {
        if (!options.rerank) std::erase_if(search.configurations, [](const EvalConfiguration& each) { return each.rerank; });
    }
    std::erase_if(searches, [](const EvalSearch& search) { return search.configurations.empty(); });
    return searches;
}

Task<RetrievalResult> run_component(std::shared_ptr<QueryComponent> component, std::string question) {
    QueryValues inputs;
    inputs.emplace("input", QueryValue(std::move(question)));
    QueryValues outputs = co_await component->arun(std::move(inputs));
    co_return outputs.at("output").take<RetrievalResult>();
}

/// The search for what a language model makes of the question.
std::vector<EvalConfiguration> rewritten(LLM& llm, Retriever& retriever) {
    const auto wordings = [&llm, &retriever](QueryBundle query) {
        std::string question = std::move(query.query_str);
        const MultiQueryComponent::Params params{.query = std::move(query)};
        return run_component(std::make_shared<MultiQueryComponent>(llm, retriever, params), std::move(question));
    };
    const auto made_up = [&llm, &retriever](QueryBundle query) {
        std::string question = std::move(query.query_str);
        const HydeComponent::Params params{.query = std::move(query)};
        return run_component(std::make_shared<HydeComponent>(llm, retriever, params), std::move(question));
    };
    return {{"four wordings, without reranker", RetrievalMode::hybrid, false, wordings},
            {"HyDE, dense only", RetrievalMode::dense, false, made_up}};
}

}  // namespace

int run_eval(Settings settings, const std::filesystem::path& data, const std::filesystem::path& folder, EvalOptions options) {
    const bool with_model = settings.llm.enabled;
    if (!options.json) options.answers ? print_answers_head() : print_evaluation_head();
    for (const std::filesystem::path& set : evaluation_sets(folder)) {
        std::optional<TemporaryData> temporary;
        options.set = set;
        settings.storage.data_dir =
            data.empty() ? std::filesystem::path(temporary.emplace().path()) : data / std::filesystem::canonical(set).filename();
        if (!options.answers) {
            for (const EvalSearch& search : searches_of(options)) {
                Settings changed = settings;
                if (search.change) search.change(changed);
                const std::unique_ptr<Library> library = open_library(changed);
                if (const int code = library->run(evaluate(library.get(), options, search.configurations)); code != 0) return code;
            }
            if (options.ablation && with_model) {
                LocalLibrary library(settings);
                Application& application = library.application();
                const int code = library.run(evaluate(&library, options, rewritten(application.get_llm(), application.get_retriever())));
                if (code != 0) return code;
            }
            continue;
        }
        for (const bool model : {false, true}) {
            if (model && !with_model) continue;
            settings.llm.enabled = model;
            const std::unique_ptr<Library> library = open_library(settings);
            const std::string name = !model ? "passages alone" : settings.llm.base_url.empty() ? "built-in model" : settings.llm.model;
            if (const int code = library->run(evaluate_answers(library.get(), options, name)); code != 0) return code;
        }
    }
    return 0;
}

}  // namespace docmind::cli
