#pragma once
// "Make these documents searchable."

#include <docmind/embedding.hpp>
#include <docmind/ingestion_cache.hpp>
#include <docmind/node.hpp>
#include <docmind/node_parser.hpp>
#include <docmind/reader.hpp>
#include <docmind/task.hpp>
#include <docmind/transformation.hpp>
#include <docmind/vector_store.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class EmbeddingQueue;
class Pool;

/// What became of one document.
struct IngestedDocument {
    std::string id;
    std::string name;
    int pages = 0;
    int nodes = 0;
};

struct IngestResult {
    std::vector<IngestedDocument> documents;  ///< in the order they were given
};

/// Splits, transforms, embeds and stores documents. The stages of different documents overlap, batches for the model are filled across
/// documents, passages that were embedded before are not embedded again, a document is stored in one transaction.
class IngestionPipeline {
  public:
    struct Params {
        std::size_t documents_in_flight = 8;  ///< read, split, embedded or stored at once
        std::size_t nodes_per_batch = 32;     ///< handed to the embedding at once; progress moves by these
        std::size_t batches_in_flight = 2;    ///< one is tokenised while another is inferred; with a model server: its slots
    };
    /// Told of each stage of each document on the I/O thread: "parsing", "splitting", "embedding", "indexing", and how much of it is done,
    /// 0..1. Of the document only id and name are there.
    using Progress = std::function<void(const Document&, std::string_view stage, double done)>;

    /// What is handed in outlives the pipeline; `cache` may be null. Errors: invalid_argument (a limit of 0).
    IngestionPipeline(Params params, const NodeParser& node_parser, Embedding& embedding, VectorStore& vector_store, Pool& cpu_pool,
                      IngestionCache* cache = nullptr);
    ~IngestionPipeline();

    /// A step between splitting and embedding, after those that were added before. Documents that are under way do without it.
    void add_transformation(std::shared_ptr<Transformation> transformation);

    /// Every document is searchable when it returns. The first failure cancels the rest; what is stored by then stays.
    /// Errors: empty_document (no text in any page), those of the Transformations, of Embedding and of VectorStore.
    Task<IngestResult> arun(std::vector<Document> documents, Progress progress = {});
    /// The same for files, which `reader` reads, at most `documents_in_flight` at once; each gets a new id. Errors also: those of Reader.
    Task<IngestResult> arun(std::vector<SourceFile> files, Reader& reader, Progress progress = {});

    /// Passages that the model has embedded (not those found in the cache), and for how long it was at it.
    struct Work {
        std::uint64_t nodes = 0;
        std::chrono::steady_clock::duration busy{};
    };
    [[nodiscard]] Work work() const;

  private:
    Task<> run_one(Document document, const Progress* progress, IngestedDocument* result);
    Task<> read_and_run_one(SourceFile file, Reader* reader, const Progress* progress, IngestedDocument* result);
    Task<std::vector<Node>> split(const Document* document);
    Task<std::vector<Node>> transform(std::vector<Node> nodes);

    Params params_;
    const NodeParser& node_parser_;
    Embedding& embedding_;
    VectorStore& vector_store_;
    Pool& cpu_pool_;
    std::vector<std::shared_ptr<Transformation>> transformations_;
    std::unique_ptr<EmbeddingQueue> embedding_queue_;
};

}  // namespace docmind
