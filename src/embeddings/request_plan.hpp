#pragma once
// "Which texts go to the server in one request?"

#include <cstddef>
#include <vector>

namespace docmind {

struct RequestLimits {
    std::size_t texts = 32;          ///< of one request; at least 1
    std::size_t bytes = 128 * 1024;  ///< of its texts; a single text may be longer
    std::size_t slots = 1;           ///< requests that the server works on at once; at least 1
};

/// Positions of `sizes` (bytes of each text), every one once, grouped for requests that are sent in this order, `slots` at a time.
/// Longest texts first, so that a request holds texts of similar length and the last to end are short ones. The number of requests is a
/// multiple of the slots wherever the limits allow that, and their bytes are alike: all slots work until the end.
[[nodiscard]] std::vector<std::vector<std::size_t>> plan_requests(const std::vector<std::size_t>& sizes, RequestLimits limits);

}  // namespace docmind
