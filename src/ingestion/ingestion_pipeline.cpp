#include <docmind/error.hpp>
#include <docmind/ingestion_pipeline.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "async/offload.hpp"
#include "async/pool.hpp"
#include "async/when_all.hpp"

namespace docmind {
namespace {

struct Batch {
    std::size_t begin = 0, end = 0;
};

/// What the model reads of a node. The title tells what a passage speaks of when its own words do not.
std::string embedded_text(const Node& node) {
    return node.title.empty() ? node.text : node.title + "\n" + node.text;
}

Task<> embed_batch(Embedding* embedding, Batch batch, std::vector<EmbeddedNode>* nodes) {
    std::vector<std::string> texts;
    texts.reserve(batch.end - batch.begin);
    for (std::size_t i = batch.begin; i < batch.end; ++i) texts.push_back(embedded_text((*nodes)[i].node));
    std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(std::move(texts), Priority::background);
    if (vectors.size() != batch.end - batch.begin)
        throw Error(errc::backend, "The embedding model gave another number of vectors than of texts.");
    for (std::size_t i = 0; i < vectors.size(); ++i) (*nodes)[batch.begin + i].embedding = std::move(vectors[i]);
}

}  // namespace

IngestionPipeline::IngestionPipeline(Params params, const NodeParser& node_parser, Embedding& embedding, VectorStore& vector_store,
                                     Pool& cpu_pool)
    : params_(params), node_parser_(node_parser), embedding_(embedding), vector_store_(vector_store), cpu_pool_(cpu_pool) {
    if (params_.documents_in_flight == 0 || params_.nodes_per_batch == 0 || params_.batches_in_flight == 0) {
        throw Error(errc::invalid_argument, "documents_in_flight, nodes_per_batch and batches_in_flight must be at least 1.");
    }
}

Task<IngestResult> IngestionPipeline::arun(std::vector<Document> documents, Progress progress) {
    IngestResult result;
    result.documents.resize(documents.size());
    std::vector<std::size_t> indexes(documents.size());
    for (std::size_t i = 0; i < indexes.size(); ++i) indexes[i] = i;
    const auto run = [&](std::size_t i) { return run_one(&documents[i], &progress, &result.documents[i]); };
    co_await for_each_limited(std::move(indexes), params_.documents_in_flight, run);
    co_return result;
}

Task<> IngestionPipeline::run_one(Document* given, const Progress* progress, IngestedDocument* result) {
    if (given->id.empty()) given->id = make_id();
    const auto document = std::make_shared<const Document>(std::move(*given));
    const auto report = [&](std::string_view stage, double done) {
        if (*progress) (*progress)(*document, stage, done);
    };
    report("splitting", 0);
    std::vector<Node> nodes = co_await split(document);
    report("embedding", 0);
    EmbeddedDocument embedded;
    embedded.nodes = co_await embed(std::move(nodes), [&](double done) { report("embedding", done); });
    report("indexing", 0);
    embedded.document = *document;
    *result = {.id = document->id,
               .name = document->name,
               .pages = static_cast<int>(document->pages.size()),
               .nodes = static_cast<int>(embedded.nodes.size())};
    co_await vector_store_.aadd(std::move(embedded));
    report("indexing", 1);
}

Task<std::vector<Node>> IngestionPipeline::split(std::shared_ptr<const Document> document) {
    const NodeParser* parser = &node_parser_;
    auto work = [document, parser](std::stop_token stop) { return parser->get_nodes_from_document(*document, std::move(stop)); };
    std::vector<Node> nodes = co_await offload(cpu_pool_, Priority::background, std::move(work));
    if (nodes.empty()) throw Error(errc::empty_document, fmt::format("{} has no text to search.", document->name));
    co_return nodes;
}

Task<std::vector<EmbeddedNode>> IngestionPipeline::embed(std::vector<Node> nodes, std::function<void(double)> progress) {
    std::vector<EmbeddedNode> embedded;
    embedded.reserve(nodes.size());
    for (Node& node : nodes) embedded.push_back({.node = std::move(node), .embedding = {}});
    std::vector<Batch> batches;
    for (std::size_t begin = 0; begin < embedded.size(); begin += params_.nodes_per_batch) {
        batches.push_back({begin, std::min(begin + params_.nodes_per_batch, embedded.size())});
    }
    co_await for_each_limited(std::move(batches), params_.batches_in_flight, [&](Batch batch) {
        progress(static_cast<double>(batch.begin) / static_cast<double>(embedded.size()));
        return embed_batch(&embedding_, batch, &embedded);
    });
    co_return embedded;
}

}  // namespace docmind
