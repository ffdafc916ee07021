#include "retrieval/rank_metrics.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace docmind {
namespace {

constexpr std::array fields{&RankMetrics::ndcg_10, &RankMetrics::recall_10, &RankMetrics::recall_100, &RankMetrics::mrr_10,
                            &RankMetrics::hit_2,   &RankMetrics::hit_5,     &RankMetrics::all_5};

double discounted(const std::vector<int>& grades) {
    double sum = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(grades.size(), 10); ++i) sum += grades[i] / std::log2(static_cast<double>(i) + 2);
    return sum;
}

}  // namespace

RankMetrics rank_metrics(const std::vector<std::string>& ranked, const Judgements& judgements) {
    std::vector<int> ideal, found;
    for (const auto& [item, grade] : judgements) {
        if (grade > 0) ideal.push_back(grade);
    }
    if (ideal.empty()) throw Error(errc::invalid_argument, "A question without a right answer cannot be scored.");
    std::ranges::sort(ideal, std::greater());
    for (const std::string& item : ranked) {
        const auto judged = judgements.find(item);
        found.push_back(judged == judgements.end() ? 0 : std::max(0, judged->second));
    }
    const auto right = [&](std::size_t k) {
        const auto end = found.begin() + static_cast<std::ptrdiff_t>(std::min(k, found.size()));
        return static_cast<std::size_t>(std::count_if(found.begin(), end, [](int grade) { return grade > 0; }));
    };
    const auto total = static_cast<double>(ideal.size());
    RankMetrics metrics{.ndcg_10 = discounted(found) / discounted(ideal),
                        .recall_10 = static_cast<double>(right(10)) / total,
                        .recall_100 = static_cast<double>(right(100)) / total,
                        .hit_2 = right(2) > 0 ? 1.0 : 0.0,
                        .hit_5 = right(5) > 0 ? 1.0 : 0.0,
                        .all_5 = right(5) == ideal.size() ? 1.0 : 0.0};
    const auto first = std::ranges::find_if(found, [](int grade) { return grade > 0; });
    const auto rank = first - found.begin() + 1;
    if (first != found.end() && rank <= 10) metrics.mrr_10 = 1 / static_cast<double>(rank);
    return metrics;
}

RankMetrics mean_of(const std::vector<RankMetrics>& questions) {
    if (questions.empty()) throw Error(errc::invalid_argument, "There is no question to take the mean of.");
    RankMetrics mean;
    for (const RankMetrics& one : questions) {
        for (const auto field : fields) mean.*field += one.*field / static_cast<double>(questions.size());
    }
    return mean;
}

std::optional<double> area_under_curve(const std::vector<double>& positives, const std::vector<double>& negatives) {
    if (positives.empty() || negatives.empty()) return std::nullopt;
    double above = 0;
    for (const double positive : positives) {
        for (const double negative : negatives) above += positive > negative ? 1 : positive == negative ? 0.5 : 0;
    }
    return above / static_cast<double>(positives.size() * negatives.size());
}

}  // namespace docmind
