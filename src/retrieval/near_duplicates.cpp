#include "retrieval/near_duplicates.hpp"

#include "retrieval/passage_words.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t compared_words = 4096;
constexpr std::size_t compared_ends = 32;   // bytes that are not white
constexpr std::size_t compared_alike = 8;   // passages of one shape; more of them that differ are not made by people
constexpr std::size_t compared_near = 100;  // better passages
constexpr std::size_t run = 3;              // words of a shingle
constexpr std::size_t bins = 16;

bool is_white(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char small(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Whether two texts are the same but for letters' case and white space.
bool same_words(std::string_view a, std::string_view b) {
    std::size_t i = 0, j = 0;
    const auto skip = [](std::string_view text, std::size_t* at) {
        const std::size_t begin = *at;
        while (*at < text.size() && is_white(text[*at])) ++*at;
        return *at > begin;
    };
    skip(a, &i);
    skip(b, &j);
    while (i < a.size() && j < b.size()) {
        if (small(a[i++]) != small(b[j++])) return false;
        const bool gap = skip(a, &i), other = skip(b, &j);
        if (gap != other && i < a.size() && j < b.size()) return false;
    }
    return i == a.size() && j == b.size();
}

std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9U;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebU;
    return value ^ (value >> 31);
}

/// What texts of the same words have in common and most others have not: their length without white space, their beginning and their end.
/// Nearly nothing has to be read for it but the length.
std::uint64_t shape_of(std::string_view text) {
    std::uint32_t length = 0;  // this narrow, it is counted many bytes at a time
    for (const char c : text) length += is_white(c) ? 0 : 1;
    std::uint64_t shape = mixed(length);
    const auto add = [&shape](auto begin, auto end) {
        std::size_t taken = 0;
        for (auto at = begin; at != end && taken < compared_ends; ++at) {
            if (is_white(*at)) continue;
            shape = mixed(shape ^ static_cast<unsigned char>(small(*at)));
            ++taken;
        }
    };
    add(text.begin(), text.end());
    add(text.rbegin(), text.rend());
    return shape;
}

/// Finds passages with the words of better ones.
class SameWords {
  public:
    /// The better one's place in `kept`.
    [[nodiscard]] std::optional<std::size_t> find(std::uint64_t shape, std::string_view text,
                                                  const std::vector<NodeWithScore>& kept) const {
        const auto alike = places_.find(shape);
        if (alike == places_.end()) return std::nullopt;
        for (const std::size_t place : alike->second) {
            if (same_words(kept[place].node.text, text)) return place;
        }
        return std::nullopt;
    }
    void add(std::uint64_t shape, std::size_t place) {
        std::vector<std::size_t>& alike = places_[shape];
        if (alike.size() < compared_alike) alike.push_back(place);
    }

  private:
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> places_;
};

/// What of a passage is compared: runs of three words, and a sketch of them (one-permutation MinHash) that tells unlike ones apart at once.
struct Fingerprint {
    std::uint64_t numbers = 0;  // words with digits, in any order
    std::vector<std::uint64_t> runs;
    std::array<std::uint64_t, bins> sketch{};
};

Fingerprint fingerprint_of(std::string_view text) {
    const std::vector<WordHash> words = word_hashes(text, compared_words);
    Fingerprint result;
    for (const WordHash& word : words) {
        if (word.has_digit) result.numbers += mixed(word.hash);
    }
    for (std::size_t i = 0; i + std::min(run, words.size()) <= words.size() && i < words.size(); ++i) {
        std::uint64_t hash = 0;
        for (std::size_t n = i; n < std::min(i + run, words.size()); ++n) hash = mixed(hash ^ words[n].hash);
        result.runs.push_back(hash);
    }
    result.sketch.fill(std::numeric_limits<std::uint64_t>::max());
    for (const std::uint64_t hash : result.runs) {
        std::uint64_t& least = result.sketch[hash % bins];
        least = std::min(least, hash);
    }
    make_set(&result.runs);
    return result;
}

bool is_near(const Fingerprint& a, const Fingerprint& b, double similarity) {
    if (a.numbers != b.numbers || a.runs.empty() || b.runs.empty()) return false;
    // A bin is alike in about the share in which the sets are; half of that is missed once in thousands.
    std::size_t alike = 0;
    for (std::size_t i = 0; i < bins; ++i) alike += a.sketch[i] == b.sketch[i] ? 1 : 0;
    if (static_cast<double>(alike) < similarity / 2 * bins) return false;
    return jaccard(a.runs, b.runs) >= similarity;
}

/// Finds passages with nearly the words of one of the best.
class NearWords {
  public:
    explicit NearWords(double similarity) : similarity_(similarity) {}
    [[nodiscard]] std::optional<std::size_t> find(const Fingerprint& fingerprint) const {
        for (std::size_t place = 0; place < known_.size(); ++place) {
            if (is_near(known_[place], fingerprint, similarity_)) return place;
        }
        return std::nullopt;
    }
    void add(Fingerprint fingerprint) {
        if (known_.size() < compared_near) known_.push_back(std::move(fingerprint));
    }

  private:
    double similarity_;
    std::vector<Fingerprint> known_;
};

}  // namespace

void check_params(const DuplicatesComponent::Params& params) {
    const bool fits = params.similarity == 0 || (params.similarity >= 0.5 && params.similarity <= 1);
    if (!fits) throw Error(errc::invalid_argument, "retrieval.duplicates must be 0, or a number from 0.5 to 1.");
}

std::vector<NodeWithScore> suppress_duplicates(std::vector<NodeWithScore> nodes, const DuplicatesComponent::Params& params) {
    if (params.similarity == 0 || nodes.size() < 2) return nodes;
    SameWords same;
    std::optional<NearWords> near;
    if (params.similarity < 1) near.emplace(params.similarity);
    std::vector<NodeWithScore> kept;
    kept.reserve(nodes.size());
    for (NodeWithScore& node : nodes) {
        const std::uint64_t shape = shape_of(node.node.text);
        std::optional<std::size_t> better = same.find(shape, node.node.text, kept);
        std::optional<Fingerprint> fingerprint;
        if (!better && near) {
            fingerprint = fingerprint_of(node.node.text);
            better = near->find(*fingerprint);
        }
        if (!better) {
            same.add(shape, kept.size());
            if (fingerprint) near->add(std::move(*fingerprint));
            kept.push_back(std::move(node));
            continue;
        }
        std::vector<PassagePlace>& places = kept[*better].also_in;
        places.push_back({node.node.document_id, std::move(node.document_name), node.node.page, node.node.id});
        for (PassagePlace& place : node.also_in) places.push_back(std::move(place));
    }
    for (NodeWithScore& node : kept) {
        if (!node.also_in.empty())
            node.steps.push_back(fmt::format("stands for {} more with {} words", node.also_in.size(), near ? "nearly its" : "the same"));
    }
    return kept;
}

}  // namespace docmind
