#include "storage/embedding_spaces.hpp"

#include "async/offload.hpp"
#include "storage/storage_parts.hpp"

#include <utility>

namespace docmind {

Task<bool> EmbeddingSpaces::abegin(EmbeddingSpace wanted) {
    auto work = [parts = &parts_, wanted = std::move(wanted)](std::stop_token) { return parts->next_space.begin(wanted); };
    co_return co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<EmbeddingSpace> EmbeddingSpaces::asearched() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.searched(); };
    co_return co_await offload(parts_.writer, Priority::interactive, work);
}

Task<SpaceProgress> EmbeddingSpaces::aprogress() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.progress(); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

Task<std::vector<UnembeddedPassage>> EmbeddingSpaces::amissing(std::string model_id, std::int64_t after, std::size_t limit) {
    auto work = [parts = &parts_, id = std::move(model_id), after, limit](std::stop_token) {
        return parts->next_space.missing(id, after, limit);
    };
    co_return co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<> EmbeddingSpaces::aput(std::string model_id, std::vector<UnembeddedPassage> passages, std::vector<Vector> vectors) {
    auto work = [parts = &parts_, id = std::move(model_id), passages = std::move(passages), vectors = std::move(vectors)](std::stop_token) {
        parts->next_space.put(id, passages, vectors);
    };
    co_await offload(parts_.writer, Priority::background, std::move(work));
}

Task<bool> EmbeddingSpaces::afinish() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.finish(); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

Task<bool> EmbeddingSpaces::agive_up() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->next_space.give_up(); };
    co_return co_await offload(parts_.writer, Priority::interactive, work);
}

Task<> EmbeddingSpaces::aforget_former() {
    const auto work = [parts = &parts_](std::stop_token) { parts->indexes.forget_former_space(); };
    co_await offload(parts_.writer, Priority::background, work);
}

}  // namespace docmind
