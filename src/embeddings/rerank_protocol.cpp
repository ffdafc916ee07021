#include "embeddings/rerank_protocol.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include "embeddings/server_answer.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

const std::string section = "reranker";

/// The entries of an answer; null where there are none.
const json::array* entries_of(const json::value& answer) {
    if (const json::array* bare = answer.if_array()) return bare;
    for (const std::string_view key : {"results", "data"}) {
        const json::value* member = answer.get_object().if_contains(key);
        if (const json::array* entries = member != nullptr ? member->if_array() : nullptr) return entries;
    }
    return nullptr;
}

double score_of(const json::object& entry) {
    for (const std::string_view key : {"relevance_score", "score"}) {
        const json::value* member = entry.if_contains(key);
        if (member == nullptr || !member->is_number()) continue;
        const double score = member->to_number<double>();
        if (!std::isfinite(score)) throw unusable(section, "a score is no finite number");
        return score;
    }
    throw unusable(section, "an entry has no score");
}

}  // namespace

std::string rerank_url(const std::string& root, RerankDialect dialect) {
    if (dialect == RerankDialect::v1_documents) return root + "/rerank";
    return root.substr(0, root.rfind('/')) + "/rerank";
}

std::string rerank_body(const std::string& model, const std::string& query, const std::vector<std::string>& texts, RerankDialect dialect) {
    std::string body = "{";
    if (!model.empty()) body += "\"model\":" + json::serialize(json::string_view(model)) + ",";
    body += "\"query\":" + json::serialize(json::string_view(query));
    if (dialect == RerankDialect::texts) return body + ",\"raw_scores\":true,\"truncate\":true,\"texts\":[" + quoted_texts(texts) + "]}";
    return body + fmt::format(",\"top_n\":{},\"documents\":[{}]}}", texts.size(), quoted_texts(texts));
}

std::vector<double> parse_scores(std::string_view body, std::size_t count) {
    const auto answer = parse_answer(body);
    if (!answer) throw unusable(section, "it is no JSON");
    if (const json::object* object = answer->if_object()) {
        if (const std::string error = error_text(*object); !error.empty())
            throw Error(errc::backend, "The reranker server reported an error: " + error);
    }
    const json::array* entries = entries_of(*answer);
    if (entries == nullptr) throw unusable(section, "it has no results");
    if (entries->size() != count) throw unusable(section, fmt::format("it has {} scores for {} texts", entries->size(), count));
    std::vector<std::optional<double>> scores(count);
    for (const json::value& entry : *entries) {
        const json::object* object = entry.if_object();
        if (object == nullptr) throw unusable(section, "an entry is no object");
        std::optional<double>& score = scores[index_of(*object, count, section)];
        if (score) throw unusable(section, "two entries have the same index");
        score = score_of(*object);
    }
    std::vector<double> result;
    for (const std::optional<double>& score : scores) result.push_back(*score);  // count entries of different index: all are there
    return result;
}

float logit_of(double probability) noexcept {
    constexpr double largest = 16;
    if (probability <= 0) return -largest;
    if (probability >= 1) return largest;
    return static_cast<float>(std::clamp(std::log(probability / (1 - probability)), -largest, largest));
}

}  // namespace docmind
