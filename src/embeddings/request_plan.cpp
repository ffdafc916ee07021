#include "embeddings/request_plan.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace docmind {

namespace {

std::size_t divided_up(std::size_t a, std::size_t b) noexcept {
    return (a + b - 1) / b;
}

}  // namespace

std::vector<std::vector<std::size_t>> plan_requests(const std::vector<std::size_t>& sizes, RequestLimits limits) {
    std::vector<std::size_t> order(sizes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return std::pair(~sizes[i], i); });
    std::size_t texts = sizes.size();
    std::size_t bytes = std::accumulate(sizes.begin(), sizes.end(), std::size_t{0});

    std::size_t requests = std::max(divided_up(texts, limits.texts), divided_up(bytes, limits.bytes));
    requests = std::min(divided_up(requests, limits.slots) * limits.slots, texts);

    std::vector<std::vector<std::size_t>> plan;
    for (auto next = order.begin(); next != order.end();) {
        // What this request must take so that the others can hold the rest, and what it may take so that each has something.
        const std::size_t others = requests > plan.size() + 1 ? requests - plan.size() - 1 : 0;
        const std::size_t rest = others * limits.texts;
        const std::size_t least = texts > rest ? std::min(texts - rest, limits.texts) : 1;
        const std::size_t most = std::clamp<std::size_t>(texts > others ? texts - others : 1, 1, limits.texts);
        const std::size_t share = divided_up(bytes, others + 1);
        std::vector<std::size_t>& request = plan.emplace_back();
        std::size_t taken = 0;
        while (next != order.end() && request.size() < most) {
            const std::size_t size = sizes[*next];
            if (!request.empty() && taken + size > limits.bytes) break;
            // To the nearest of its share.
            if (request.size() >= least && taken + size / 2 >= share) break;
            taken += size;
            request.push_back(*next++);
        }
        texts -= request.size();
        bytes -= taken;
    }
    return plan;
}

}  // namespace docmind
