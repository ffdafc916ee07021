#include "ingestion/ingestion_rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>

namespace docmind {
namespace {

// What was learnt fades: a machine that became slower or faster is believed after about this much new work.
constexpr double documents_remembered = 200;
constexpr double seconds_remembered = 120;
constexpr std::size_t max_kinds = 64;
/// Of a document nothing of whose kind was seen: bytes of a passage in plain text.
constexpr double bytes_per_node = 900;

void fade(double* a, double* b, double count, double most) {
    if (count <= most) return;
    *a *= most / count;
    *b *= most / count;
}

}  // namespace

void IngestionRates::learn_document(const std::string& kind, std::uint64_t bytes, double reading_seconds, std::uint64_t nodes) {
    const auto add = [&](Sums* sums) {
        sums->documents += 1;
        sums->bytes += static_cast<double>(bytes);
        sums->seconds += reading_seconds;
        sums->nodes += static_cast<double>(nodes);
        const double count = sums->documents;
        fade(&sums->documents, &sums->bytes, count, documents_remembered);
        fade(&sums->seconds, &sums->nodes, count, documents_remembered);
    };
    add(&all_);
    if (kinds_.contains(kind) || kinds_.size() < max_kinds) add(&kinds_[kind]);
}

void IngestionRates::learn_embedding(std::uint64_t nodes, double seconds) {
    if (nodes == 0 || seconds <= 0) return;
    embedded_ += static_cast<double>(nodes);
    embedding_seconds_ += seconds;
    fade(&embedded_, &embedding_seconds_, embedding_seconds_, seconds_remembered);
}

const IngestionRates::Sums& IngestionRates::of(const std::string& kind) const {
    const auto found = kinds_.find(kind);
    return found != kinds_.end() && found->second.bytes > 0 ? found->second : all_;
}

std::optional<double> IngestionRates::nodes_per_second() const {
    return embedding_seconds_ > 0 ? std::optional(embedded_ / embedding_seconds_) : std::nullopt;
}

std::optional<double> IngestionRates::seconds_left(const std::vector<LibrarySummary::Kind>& waiting, const std::vector<Remaining>& active,
                                                   std::size_t readers) const {
    double reading = 0, nodes = 0;
    const auto add = [&](const Remaining& remaining) {
        const Sums& sums = of(remaining.kind);
        const auto bytes = static_cast<double>(remaining.bytes);
        if (sums.bytes > 0) reading += remaining.to_read * bytes * sums.seconds / sums.bytes;
        nodes += remaining.to_embed * bytes * (sums.bytes > 0 ? sums.nodes / sums.bytes : 1 / bytes_per_node);
    };
    for (const auto& [kind, documents, bytes] : waiting) add({.kind = kind, .bytes = bytes});
    for (const Remaining& remaining : active) add(remaining);
    if (reading == 0 && nodes == 0) return 0;
    const auto rate = nodes_per_second();
    if (!rate || *rate <= 0) return std::nullopt;
    return std::max(reading / static_cast<double>(std::max<std::size_t>(readers, 1)), nodes / *rate);
}

std::string IngestionRates::to_text() const {
    std::string text = fmt::format("embedding {} {}\n", embedded_, embedding_seconds_);
    const auto add = [&text](std::string_view name, const Sums& s) {
        text += fmt::format("{} {} {} {} {}\n", name, s.documents, s.bytes, s.seconds, s.nodes);
    };
    add("all", all_);
    for (const auto& [kind, sums] : kinds_) add("." + kind, sums);
    return text;
}

IngestionRates IngestionRates::from_text(const std::string& text) {
    IngestionRates rates;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string name;
        words >> name;
        const auto is_sane = [](double value) { return std::isfinite(value) && value >= 0; };
        if (name == "embedding") {
            double nodes = 0, seconds = 0;
            if (words >> nodes >> seconds && is_sane(nodes) && is_sane(seconds)) {
                rates.embedded_ = nodes;
                rates.embedding_seconds_ = seconds;
            }
            continue;
        }
        Sums sums;
        if (!(words >> sums.documents >> sums.bytes >> sums.seconds >> sums.nodes)) continue;
        if (!is_sane(sums.documents) || !is_sane(sums.bytes) || !is_sane(sums.seconds) || !is_sane(sums.nodes)) continue;
        if (name == "all") {
            rates.all_ = sums;
        } else if (name.starts_with('.') && rates.kinds_.size() < max_kinds) {
            rates.kinds_[name.substr(1)] = sums;
        }
    }
    return rates;
}

}  // namespace docmind
