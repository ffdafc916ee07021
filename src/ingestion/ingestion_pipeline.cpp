#include <docmind/error.hpp>
#include <docmind/ingestion_pipeline.hpp>

#include <fmt/format.h>

#include <numeric>
#include <utility>

#include "async/offload.hpp"
#include "async/pool.hpp"
#include "async/when_all.hpp"
#include "ingestion/embedding_queue.hpp"

namespace docmind {
namespace {

std::vector<std::size_t> indexes(std::size_t count) {
    std::vector<std::size_t> all(count);
    std::iota(all.begin(), all.end(), std::size_t{0});
    return all;
}

}  // namespace

IngestionPipeline::IngestionPipeline(Params params, const NodeParser& node_parser, Embedding& embedding, VectorStore& vector_store,
                                     Pool& cpu_pool, IngestionCache* cache)
    : params_(params), node_parser_(node_parser), embedding_(embedding), vector_store_(vector_store), cpu_pool_(cpu_pool) {
    if (params_.documents_in_flight == 0 || params_.nodes_per_batch == 0 || params_.batches_in_flight == 0) {
        throw Error(errc::invalid_argument, "documents_in_flight, nodes_per_batch and batches_in_flight must be at least 1.");
    }
    const EmbeddingQueue::Params queue{.texts_per_batch = params_.nodes_per_batch, .batches_in_flight = params_.batches_in_flight};
    embedding_queue_ = std::make_unique<EmbeddingQueue>(queue, embedding_, cache);
}

IngestionPipeline::~IngestionPipeline() = default;

void IngestionPipeline::add_transformation(std::shared_ptr<Transformation> transformation) {
    transformations_.push_back(std::move(transformation));
}

IngestionPipeline::Work IngestionPipeline::work() const {
    const EmbeddingQueue::Work work = embedding_queue_->work();
    return {.nodes = work.texts, .busy = work.busy};
}

Task<IngestResult> IngestionPipeline::arun(std::vector<Document> documents, Progress progress) {
    IngestResult result;
    result.documents.resize(documents.size());
    const auto run = [&](std::size_t i) { return run_one(std::move(documents[i]), &progress, &result.documents[i]); };
    co_await for_each_limited(indexes(documents.size()), params_.documents_in_flight, run);
    co_return result;
}

Task<IngestResult> IngestionPipeline::arun(std::vector<SourceFile> files, Reader& reader, Progress progress) {
    IngestResult result;
    result.documents.resize(files.size());
    const auto run = [&](std::size_t i) { return read_and_run_one(std::move(files[i]), &reader, &progress, &result.documents[i]); };
    co_await for_each_limited(indexes(files.size()), params_.documents_in_flight, run);
    co_return result;
}

Task<> IngestionPipeline::read_and_run_one(SourceFile file, Reader* reader, const Progress* progress, IngestedDocument* result) {
    const std::string name = file.name.empty() ? file.path.filename().string() : file.name;
    file.name = name;
    if (*progress) (*progress)({.id = "", .name = name, .media_type = file.media_type, .pages = {}, .metadata = {}}, "parsing", 0);
    Document document = co_await reader->aload(std::move(file));
    document.name = name;
    co_await run_one(std::move(document), progress, result);
}

Task<> IngestionPipeline::run_one(Document document, const Progress* progress, IngestedDocument* result) {
    if (document.id.empty()) document.id = make_id();
    const Document shown{.id = document.id, .name = document.name, .media_type = document.media_type, .pages = {}, .metadata = {}};
    const auto report = [&](std::string_view stage, double done) {
        if (*progress) (*progress)(shown, stage, done);
    };
    report("splitting", 0);
    std::vector<Node> nodes = co_await split(&document);
    nodes = co_await transform(std::move(nodes));
    if (nodes.empty()) throw Error(errc::empty_document, fmt::format("{} has no text to search.", document.name));

    report("embedding", 0);
    std::vector<std::string> texts;
    texts.reserve(nodes.size());
    for (const Node& node : nodes) texts.push_back(searchable_text(node));
    const auto embedded = [&](std::size_t done) { report("embedding", static_cast<double>(done) / static_cast<double>(nodes.size())); };
    EmbeddingQueue::Embedded given = co_await embedding_queue_->aembed(std::move(texts), embedded);

    report("indexing", 0);
    *result = {.id = document.id,
               .name = document.name,
               .pages = static_cast<int>(document.pages.size()),
               .nodes = static_cast<int>(nodes.size())};
    EmbeddedDocument whole{.document = std::move(document), .nodes = {}, .model_id = std::move(given.model_id)};
    whole.nodes.reserve(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        whole.nodes.push_back({.node = std::move(nodes[i]), .embedding = std::move(given.vectors[i])});
    co_await vector_store_.aadd(std::move(whole));
    report("indexing", 1);
}

Task<std::vector<Node>> IngestionPipeline::split(const Document* document) {
    // The document lies in the frame of run_one, which awaits this: offload() awaits what it has started, even when it is cancelled.
    const auto work = [document, parser = &node_parser_](std::stop_token stop) {
        return parser->get_nodes_from_document(*document, std::move(stop));
    };
    co_return co_await offload(cpu_pool_, Priority::background, work);
}

Task<std::vector<Node>> IngestionPipeline::transform(std::vector<Node> nodes) {
    const std::vector<std::shared_ptr<Transformation>> transformations = transformations_;
    for (const auto& transformation : transformations) {
        nodes = co_await transformation->acall(std::move(nodes));
        for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].ordinal = static_cast<int>(i);
    }
    co_return nodes;
}

}  // namespace docmind
