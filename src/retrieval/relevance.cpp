#include "retrieval/relevance.hpp"

#include <cmath>

namespace docmind {

double relevance(const Evidence& evidence, const RelevanceModel& model) noexcept {
    double log_odds = 0;
    if (evidence.logit) {
        log_odds = model.logit_slope * (*evidence.logit - model.logit_midpoint);
    } else if (evidence.cosine) {
        log_odds = model.cosine_slope * (*evidence.cosine - model.cosine_midpoint);
    } else if (evidence.bm25) {
        log_odds = model.bm25_slope * (*evidence.bm25 - model.bm25_midpoint);
    } else {
        return 0;
    }
    const bool seen_by_a_model = evidence.logit || evidence.cosine;
    if (seen_by_a_model && evidence.coverage) log_odds += model.coverage_slope * (*evidence.coverage - model.coverage_midpoint);
    return 1 / (1 + std::exp(-log_odds));
}

}  // namespace docmind
