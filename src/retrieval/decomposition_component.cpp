#include <docmind/query_components.hpp>

#include "retrieval/combined_answer.hpp"
#include "retrieval/model_lines.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace docmind {

namespace {

constexpr int tokens_per_question = 48;

std::string prompt_for(const std::string& question, std::size_t most) {
    return fmt::format(
        "Question: {}\n\nIf this asks for several things, write at most {} simple questions that together ask for all of "
        "it, each complete in itself, one on each line. Else write the question again. Write only questions.",
        question, most);
}

}  // namespace

DecompositionComponent::DecompositionComponent(LLM& llm, QueryPipeline answering, Params params)
    : llm_(llm), answering_(std::move(answering)), params_(params) {
    if (params_.max_questions == 0) throw Error(errc::invalid_argument, "max_questions must be at least 1.");
    answering_.check();
}

std::vector<QueryKey> DecompositionComponent::input_keys() const {
    return {query_key<std::string>("input")};
}

std::vector<QueryKey> DecompositionComponent::output_keys() const {
    return {query_key<AgentResponse>("output")};
}

Task<QueryValues> DecompositionComponent::arun(QueryValues inputs) {
    const auto question = inputs.at("input").take<std::string>();
    std::string why;
    const int max_tokens = tokens_per_question * static_cast<int>(params_.max_questions);
    const auto said = co_await ask_model(&llm_, prompt_for(question, params_.max_questions), max_tokens, params_.limit, &why);
    std::vector<std::string> questions = list_lines(said.value_or(""), params_.max_questions);
    if (questions.size() < 2) questions = {question};

    std::vector<QueryValue> asked(questions.begin(), questions.end());
    std::vector<QueryResult> results = co_await answering_.parallel_run(std::move(asked));
    std::vector<PartAnswer> parts;
    for (std::size_t i = 0; i < results.size(); ++i) parts.push_back({std::move(questions[i]), results[i].get<AgentResponse>()});
    AgentResponse answer = combine_answers(std::move(parts));
    if (!said) answer.notes.push_back(fmt::format("The question was not taken apart. {}", why));
    co_return one_output(std::move(answer));
}

}  // namespace docmind
