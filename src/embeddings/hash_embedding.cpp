#include "embeddings/hash_embedding.hpp"

#include "async/deadline.hpp"

#include <docmind/error.hpp>

#include <cmath>
#include <cstdint>
#include <utility>

namespace docmind {
namespace {

constexpr bool is_word_byte(unsigned char c) noexcept {
    return c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

/// Calls fn(hash of the word in lower case) for every word and mark.
template <class Fn>
void for_each_token(const std::string& text, Fn fn) {
    std::uint64_t hash = 0;
    const auto end_word = [&] {
        if (hash != 0) fn(hash);
        hash = 0;
    };
    const auto mix = [&](unsigned char c) { hash = ((hash == 0 ? 0xcbf29ce484222325U : hash) ^ c) * 0x100000001b3U; };
    for (const char raw : text) {
        const auto c = static_cast<unsigned char>(raw);
        if (!is_word_byte(c)) end_word();
        if (c <= ' ') continue;
        mix(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
        if (!is_word_byte(c)) end_word();
    }
    end_word();
}

/// splitmix64
std::uint64_t next(std::uint64_t* state) noexcept {
    std::uint64_t z = (*state += 0x9e3779b97f4a7c15U);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

}  // namespace

HashEmbedding::HashEmbedding(Params params) : params_(std::move(params)) {
    if (params_.dimension < 8 || params_.max_tokens == 0)
        throw Error(errc::invalid_argument, "A hash embedding needs 8 dimensions and one token.");
}

Vector HashEmbedding::embed(const std::string& text) const {
    Vector vector(params_.dimension, 0.0F);
    // A small common part gives the empty text a direction.
    vector[0] = 0.1F;
    std::size_t tokens = 0;
    for_each_token(text, [&](std::uint64_t hash) {
        if (tokens++ >= params_.max_tokens) return;
        for (float& value : vector) value += static_cast<float>(static_cast<std::int64_t>(next(&hash) >> 40) - (1 << 23)) / (1 << 23);
    });
    double squares = 0;
    for (const float value : vector) squares += static_cast<double>(value) * value;
    for (float& value : vector) value = static_cast<float>(value / std::sqrt(squares));
    return vector;
}

Task<Vector> HashEmbedding::aget_query_embedding(std::string query) {
    co_await yield_now();
    co_return embed(query);
}

Task<Vector> HashEmbedding::aget_text_embedding(std::string text) {
    co_await yield_now();
    co_return embed(text);
}

Task<std::vector<Vector>> HashEmbedding::aget_text_embedding_batch(std::vector<std::string> texts, Priority) {
    co_await yield_now();
    std::vector<Vector> vectors;
    vectors.reserve(texts.size());
    for (const std::string& text : texts) vectors.push_back(embed(text));
    co_return vectors;
}

std::vector<std::uint32_t> HashEmbedding::count_tokens(const std::vector<std::string>& texts) const {
    std::vector<std::uint32_t> counts;
    for (const std::string& text : texts) {
        std::uint32_t tokens = 0;
        for_each_token(text, [&](std::uint64_t) { ++tokens; });
        counts.push_back(tokens);
    }
    return counts;
}

}  // namespace docmind
