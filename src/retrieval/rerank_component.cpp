#include <docmind/query_components.hpp>

#include "retrieval/passage_rerank.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

RerankComponent::RerankComponent(Reranker& reranker, Params params) : reranker_(reranker), params_(params) {
    if (params_.top_n == 0 || params_.budget.count() <= 0) throw Error(errc::invalid_argument, "top_n and budget must be positive.");
    if (!(params_.weight >= 0 && params_.weight <= 1)) throw Error(errc::invalid_argument, "weight must be between 0 and 1.");
}

std::vector<QueryKey> RerankComponent::input_keys() const {
    return {query_key<std::string>("query_str"), query_key<RetrievalResult>("nodes")};
}

std::vector<QueryKey> RerankComponent::output_keys() const {
    return {query_key<RetrievalResult>("output")};
}

Task<QueryValues> RerankComponent::arun(QueryValues inputs) {
    auto question = inputs.at("query_str").take<std::string>();
    auto found = inputs.at("nodes").take<RetrievalResult>();
    found = co_await rerank_passages(&reranker_, params_, std::move(question), std::move(found));
    co_return one_output(std::move(found));
}

}  // namespace docmind
