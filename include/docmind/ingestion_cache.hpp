#pragma once
// "Has this been computed before?" What reading and embedding gave, by content: the same bytes are not read twice, the same passage is not
// embedded twice, whatever document it stands in. It is also how a document that was interrupted goes on at its last finished stage.

#include <docmind/node.hpp>
#include <docmind/task.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// Losing an entry costs time, nothing else: so no call fails for the cache's own reasons.
class IngestionCache {
  public:
    virtual ~IngestionCache() = default;
    /// One answer per text, in order; nullopt where this model has not embedded it.
    virtual Task<std::vector<std::optional<Vector>>> aget_embeddings(std::string model_id,
                                                                     std::shared_ptr<const std::vector<std::string>> texts) = 0;
    virtual Task<> aput_embeddings(std::string model_id, std::vector<std::string> texts, std::vector<Vector> vectors) = 0;
    /// What a reader made of these bytes; id and name are empty. `reader`: Reader::fingerprint().
    virtual Task<std::optional<Document>> aget_document(std::string sha256, std::string reader) = 0;
    virtual Task<> aput_document(std::string sha256, std::string reader, std::shared_ptr<const Document> document) = 0;
};

}  // namespace docmind
