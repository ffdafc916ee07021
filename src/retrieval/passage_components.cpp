#include <docmind/passage_components.hpp>

#include "retrieval/near_duplicates.hpp"
#include "retrieval/passage_boost.hpp"
#include "retrieval/passage_context.hpp"
#include "retrieval/passage_order.hpp"
#include "retrieval/passage_steps.hpp"

#include <utility>

namespace docmind {

namespace {

std::vector<QueryKey> passages_in() {
    return {query_key<RetrievalResult>("nodes")};
}

std::vector<QueryKey> passages_out() {
    return {query_key<RetrievalResult>("output")};
}

}  // namespace

DuplicatesComponent::DuplicatesComponent(Params params) : params_(params) {
    check_params(params_);
}
std::vector<QueryKey> DuplicatesComponent::input_keys() const {
    return passages_in();
}
std::vector<QueryKey> DuplicatesComponent::output_keys() const {
    return passages_out();
}
Task<QueryValues> DuplicatesComponent::arun(QueryValues inputs) {
    auto found = inputs.at("nodes").take<RetrievalResult>();
    found.nodes = suppress_duplicates(std::move(found.nodes), params_);
    co_return one_output(std::move(found));
}

DiversityComponent::DiversityComponent(Params params) : params_(params) {
    check_params(params_);
}
std::vector<QueryKey> DiversityComponent::input_keys() const {
    return passages_in();
}
std::vector<QueryKey> DiversityComponent::output_keys() const {
    return passages_out();
}
Task<QueryValues> DiversityComponent::arun(QueryValues inputs) {
    auto found = inputs.at("nodes").take<RetrievalResult>();
    found.nodes = diversify(std::move(found.nodes), params_);
    co_return one_output(std::move(found));
}

BoostComponent::BoostComponent(DocumentStore& documents, Params params) : documents_(documents), params_(std::move(params)) {
    check_params(params_);
}
std::vector<QueryKey> BoostComponent::input_keys() const {
    return passages_in();
}
std::vector<QueryKey> BoostComponent::output_keys() const {
    return passages_out();
}
Task<QueryValues> BoostComponent::arun(QueryValues inputs) {
    auto found = inputs.at("nodes").take<RetrievalResult>();
    std::vector<NodeWithScore> nodes = co_await boost_passages(&documents_, params_, std::move(found.nodes));
    found.nodes = std::move(nodes);
    co_return one_output(std::move(found));
}

ContextComponent::ContextComponent(VectorStore& vector_store, Params params) : vector_store_(vector_store), params_(params) {
    check_params(params_);
}
std::vector<QueryKey> ContextComponent::input_keys() const {
    return passages_in();
}
std::vector<QueryKey> ContextComponent::output_keys() const {
    return passages_out();
}
Task<QueryValues> ContextComponent::arun(QueryValues inputs) {
    auto found = inputs.at("nodes").take<RetrievalResult>();
    const std::size_t all = found.nodes.size();
    std::vector<NodeWithScore> nodes = co_await show_contexts(&vector_store_, params_, all, std::move(found.nodes));
    found.nodes = std::move(nodes);
    co_return one_output(std::move(found));
}

}  // namespace docmind
