#pragma once
// "Who waits for whom when documents are stored, or copied, while questions are asked?" Searches go first: long work stops at many places
// while one is under way, and goes on when it has ended or when it has waited long enough.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>

namespace docmind {

class RightOfWay {
  public:
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

    /// Long work of one thread at a time.
    class Work {
      public:
        struct Params {
            std::chrono::microseconds slice{300};           ///< worked between two waits; > 0
            std::chrono::microseconds longest_wait{3'000};  ///< so work takes slice / (slice + longest_wait) of a processor at the least
            std::function<bool()> is_urgent;                ///< somebody waits for the work: it does not wait; null for never
        };

        /// Errors: invalid_argument (no slice).
        Work(RightOfWay& searches, Params params);
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;

        /// To be called at each place where it holds nothing that a search needs.
        void give_way();
        /// How often it has waited for searches. Any thread.
        [[nodiscard]] std::size_t times_given() const noexcept { return times_given_; }

      private:
        RightOfWay& searches_;
        const Params params_;
        std::chrono::steady_clock::time_point worked_since_;
        std::atomic<std::size_t> times_given_ = 0;
    };

  private:
    std::atomic<std::size_t> searches_ = 0;
    std::mutex mutex_;  // guards nothing but the wait: a search that ends takes it only while work waits
    std::atomic<std::size_t> waiting_ = 0;
    std::condition_variable ended_;
};

}  // namespace docmind
