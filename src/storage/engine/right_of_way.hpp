#pragma once
// "Who waits for whom when documents are stored while questions are asked?" Searches go first: a long change stops at many places while
// one is under way, and goes on when it has ended or when it has waited long enough.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

namespace docmind {

class RightOfWay {
  public:
    struct Params {
        std::chrono::microseconds slice{300};           ///< worked between two waits; > 0
        std::chrono::microseconds longest_wait{3'000};  ///< so a change takes slice / (slice + longest_wait) of a processor at the least
        std::function<bool()> is_urgent;                ///< somebody waits for the change: it does not wait; null for never
    };

    /// Errors: invalid_argument (no slice).
    explicit RightOfWay(Params params);

    /// A search, from when it is wanted until it has ended. Any thread, any number.
    class Search {
      public:
        explicit Search(RightOfWay& owner) noexcept;
        ~Search();
        Search(const Search&) = delete;
        Search& operator=(const Search&) = delete;

      private:
        RightOfWay& owner_;
    };

    /// For the one thread that changes, at each place where it holds nothing that a search needs.
    void give_way();
    /// How often a change has waited for searches. Any thread.
    [[nodiscard]] std::size_t times_given() const noexcept { return times_given_; }

  private:
    const Params params_;
    std::atomic<std::size_t> searches_ = 0;
    std::atomic<std::size_t> times_given_ = 0;
    std::chrono::steady_clock::time_point worked_since_;
    std::mutex mutex_;  // guards nothing but the wait: a search that ends takes it only while one waits
    std::atomic<bool> waits_ = false;
    std::condition_variable ended_;
};

}  // namespace docmind
