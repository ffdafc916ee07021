#include "made_corpus.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <random>

namespace docmind::bench {
namespace {

// The most frequent words are real ones: what is done about stop words shows.
constexpr auto common = std::to_array<const char*>(
    {"the",  "of",  "and",  "to",   "in",  "is",    "that", "for",   "it",   "as",   "was",  "with",  "be",   "by",   "on",   "not",
     "this", "are", "or",   "from", "at",  "which", "an",   "have",  "has",  "can",  "were", "their", "will", "one",  "all",  "there",
     "been", "if",  "more", "when", "two", "other", "may",  "these", "some", "time", "such", "into",  "than", "used", "data", "only"});
constexpr auto onsets = std::to_array<const char*>({"b", "c", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "pl"});
constexpr auto vowels = std::to_array<const char*>({"a", "e", "i", "o", "u", "ea", "ou", "io"});
constexpr auto endings = std::to_array<const char*>({"", "", "n", "r", "s", "ing", "ed", "ation", "al", "er", "ly", "ity"});

void scale_to_unit(Vector& vector) {
    double square = 0;
    for (const float x : vector) square += static_cast<double>(x) * x;
    for (float& x : vector) x = static_cast<float>(x / std::sqrt(square));
}

}  // namespace

struct MadeCorpus::Random {
    explicit Random(std::uint64_t seed) : state(seed * 0x9e3779b97f4a7c15U + 1) {}
    std::uint64_t next() {  // splitmix64: a passage costs no seeding of a large generator
        std::uint64_t z = state += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }
    double uniform() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }
    float normal() {
        const double u = std::max(uniform(), 1e-300);
        return static_cast<float>(std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * uniform()));
    }
    std::uint64_t state;
};

MadeCorpus::MadeCorpus(Params params) : params_(params) {
    Random random(77);
    Vector shared(params_.dimension);
    for (float& x : shared) x = random.normal();
    scale_to_unit(shared);
    for (std::size_t t = 0; t < params_.topics; ++t) {
        Vector& centre = centres_.emplace_back(params_.dimension);
        for (float& x : centre) x = random.normal();
        scale_to_unit(centre);
        for (std::size_t i = 0; i < centre.size(); ++i) centre[i] = 0.65F * shared[i] + 0.55F * centre[i];
    }
    double sum = 0;
    for (std::size_t rank = 0; rank < params_.vocabulary; ++rank) {
        sum += 1 / std::pow(static_cast<double>(rank) + 2.7, 1.05);  // Zipf and Mandelbrot
        cumulative_.push_back(sum);
    }
}

std::string MadeCorpus::word(std::size_t rank) const {
    if (rank < common.size()) return common[rank];
    Random random(rank + 1'000'003);
    std::string result;
    for (std::size_t i = 0, syllables = 1 + random.below(3) + (rank > 2'000 ? 1 : 0); i < syllables; ++i) {
        result += onsets[random.below(onsets.size())];
        result += vowels[random.below(vowels.size())];
    }
    return result + endings[random.below(endings.size())];
}

std::vector<std::size_t> MadeCorpus::ranks(std::size_t number) const {
    Random random(2 * number + 11);
    const std::size_t topic = random.below(params_.topics);
    std::vector<std::size_t> result(params_.words / 2 + random.below(params_.words));
    for (std::size_t& rank : result) {
        const double wanted = random.uniform() * cumulative_.back();
        rank = static_cast<std::size_t>(std::ranges::lower_bound(cumulative_, wanted) - cumulative_.begin());
        // A topic has 200 words of its own, which it says again and again.
        if (rank > 400 && random.uniform() < 0.5) {
            Random own(topic * 200 + random.below(200) + 5'000'011);
            rank = 400 + own.below(params_.vocabulary - 400);
        }
    }
    return result;
}

Vector MadeCorpus::vector_of(std::size_t number) const {
    Random random(2 * number + 11);
    const Vector& centre = centres_[random.below(params_.topics)];
    Random noise(2 * number + 12);
    Vector result(centre);
    // Noise falls off over the components, as the variances of a real model's do.
    for (std::size_t i = 0; i < result.size(); ++i) {
        result[i] += 0.85F * noise.normal() / std::sqrt(static_cast<float>(i + 8)) / 2;
    }
    scale_to_unit(result);
    return result;
}

MadePassage MadeCorpus::passage(std::size_t number) const {
    MadePassage made{.text = {}, .embedding = vector_of(number)};
    for (const std::size_t rank : ranks(number)) made.text += word(rank) + (rank % 13 == 5 ? ". " : " ");
    return made;
}

MadeQuestion MadeCorpus::question(std::size_t number, std::size_t passages) const {
    Random random(number + 900'000'007);
    const std::size_t about = random.below(passages);
    MadeQuestion made{.text = "What is the", .embedding = vector_of(about)};
    const auto words = ranks(about);
    for (std::size_t i = 0, count = 5 + random.below(8); i < count; ++i) made.text += " " + word(words[random.below(words.size())]);
    for (std::size_t i = 0; i < made.embedding.size(); ++i)
        made.embedding[i] += 0.6F * random.normal() / std::sqrt(static_cast<float>(params_.dimension));
    scale_to_unit(made.embedding);
    return made;
}

EmbeddedDocument MadeCorpus::document(std::size_t number, std::size_t size) const {
    EmbeddedDocument made;
    const std::string id = fmt::format("document-{}", number);
    made.document = {.id = id, .name = id + ".pdf", .media_type = "application/pdf", .pages = {}, .metadata = {}};
    for (std::size_t i = 0; i < size; ++i) {
        MadePassage passage = this->passage(number * size + i);
        Node node{.id = fmt::format("{}-{}", id, i), .document_id = id, .ordinal = static_cast<int>(i), .page = static_cast<int>(i) + 1};
        node.end = static_cast<std::uint32_t>(passage.text.size());
        node.text = passage.text;
        node.title = "On " + word(400 + number % 10'000);
        node.tokens = 256;
        made.document.pages.push_back({.number = node.page, .text = std::move(passage.text), .width = 595, .height = 842, .words = {}});
        made.nodes.push_back({.node = std::move(node), .embedding = std::move(passage.embedding)});
    }
    return made;
}

}  // namespace docmind::bench
