#include "application/reindex.hpp"

#include <docmind/error.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace docmind {
namespace {

using Texts = std::shared_ptr<const std::vector<std::string>>;

/// Those that the cache has are not embedded again.
Task<std::vector<Vector>> embed(Embedding* model, IngestionCache* cache, Texts texts) {
    std::vector<std::optional<Vector>> found(texts->size());
    if (cache != nullptr) found = co_await cache->aget_embeddings(model->model_id(), texts);
    std::vector<std::string> missing;
    for (std::size_t i = 0; i < texts->size(); ++i) {
        if (found[i] && found[i]->size() != model->dimension()) found[i].reset();
        if (!found[i]) missing.push_back((*texts)[i]);
    }
    std::vector<Vector> embedded;
    if (!missing.empty()) embedded = co_await model->aget_text_embedding_batch(missing, Priority::background);
    if (embedded.size() != missing.size()) throw Error(errc::backend, "The embedding model gave another number of vectors than of texts.");
    std::vector<Vector> vectors;
    std::size_t next = 0;
    for (std::optional<Vector>& vector : found) vectors.push_back(vector ? std::move(*vector) : embedded[next++]);
    if (cache != nullptr && !missing.empty()) co_await cache->aput_embeddings(model->model_id(), std::move(missing), std::move(embedded));
    co_return vectors;
}

}  // namespace

Task<> areindex(ReindexParams params, EmbeddingSpaces* spaces, Embedding* model, IngestionCache* cache,
                std::function<void(std::size_t embedded)> progress) {
    if (params.passages_at_once == 0) throw Error(errc::invalid_argument, "passages_at_once must be at least 1.");
    const SpaceProgress start = co_await spaces->aprogress();
    std::size_t done = start.embedded;
    bool is_complete = false;
    while (!is_complete) {
        // Keys are given in order: what is added meanwhile lies beyond.
        for (std::int64_t after = 0;;) {
            std::vector<UnembeddedPassage> passages = co_await spaces->amissing(after, params.passages_at_once);
            if (passages.empty()) break;
            after = passages.back().key;
            const auto texts = std::make_shared<std::vector<std::string>>();
            for (const UnembeddedPassage& passage : passages) texts->push_back(passage.text);
            std::vector<Vector> vectors = co_await embed(model, cache, texts);
            co_await spaces->aput(std::move(passages), std::move(vectors));
            done += texts->size();
            progress(done);
        }
        is_complete = co_await spaces->afinish();
    }
}

}  // namespace docmind
