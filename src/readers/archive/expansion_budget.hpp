#pragma once
// "How much may still come out of this file?" One budget for all that is packed in it, however often it is packed again.

#include "readers/read_options.hpp"

#include <cstddef>
#include <cstdint>

namespace docmind {

/// Spent by whoever unpacks. Not for two threads.
class ExpansionBudget {
  public:
    /// `packed_bytes`: the size of the file as it came.
    ExpansionBudget(const ReadOptions& options, std::size_t packed_bytes) : options_(&options), packed_(packed_bytes) {}

    /// Before or right after so many bytes come out. Error: too_large.
    void spend(std::uint64_t bytes);
    /// So many files are to be read. Error: too_large.
    void count_files(std::uint64_t files);
    /// A limit was passed: nothing more can be read from this file.
    [[nodiscard]] bool is_exhausted() const { return exhausted_; }

  private:
    const ReadOptions* options_;
    std::uint64_t packed_;
    std::uint64_t expanded_ = 0;
    std::uint64_t files_ = 0;
    bool exhausted_ = false;
};

}  // namespace docmind
