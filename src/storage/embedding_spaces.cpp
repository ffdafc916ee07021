#include "storage/embedding_spaces.hpp"

#include "async/offload.hpp"
#include "storage/storage_parts.hpp"

#include <utility>

namespace docmind {

Task<bool> EmbeddingSpaces::abegin(std::string model_id, std::size_t dimension) {
    EmbeddingSpace space{.model_id = std::move(model_id), .dimension = dimension};
    auto work = [parts = &parts_, space = std::move(space)](std::stop_token) { return parts->next_space.begin(space); };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<SpaceProgress> EmbeddingSpaces::aprogress() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.progress(); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

Task<std::vector<UnembeddedPassage>> EmbeddingSpaces::amissing(std::int64_t after, std::size_t limit) {
    const auto work = [parts = &parts_, after, limit](std::stop_token) { return parts->next_space.missing(after, limit); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

Task<> EmbeddingSpaces::aput(std::vector<UnembeddedPassage> passages, std::vector<Vector> vectors) {
    auto work = [parts = &parts_, passages = std::move(passages), vectors = std::move(vectors)](std::stop_token) {
        parts->next_space.put(passages, vectors);
    };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<bool> EmbeddingSpaces::afinish() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.finish(); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

}  // namespace docmind
