#include "llms/fallback_llm.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

namespace docmind {
namespace {

/// Failures of a server, not of what it was asked.
bool another_may(errc code) {
    return code == errc::unavailable || code == errc::timeout || code == errc::backend || code == errc::overloaded;
}

/// A stream whose first delta has been read.
class BegunStream final : public ChatStream {
  public:
    BegunStream(std::optional<ChatDelta> first, std::unique_ptr<ChatStream> rest) : first_(std::move(first)), rest_(std::move(rest)) {}
    Task<std::optional<ChatDelta>> next() override {
        if (first_) co_return std::exchange(first_, std::nullopt);
        if (!rest_) co_return std::nullopt;
        auto delta = co_await rest_->next();
        co_return delta;
    }

  private:
    std::optional<ChatDelta> first_;
    std::unique_ptr<ChatStream> rest_;
};

Task<std::unique_ptr<ChatStream>> begin(LLM* llm, ChatRequest request) {
    auto stream = co_await llm->astream_chat(std::move(request));
    auto first = co_await stream->next();
    co_return std::make_unique<BegunStream>(std::move(first), std::move(stream));
}

Task<ChatResponse> chat(LLM* llm, ChatRequest request) {
    return llm->achat(std::move(request));
}

Task<std::vector<std::string>> models(LLM* llm) {
    return llm->amodels();
}

Task<ToolCalling> tool_calling(LLM* llm) {
    return llm->atool_calling();
}

}  // namespace

FallbackLLM::FallbackLLM(std::vector<std::shared_ptr<LLM>> llms) : llms_(std::move(llms)) {
    if (llms_.empty() || std::ranges::count(llms_, nullptr) > 0) throw Error(errc::invalid_argument, "A fallback needs models.");
}

template <class T, class Ask>
Task<T> FallbackLLM::first_of(Ask ask) {
    std::optional<Error> failure;
    for (std::size_t i = 0; i < llms_.size(); ++i) {
        try {
            T result = co_await ask(llms_[i].get());
            last_ = i;
            co_return result;
        } catch (const Error& error) {
            if (!another_may(error.code())) throw;
            if (!failure) failure = error;
        }
    }
    throw Error(*failure);
}

Task<ChatResponse> FallbackLLM::achat(ChatRequest request) {
    const auto ask = [request](LLM* llm) { return chat(llm, request); };
    auto response = co_await first_of<ChatResponse>(ask);
    co_return response;
}

Task<std::unique_ptr<ChatStream>> FallbackLLM::astream_chat(ChatRequest request) {
    const auto ask = [request](LLM* llm) { return begin(llm, request); };
    auto stream = co_await first_of<std::unique_ptr<ChatStream>>(ask);
    co_return stream;
}

Task<LLMStatus> FallbackLLM::astatus() {
    std::string detail;
    for (const auto& llm : llms_) {
        LLMStatus status = co_await llm->astatus();
        detail += (detail.empty() ? "" : " ") + status.detail;
        if (status.ready) co_return LLMStatus{true, std::move(detail)};
    }
    co_return LLMStatus{false, std::move(detail)};
}

Task<std::vector<std::string>> FallbackLLM::amodels() {
    auto names = co_await first_of<std::vector<std::string>>(models);
    co_return names;
}

Task<ToolCalling> FallbackLLM::atool_calling() {
    const auto calling = co_await first_of<ToolCalling>(tool_calling);
    co_return calling;
}

Task<std::vector<std::size_t>> FallbackLLM::acount_tokens(std::vector<std::string> texts) {
    auto counts = co_await llms_[last_]->acount_tokens(std::move(texts));
    co_return counts;
}

LLMMetadata FallbackLLM::metadata() const {
    return llms_[last_]->metadata();
}

}  // namespace docmind
