#include "retrieval/relevance.hpp"

#include <cmath>

namespace docmind {

double relevance(const Evidence& evidence, const RelevanceModel& model) noexcept {
    double log_odds = 0;
    if (evidence.cosine) log_odds += model.cosine_slope * (*evidence.cosine - model.cosine_midpoint);
    if (evidence.logit) log_odds += model.logit_slope * (*evidence.logit - model.logit_midpoint);
    if (!evidence.cosine && !evidence.logit) {
        if (!evidence.bm25) return 0;
        log_odds = model.bm25_slope * (*evidence.bm25 - model.bm25_midpoint);
    }
    return 1 / (1 + std::exp(-log_odds));
}

}  // namespace docmind
