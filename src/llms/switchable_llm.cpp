#include "llms/switchable_llm.hpp"

#include <optional>
#include <utility>

namespace docmind {
namespace {

/// An answer, and the model it comes from.
class HeldStream final : public ChatStream {
  public:
    HeldStream(std::shared_ptr<LLM> llm, std::unique_ptr<ChatStream> stream) : llm_(std::move(llm)), stream_(std::move(stream)) {}
    Task<std::optional<ChatDelta>> next() override { return stream_->next(); }

  private:
    std::shared_ptr<LLM> llm_;
    std::unique_ptr<ChatStream> stream_;  // goes before the model
};

}  // namespace

SwitchableLLM::SwitchableLLM(std::shared_ptr<LLM> llm) : llm_(std::move(llm)) {}

void SwitchableLLM::set(std::shared_ptr<LLM> llm) {
    llm_ = std::move(llm);
}

Task<ChatResponse> SwitchableLLM::achat(ChatRequest request) {
    const auto llm = llm_;
    auto response = co_await llm->achat(std::move(request));
    co_return response;
}

Task<std::unique_ptr<ChatStream>> SwitchableLLM::astream_chat(ChatRequest request) {
    const auto llm = llm_;
    auto stream = co_await llm->astream_chat(std::move(request));
    co_return std::make_unique<HeldStream>(llm, std::move(stream));
}

Task<LLMStatus> SwitchableLLM::astatus() {
    const auto llm = llm_;
    auto status = co_await llm->astatus();
    co_return status;
}

Task<std::vector<std::string>> SwitchableLLM::amodels() {
    const auto llm = llm_;
    auto models = co_await llm->amodels();
    co_return models;
}

Task<ToolCalling> SwitchableLLM::atool_calling() {
    const auto llm = llm_;
    const auto calling = co_await llm->atool_calling();
    co_return calling;
}

Task<std::vector<std::size_t>> SwitchableLLM::acount_tokens(std::vector<std::string> texts) {
    const auto llm = llm_;
    auto counts = co_await llm->acount_tokens(std::move(texts));
    co_return counts;
}

LLMMetadata SwitchableLLM::metadata() const {
    return llm_->metadata();
}

}  // namespace docmind
