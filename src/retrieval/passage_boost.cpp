#include "retrieval/passage_boost.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

namespace docmind {

namespace {

std::optional<int> number_at(std::string_view text, std::size_t at, std::size_t digits) {
    int value = 0;
    if (text.size() < at + digits) return std::nullopt;
    const char* const end = text.data() + at + digits;
    const auto [stop, failed] = std::from_chars(text.data() + at, end, value);
    return failed == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

/// "2024-03-01T...", "2024-03" or "2024".
std::optional<std::chrono::sys_days> day_of(std::string_view text) {
    const auto year = number_at(text, 0, 4);
    if (!year) return std::nullopt;
    const int month = number_at(text, 5, 2).value_or(1), day = number_at(text, 8, 2).value_or(1);
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(std::max(month, 0))),
                                           std::chrono::day(static_cast<unsigned>(std::max(day, 0)))};
    return date.ok() ? std::optional(std::chrono::sys_days(date)) : std::nullopt;
}

std::optional<std::chrono::sys_days> day_of(const DocumentRecord& document) {
    for (const char* key : {"modified", "created"}) {
        const auto found = document.metadata.find(key);
        if (found == document.metadata.end()) continue;
        if (const auto day = day_of(found->second)) return day;
    }
    return day_of(document.created_at);
}

/// What the scores of this document are multiplied by, and why.
struct Factor {
    double value = 1;
    std::vector<std::string> why;
};

Factor factor_of(const DocumentRecord& document, const BoostComponent::Params& params, std::chrono::sys_days today) {
    Factor factor;
    if (params.freshness > 0) {
        if (const auto day = day_of(document)) {
            const double age = std::max(0.0, static_cast<double>((today - *day).count()));
            const double fresh = 1 + params.freshness * std::exp2(-age / params.half_life_days);
            factor.value *= fresh;
            factor.why.push_back(fmt::format("x{:.3f} for its age of {:.0f} days", fresh, age));
        }
    }
    for (const BoostComponent::Rule& rule : params.rules) {
        if (!matches({rule.filter}, document)) continue;
        factor.value *= rule.factor;
        factor.why.push_back(fmt::format("x{:.3f} for {}", rule.factor, to_string(rule.filter)));
    }
    return factor;
}

}  // namespace

void check_params(const BoostComponent::Params& params) {
    const auto is_positive = [](double value) { return value > 0 && std::isfinite(value); };
    if (!(params.freshness >= 0 && std::isfinite(params.freshness)) || !is_positive(params.half_life_days))
        throw Error(errc::invalid_argument, "freshness must not be negative, and its half life must be more than 0 days.");
    if (params.reads_at_once == 0) throw Error(errc::invalid_argument, "reads_at_once must be at least 1.");
    for (const BoostComponent::Rule& rule : params.rules) {
        check_filters({rule.filter});
        if (!is_positive(rule.factor))
            throw Error(errc::invalid_argument, "The boost for " + to_string(rule.filter) + " must be more than 0.");
    }
}

bool changes_scores(const BoostComponent::Params& params) noexcept {
    return params.freshness > 0 || !params.rules.empty();
}

std::vector<NodeWithScore> boost(std::vector<NodeWithScore> nodes, const std::map<std::string, DocumentRecord>& documents,
                                 const BoostComponent::Params& params, std::chrono::sys_days today) {
    std::map<std::string, Factor> factors;
    for (const auto& [id, document] : documents) factors.emplace(id, factor_of(document, params, today));
    for (NodeWithScore& node : nodes) {
        const auto found = factors.find(node.node.document_id);
        if (found == factors.end()) continue;
        node.score = static_cast<float>(node.score * found->second.value);
        node.steps.insert(node.steps.end(), found->second.why.begin(), found->second.why.end());
    }
    std::ranges::stable_sort(nodes, std::ranges::greater(), &NodeWithScore::score);
    return nodes;
}

}  // namespace docmind
