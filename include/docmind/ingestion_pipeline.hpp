#pragma once
// "Make these documents searchable."

#include <docmind/embedding.hpp>
#include <docmind/node.hpp>
#include <docmind/node_parser.hpp>
#include <docmind/task.hpp>
#include <docmind/vector_store.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

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

/// Splits, embeds and stores documents; the stages of different documents overlap, a document is stored in one transaction.
/// It does not read files: a Reader does.
class IngestionPipeline {
  public:
    struct Params {
        std::size_t documents_in_flight = 8;  ///< split, embedded or stored at once
        std::size_t nodes_per_batch = 32;     ///< handed to the embedding at once; progress moves by these
        std::size_t batches_in_flight = 2;    ///< of one document: one is tokenised while the other is inferred
    };
    /// Told of each stage of each document on the I/O thread: "splitting", "embedding", "indexing", and how much of it is done, 0..1.
    using Progress = std::function<void(const Document&, std::string_view stage, double done)>;

    IngestionPipeline(Params params, const NodeParser& node_parser, Embedding& embedding, VectorStore& vector_store, Pool& cpu_pool);

    /// Every document is searchable when it returns. The first failure cancels the rest; what is stored by then stays.
    /// Errors: empty_document (no text in any page), those of Embedding and VectorStore.
    Task<IngestResult> arun(std::vector<Document> documents, Progress progress = {});

  private:
    Task<> run_one(Document* document, const Progress* progress, IngestedDocument* result);
    Task<std::vector<Node>> split(std::shared_ptr<const Document> document);
    Task<std::vector<EmbeddedNode>> embed(std::vector<Node> nodes, std::function<void(double)> progress);

    Params params_;
    const NodeParser& node_parser_;
    Embedding& embedding_;
    VectorStore& vector_store_;
    Pool& cpu_pool_;
};

}  // namespace docmind
