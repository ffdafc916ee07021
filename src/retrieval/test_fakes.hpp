#pragma once
// Stand-ins for the stages a retriever asks. They compute real scores and refuse what the real ones refuse.

#include "async/deadline.hpp"

#include <docmind/embedding.hpp>
#include <docmind/error.hpp>
#include <docmind/postprocessor.hpp>
#include <docmind/vector_store.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace docmind::test {

inline std::vector<std::string> words_of(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    return words;
}

/// What a fake does before it answers.
struct Behaviour {
    std::chrono::milliseconds delay{0};
    std::function<void()> fail;  ///< throws
    int calls = 0;
    int finished = 0;
};

inline Task<> behave(Behaviour* behaviour) {
    ++behaviour->calls;
    co_await sleep_for(behaviour->delay);
    if (behaviour->fail) behaviour->fail();
    ++behaviour->finished;
}

/// A bag of hashed words, unit length.
class BagEmbedding final : public Embedding {
  public:
    Behaviour behaviour;

    static Vector embed(const std::string& text) {
        Vector vector(64, 0.0F);
        for (const auto& word : words_of(text)) vector[std::hash<std::string>{}(word) % vector.size()] += 1;
        float length = 0;
        for (const float x : vector) length += x * x;
        for (float& x : vector) x /= std::max(std::sqrt(length), 1e-9F);
        return vector;
    }
    Task<Vector> aget_query_embedding(std::string query) override {
        co_await behave(&behaviour);
        co_return embed(query);
    }
    Task<Vector> aget_text_embedding(std::string text) override { co_return embed(text); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string> texts, Priority) override {
        std::vector<Vector> vectors;
        for (const auto& text : texts) vectors.push_back(embed(text));
        co_return vectors;
    }
    [[nodiscard]] std::size_t dimension() const override { return 64; }
    [[nodiscard]] std::string model_id() const override { return "bag"; }
};

/// Exact search over what add() was given.
class ListStore final : public VectorStore {
  public:
    Behaviour dense, sparse;
    std::vector<VectorStoreQuery> queries;

    void add(std::string document, std::string text, std::string title = "") {
        const int ordinal = static_cast<int>(nodes_.size());
        Node node{.id = document + "#" + std::to_string(ordinal),
                  .document_id = document,
                  .ordinal = ordinal,
                  .text = std::move(text),
                  .title = std::move(title)};
        nodes_.push_back(std::move(node));
    }
    Task<std::vector<NodeWithScore>> aquery(VectorStoreQuery query) override {
        queries.push_back(query);
        const bool is_dense = query.mode == VectorStoreQueryMode::dense;
        if (is_dense && query.embedding.size() != 64) throw Error(errc::invalid_argument, "another dimension");
        if (query.similarity_top_k == 0) throw Error(errc::invalid_argument, "similarity_top_k must be at least 1");
        co_await behave(is_dense ? &dense : &sparse);
        const std::set<std::string> only(query.document_ids.begin(), query.document_ids.end());
        std::vector<NodeWithScore> found;
        for (const Node& node : nodes_) {
            if (!only.empty() && !only.contains(node.document_id)) continue;
            const float score = is_dense ? cosine(query.embedding, node) : hits(query.text, node);
            if (!is_dense && score == 0) continue;
            NodeWithScore result{.node = node, .document_name = node.document_id, .score = score, .scores = {}};
            (is_dense ? result.scores.dense : result.scores.sparse) = score;
            if (!is_dense) set_terms(query.text, &result);
            found.push_back(std::move(result));
        }
        std::ranges::sort(
            found, [](const auto& a, const auto& b) { return a.score != b.score ? a.score > b.score : a.node.ordinal < b.node.ordinal; });
        if (found.size() > query.similarity_top_k) found.resize(query.similarity_top_k);
        co_return found;
    }
    Task<> aadd(EmbeddedDocument) override { throw Error(errc::internal, "not for this test"); }
    Task<> adelete(std::string) override { throw Error(errc::internal, "not for this test"); }
    Task<std::vector<Node>> aget_nodes(std::string, std::size_t, std::size_t) override { throw Error(errc::internal, "not for this test"); }
    Task<Page> aget_page(std::string, int) override { throw Error(errc::not_found, "no pages here"); }

  private:
    static void set_terms(const std::string& question, NodeWithScore* result) {
        const auto words = words_of(result->node.title + " " + result->node.text);
        const auto asked = words_of(question);
        for (const std::string& word : std::set<std::string>(asked.begin(), asked.end())) {
            (std::ranges::find(words, word) != words.end() ? result->matched_terms : result->missing_terms).push_back(word);
        }
    }
    static float cosine(const Vector& query, const Node& node) {
        const Vector vector = BagEmbedding::embed(node.title + " " + node.text);
        float sum = 0;
        for (std::size_t i = 0; i < query.size(); ++i) sum += query[i] * vector[i];
        return sum;
    }
    static float hits(const std::string& query, const Node& node) {
        const auto words = words_of(node.title + " " + node.text);
        float sum = 0;
        for (const auto& word : words_of(query)) sum += static_cast<float>(std::ranges::count(words, word));
        return sum;
    }

    std::vector<Node> nodes_;
};

/// Logit = 2 * the question's words that the passage has - 5.
class OverlapReranker final : public Reranker {
  public:
    Behaviour behaviour;
    std::size_t has_time_for = 1000;
    std::vector<std::string> read;
    std::function<void(std::vector<float>&)> spoil;

    Task<std::vector<float>> ascore(std::string query, std::vector<std::string> texts,
                                    std::chrono::steady_clock::time_point deadline) override {
        if (deadline <= std::chrono::steady_clock::now()) throw Error(errc::internal, "the deadline has passed before the first batch");
        read = texts;
        co_await behave(&behaviour);
        std::vector<float> logits;
        for (std::size_t i = 0; i < std::min(texts.size(), has_time_for); ++i) {
            const auto words = words_of(texts[i]);
            float logit = -5;
            for (const auto& word : words_of(query)) logit += std::ranges::find(words, word) == words.end() ? 0.0F : 2.0F;
            logits.push_back(logit);
        }
        if (spoil) spoil(logits);
        co_return logits;
    }
    [[nodiscard]] std::string model_id() const override { return "overlap"; }
};

}  // namespace docmind::test
