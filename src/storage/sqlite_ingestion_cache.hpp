#pragma once
// The ingestion cache in a file beside the library.

#include <docmind/ingestion_cache.hpp>

#include "async/pool.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

class CacheFile;

/// A file that cannot be opened, read or written is logged once and counts as empty from then on.
class SqliteIngestionCache final : public IngestionCache {
  public:
    struct Params {
        std::filesystem::path file;
        std::uint64_t max_bytes = std::uint64_t{1} << 30;  ///< what was used longest ago goes first
    };

    explicit SqliteIngestionCache(Params params);
    ~SqliteIngestionCache() override;

    Task<std::vector<std::optional<Vector>>> aget_embeddings(std::string model_id,
                                                             std::shared_ptr<const std::vector<std::string>> texts) override;
    Task<> aput_embeddings(std::string model_id, std::vector<std::string> texts, std::vector<Vector> vectors) override;
    Task<std::optional<Document>> aget_document(std::string sha256, std::string reader) override;
    Task<> aput_document(std::string sha256, std::string reader, std::shared_ptr<const Document> document) override;

  private:
    /// Runs on the pool; `otherwise` where there is no usable file.
    template <class Result, class Use>
    Result with_file(Result otherwise, const Use& use);

    Params params_;
    std::unique_ptr<CacheFile> file_;  // opened at the first use; the pool's thread only
    bool given_up_ = false;            // likewise
    Pool pool_;                        // the last member: its thread ends before what it uses
};

}  // namespace docmind
