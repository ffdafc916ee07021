#pragma once
// "How are passages found, when that can change while the program runs?" Each search ends as it began.

#include <docmind/retriever.hpp>

#include <memory>
#include <utility>

namespace docmind {

class SwitchableRetriever final : public Retriever {
  public:
    /// `retriever` is not null.
    explicit SwitchableRetriever(std::shared_ptr<Retriever> retriever) : retriever_(std::move(retriever)) {}

    void set(std::shared_ptr<Retriever> retriever) { retriever_ = std::move(retriever); }

    Task<RetrievalResult> aretrieve(QueryBundle query) override {
        const auto retriever = retriever_;
        auto result = co_await retriever->aretrieve(std::move(query));
        co_return result;
    }

  private:
    std::shared_ptr<Retriever> retriever_;
};

}  // namespace docmind
