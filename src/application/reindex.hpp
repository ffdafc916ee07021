#pragma once
// "The configuration names another embedding model: how do the passages that are there follow?" From their stored text: no file is read
// and nothing is split again. What was embedded stays when the process ends, and the next one goes on behind it.

#include <docmind/embedding.hpp>
#include <docmind/ingestion_cache.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <functional>

#include "storage/embedding_spaces.hpp"

namespace docmind {

struct ReindexParams {
    std::size_t passages_at_once = 32;  ///< in memory, and lost at most when the process is killed; at least 1
};

/// A space was begun for `model`; when it returns, its vectors are the ones that are searched. `progress` hears how many passages have
/// one, after each batch. What is handed in outlives the task; `cache` may be null. Errors: invalid_argument (passages_at_once 0), those
/// of Embedding and of the store; then what was embedded stays.
Task<> areindex(ReindexParams params, EmbeddingSpaces* spaces, Embedding* model, IngestionCache* cache,
                std::function<void(std::size_t embedded)> progress);

}  // namespace docmind
