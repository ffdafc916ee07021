#include <docmind/query_components.hpp>

#include "agent/prompt.hpp"
#include "agent/standalone_question.hpp"

#include <utility>

namespace docmind {

QueryRewriteComponent::QueryRewriteComponent(LLM* llm, Params params) : llm_(llm), params_(params) {}

std::vector<QueryKey> QueryRewriteComponent::input_keys() const {
    return {query_key<std::string>("message"), optional_query_key<std::vector<StoredMessage>>("history")};
}

std::vector<QueryKey> QueryRewriteComponent::output_keys() const {
    return {query_key<std::string>("output")};
}

Task<QueryValues> QueryRewriteComponent::arun(QueryValues inputs) {
    auto message = inputs.at("message").take<std::string>();
    std::vector<StoredMessage> history;
    if (const auto given = inputs.find("history"); given != inputs.end()) history = given->second.take<std::vector<StoredMessage>>();
    // A small model loses more of a question than it adds.
    LLM* const llm = llm_ != nullptr && style_for(llm_->metadata().model) == PromptStyle::full ? llm_ : nullptr;
    std::string question = co_await standalone_question(llm, std::move(history), std::move(message), params_.limit);
    co_return one_output(std::move(question));
}

}  // namespace docmind
