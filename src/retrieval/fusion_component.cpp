#include <docmind/query_components.hpp>

#include "retrieval/passage_fusion.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {

FusionComponent::FusionComponent(std::vector<Input> inputs, Params params) : inputs_(std::move(inputs)), params_(params) {
    if (inputs_.empty()) throw Error(errc::invalid_argument, "A fusion needs inputs.");
    if (params_.similarity_top_k == 0) throw Error(errc::invalid_argument, "similarity_top_k must be at least 1.");
    const bool weights_fit = std::ranges::all_of(inputs_, [](const Input& input) { return input.weight >= 0; });
    if (!weights_fit || !(params_.rrf_k >= 0)) throw Error(errc::invalid_argument, "weights and rrf_k must not be negative.");
}

std::vector<QueryKey> FusionComponent::input_keys() const {
    std::vector<QueryKey> keys;
    for (const Input& input : inputs_) keys.push_back(optional_query_key<RetrievalResult>(input.name));
    return keys;
}

std::vector<QueryKey> FusionComponent::output_keys() const {
    return {query_key<RetrievalResult>("output")};
}

Task<QueryValues> FusionComponent::arun(QueryValues inputs) {
    RetrievalResult fused;
    std::vector<PassageList> lists;
    for (const Input& input : inputs_) {
        const auto given = inputs.find(input.name);
        if (given == inputs.end()) continue;
        auto found = given->second.take<RetrievalResult>();
        fused.relevant = fused.relevant || found.relevant;
        fused.relevance = std::max(fused.relevance, found.relevance);
        std::ranges::move(found.notes, std::back_inserter(fused.notes));
        lists.push_back({std::move(found.nodes), input.weight});
    }
    fused.nodes = fuse_passages(std::move(lists), params_.mode, params_.rrf_k);
    if (fused.nodes.size() > params_.similarity_top_k) fused.nodes.resize(params_.similarity_top_k);
    co_return one_output(std::move(fused));
}

}  // namespace docmind
