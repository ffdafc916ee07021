#pragma once
// "Which model answers, when that can change while the program runs?" Each call goes to the model that is current when it begins, and
// stays there; a model that is no longer current lives until its last answer has ended.

#include <docmind/llm.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class SwitchableLLM final : public LLM {
  public:
    /// `llm` is not null.
    explicit SwitchableLLM(std::shared_ptr<LLM> llm);

    void set(std::shared_ptr<LLM> llm);

    Task<ChatResponse> achat(ChatRequest request) override;
    Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) override;
    Task<LLMStatus> astatus() override;
    Task<std::vector<std::string>> amodels() override;
    Task<ToolCalling> atool_calling() override;
    Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) override;
    [[nodiscard]] LLMMetadata metadata() const override;

  private:
    std::shared_ptr<LLM> llm_;
};

}  // namespace docmind
