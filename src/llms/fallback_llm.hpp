#pragma once
// "Who answers when the model server is away?" Several models in an order: each call asks the first that can answer it. One that fails is
// passed over by its own breaker for some seconds, so the next call does not wait for it again.

#include <docmind/llm.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class FallbackLLM final : public LLM {
  public:
    /// Errors: invalid_argument (none, or a null).
    explicit FallbackLLM(std::vector<std::shared_ptr<LLM>> llms);

    /// The next is asked after unavailable, timeout, backend and overloaded. Errors: those of the first, when none could answer.
    Task<ChatResponse> achat(ChatRequest request) override;
    /// Returns once there is something of the answer: until then another model can give it instead. What fails later has failed.
    Task<std::unique_ptr<ChatStream>> astream_chat(ChatRequest request) override;
    /// Ready when one of them is.
    Task<LLMStatus> astatus() override;
    /// Of the first that tells.
    Task<std::vector<std::string>> amodels() override;
    /// Of the first that can be tried.
    Task<ToolCalling> atool_calling() override;
    /// By the one that answered last.
    Task<std::vector<std::size_t>> acount_tokens(std::vector<std::string> texts) override;
    /// Of the one that answered last; at first, of the first.
    [[nodiscard]] LLMMetadata metadata() const override;

  private:
    template <class T, class Ask>
    Task<T> first_of(Ask ask);

    std::vector<std::shared_ptr<LLM>> llms_;
    std::size_t last_ = 0;
};

}  // namespace docmind
