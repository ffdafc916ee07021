#include <docmind/query_components.hpp>

#include "async/when_all.hpp"
#include "retrieval/model_lines.hpp"
#include "retrieval/passage_fusion.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <ranges>
#include <utility>

namespace docmind {

namespace {

constexpr int tokens_per_query = 48;

std::string prompt_for(const std::string& question, std::size_t count) {
    return fmt::format(
        "Question: {}\n\nWrite {} other questions that ask for the same in different words, one on each line. Write only the "
        "questions.",
        question, count);
}

}  // namespace

MultiQueryComponent::MultiQueryComponent(LLM& llm, Retriever& retriever, Params params)
    : llm_(llm), retriever_(retriever), params_(std::move(params)) {
    if (params_.num_queries == 0 || params_.retrievals_at_once == 0) {
        throw Error(errc::invalid_argument, "num_queries and retrievals_at_once must be at least 1.");
    }
    if (!(params_.rrf_k >= 0)) throw Error(errc::invalid_argument, "rrf_k must not be negative.");
}

std::vector<QueryKey> MultiQueryComponent::input_keys() const {
    return {query_key<std::string>("input")};
}

std::vector<QueryKey> MultiQueryComponent::output_keys() const {
    return {query_key<RetrievalResult>("output")};
}

Task<QueryValues> MultiQueryComponent::arun(QueryValues inputs) {
    const auto question = inputs.at("input").take<std::string>();
    std::string why;
    const int max_tokens = tokens_per_query * static_cast<int>(params_.num_queries);
    const auto said = co_await ask_model(&llm_, prompt_for(question, params_.num_queries), max_tokens, params_.limit, &why);
    std::vector<std::string> questions{question};
    for (std::string& line : list_lines(said.value_or(""), params_.num_queries)) {
        if (line != question) questions.push_back(std::move(line));
    }

    std::vector<RetrievalResult> results(questions.size());
    const auto retrieve_one = [&](std::size_t i) { return retrieve(std::move(questions[i]), &results[i]); };
    co_await for_each_limited(std::views::iota(std::size_t{0}, results.size()), params_.retrievals_at_once, retrieve_one);

    // Another wording may wander off: what is relevant is judged by the question itself.
    RetrievalResult fused = std::move(results.front());
    results.front().nodes = std::exchange(fused.nodes, {});
    std::vector<PassageList> lists;
    for (RetrievalResult& result : results) lists.push_back({std::move(result.nodes)});
    fused.nodes = fuse_passages(std::move(lists), params_.mode, params_.rrf_k);
    if (fused.nodes.size() > params_.query.similarity_top_k) fused.nodes.resize(params_.query.similarity_top_k);
    if (!said) fused.notes.push_back(fmt::format("Only the question itself was searched for. {}", why));
    co_return one_output(std::move(fused));
}

Task<> MultiQueryComponent::retrieve(std::string question, RetrievalResult* result) {
    QueryBundle query = params_.query;
    query.query_str = std::move(question);
    *result = co_await retriever_.aretrieve(std::move(query));
}

}  // namespace docmind
