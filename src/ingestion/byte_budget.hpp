#pragma once
// How many bytes of documents are in the pipeline at once.

#include <docmind/task.hpp>

#include <cstdint>
#include <memory>
#include <utility>

namespace docmind {

/// Answers "is there room for this document, or must it wait?", in the order of asking. What is larger than the whole budget goes alone.
/// I/O thread only.
class ByteBudget {
    struct State;

  public:
    /// Room that is taken; given back when destroyed. Outlives its budget safely.
    class Share {
      public:
        Share() noexcept = default;
        Share(Share&& other) noexcept : state_(std::exchange(other.state_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
        Share& operator=(Share&& other) noexcept;
        ~Share();
        /// What it turned out to be; never waits, so the budget may be passed until others give back.
        void resize(std::uint64_t bytes);

      private:
        friend struct State;
        Share(std::shared_ptr<State> state, std::uint64_t bytes) noexcept : state_(std::move(state)), bytes_(bytes) {}
        std::shared_ptr<State> state_;
        std::uint64_t bytes_ = 0;
    };

    explicit ByteBudget(std::uint64_t max_bytes);
    /// Those who wait get operation_aborted.
    ~ByteBudget();
    ByteBudget(const ByteBudget&) = delete;
    ByteBudget& operator=(const ByteBudget&) = delete;

    Task<Share> acquire(std::uint64_t bytes);
    [[nodiscard]] std::uint64_t in_use() const noexcept;

  private:
    std::shared_ptr<State> state_;
};

}  // namespace docmind
