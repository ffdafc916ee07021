#include "embeddings/batch_plan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace docmind {

std::size_t padded_length(std::size_t tokens) noexcept {
    const std::size_t step = tokens <= 64 ? 8 : tokens <= 256 ? 16 : 32;
    return (std::max<std::size_t>(tokens, 1) + step - 1) / step * step;
}

std::vector<std::vector<std::size_t>> plan_batches(const std::vector<std::size_t>& lengths, std::size_t max_tokens) {
    std::vector<std::size_t> order(lengths.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(lengths[i], i); });
    std::vector<std::vector<std::size_t>> batches;
    for (const std::size_t i : order) {
        const bool fits = !batches.empty() && padded_length(lengths[i]) * (batches.back().size() + 1) <= max_tokens;
        if (!fits) batches.emplace_back();
        batches.back().push_back(i);
    }
    return batches;
}

}  // namespace docmind
