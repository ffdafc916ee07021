#include "storage/storage.hpp"

#include "async/offload.hpp"

#include <docmind/error.hpp>

#include <utility>

namespace docmind {

Storage::Storage(Params params)
    : parts_(std::move(params.data_dir), params.snapshot_rows), session_store_({.keep_removed = params.keep_removed_sessions}, parts_) {}

Task<> Storage::ause_embedding(std::string model_id, std::size_t dimension, EmbeddingSource source) {
    if (model_id.empty() || dimension == 0 || dimension > 65'536) {
        throw Error(errc::invalid_argument, "A vector space has a model and 1 to 65,536 dimensions.");
    }
    EmbeddingSpace space{.model_id = std::move(model_id), .dimension = dimension, .source = std::move(source)};
    auto work = [parts = &parts_, space = std::move(space)](std::stop_token) { parts->documents.use_embedding(space); };
    co_await offload(parts_.writer, Priority::interactive, std::move(work));
}

Task<> Storage::aload() {
    const auto work = [parts = &parts_](std::stop_token) { parts->documents.load_indexes(); };
    co_await offload(parts_.writer, Priority::interactive, work);
}

Task<std::vector<std::string>> Storage::acheck() {
    const auto work = [parts = &parts_](std::stop_token) { return parts->documents.check(); };
    co_return co_await offload(parts_.writer, Priority::background, work);
}

LibraryContents Storage::copy_database(std::stop_token stop) {
    return copy_library(parts_.directory.database_file(), database_copy(), parts_.right_of_way, std::move(stop));
}

}  // namespace docmind
