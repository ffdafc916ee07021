#include <docmind/query_components.hpp>

#include <utility>

namespace docmind {

RetrieverComponent::RetrieverComponent(Retriever& retriever, QueryBundle query) : retriever_(retriever), query_(std::move(query)) {}

std::vector<QueryKey> RetrieverComponent::input_keys() const {
    return {query_key<std::string>("input")};
}

std::vector<QueryKey> RetrieverComponent::output_keys() const {
    return {query_key<RetrievalResult>("output")};
}

Task<QueryValues> RetrieverComponent::arun(QueryValues inputs) {
    QueryBundle query = query_;
    query.query_str = inputs.at("input").take<std::string>();
    RetrievalResult found = co_await retriever_.aretrieve(std::move(query));
    co_return one_output(std::move(found));
}

}  // namespace docmind
