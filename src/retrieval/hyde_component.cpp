#include <docmind/query_components.hpp>

#include "retrieval/model_lines.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <utility>

namespace docmind {

HydeComponent::HydeComponent(LLM& llm, Retriever& retriever, Params params) : llm_(llm), retriever_(retriever), params_(std::move(params)) {
    if (params_.max_tokens < 1) throw Error(errc::invalid_argument, "max_tokens must be at least 1.");
}

std::vector<QueryKey> HydeComponent::input_keys() const {
    return {query_key<std::string>("input")};
}

std::vector<QueryKey> HydeComponent::output_keys() const {
    return {query_key<RetrievalResult>("output")};
}

Task<QueryValues> HydeComponent::arun(QueryValues inputs) {
    auto question = inputs.at("input").take<std::string>();
    auto prompt = fmt::format("Question: {}\n\nWrite a short passage of a document that answers the question.", question);
    std::string why;
    const auto passage = co_await ask_model(&llm_, std::move(prompt), params_.max_tokens, params_.limit, &why);
    QueryBundle query = params_.query;
    query.query_str = std::move(question);
    if (passage) query.query_str += "\n" + *passage;
    RetrievalResult found = co_await retriever_.aretrieve(std::move(query));
    if (!passage) found.notes.push_back(fmt::format("Only the question itself was searched for. {}", why));
    co_return one_output(std::move(found));
}

}  // namespace docmind
