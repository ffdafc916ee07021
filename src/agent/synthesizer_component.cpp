#include <docmind/query_components.hpp>

#include "agent/context_agent.hpp"
#include "agent/context_stream.hpp"
#include "agent/turn.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

namespace {

/// Passages that were found before.
class FoundPassages final : public Retriever {
  public:
    explicit FoundPassages(RetrievalResult found) : found_(std::move(found)) {}
    Task<RetrievalResult> aretrieve(QueryBundle) override { co_return std::move(found_); }

  private:
    RetrievalResult found_;
};

}  // namespace

SynthesizerComponent::SynthesizerComponent(LLM* llm, Params params) : llm_(llm), params_(params) {
    if (params_.context_passages == 0 || params_.context_window < 1 || params_.max_tokens < 1) {
        throw Error(errc::invalid_argument, "context_passages, context_window and max_tokens must be at least 1.");
    }
}

std::vector<QueryKey> SynthesizerComponent::input_keys() const {
    return {query_key<std::string>("query_str"), query_key<RetrievalResult>("nodes")};
}

std::vector<QueryKey> SynthesizerComponent::output_keys() const {
    return {query_key<AgentResponse>("output")};
}

Task<QueryValues> SynthesizerComponent::arun(QueryValues inputs) {
    FoundPassages passages(inputs.at("nodes").take<RetrievalResult>());
    ContextStream::Setup setup;
    setup.params.context_passages = params_.context_passages;
    setup.params.context_window = params_.context_window;
    setup.params.max_tokens = params_.max_tokens;
    setup.retriever = &passages;
    setup.llm = llm_;
    setup.turn.message = inputs.at("query_str").take<std::string>();
    setup.turn.started = ContextStream::Clock::now();
    auto stream = std::make_unique<ContextStream>(std::move(setup));
    AgentResponse response = co_await alast_response(std::move(stream));
    co_return one_output(std::move(response));
}

}  // namespace docmind
