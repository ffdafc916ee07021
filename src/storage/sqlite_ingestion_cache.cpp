#include "storage/sqlite_ingestion_cache.hpp"

#include "async/offload.hpp"
#include "storage/engine/cache_file.hpp"

#include <docmind/error.hpp>

#include <spdlog/spdlog.h>

#include <utility>

namespace docmind {
namespace {

std::vector<CacheFile::Key> keys_of(const std::string& model_id, const std::vector<std::string>& texts) {
    std::vector<CacheFile::Key> keys;
    keys.reserve(texts.size());
    for (const std::string& text : texts) keys.push_back(CacheFile::key_of(model_id, text));
    return keys;
}

}  // namespace

SqliteIngestionCache::SqliteIngestionCache(Params params) : params_(std::move(params)), pool_({.name = "cache", .threads = 1}) {}

SqliteIngestionCache::~SqliteIngestionCache() = default;

template <class Result, class Use>
Result SqliteIngestionCache::with_file(Result otherwise, const Use& use) {
    if (given_up_) return otherwise;
    try {
        if (!file_) file_ = std::make_unique<CacheFile>(params_.file, params_.max_bytes);
        return use(*file_);
    } catch (const std::exception& error) {
        spdlog::warn("the ingestion cache is not used any more: {}", error.what());
        given_up_ = true;
        file_.reset();
        return otherwise;
    }
}

Task<std::vector<std::optional<Vector>>> SqliteIngestionCache::aget_embeddings(std::string model_id,
                                                                               std::shared_ptr<const std::vector<std::string>> texts) {
    auto work = [this, model_id = std::move(model_id), texts](std::stop_token) {
        return with_file(std::vector<std::optional<Vector>>(texts->size()),
                         [&](CacheFile& file) { return file.find_embeddings(keys_of(model_id, *texts)); });
    };
    co_return co_await offload(pool_, Priority::background, std::move(work));
}

Task<> SqliteIngestionCache::aput_embeddings(std::string model_id, std::vector<std::string> texts, std::vector<Vector> vectors) {
    auto work = [this, model_id = std::move(model_id), texts = std::move(texts), vectors = std::move(vectors)](std::stop_token) {
        with_file(false, [&](CacheFile& file) {
            file.put_embeddings(keys_of(model_id, texts), vectors);
            return true;
        });
    };
    co_await offload(pool_, Priority::background, std::move(work));
}

Task<std::optional<Document>> SqliteIngestionCache::aget_document(std::string sha256, std::string reader) {
    auto work = [this, key = sha256 + " " + reader](std::stop_token) {
        return with_file(std::optional<Document>(), [&](CacheFile& file) { return file.find_document(key); });
    };
    co_return co_await offload(pool_, Priority::background, std::move(work));
}

Task<> SqliteIngestionCache::aput_document(std::string sha256, std::string reader, std::shared_ptr<const Document> document) {
    auto work = [this, key = sha256 + " " + reader, document = std::move(document)](std::stop_token) {
        with_file(false, [&](CacheFile& file) {
            file.put_document(key, *document);
            return true;
        });
    };
    co_await offload(pool_, Priority::background, std::move(work));
}

}  // namespace docmind
