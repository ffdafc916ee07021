#pragma once
// A VectorStore in RAM for tests of other folders: as strict as the one on SQLite, and awaited like it. Both pass the same tests.

#include <docmind/vector_store.hpp>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace docmind {

/// I/O thread only. It knows no phrases and no prefixes, and a word weighs as much in the title as in the text.
class MemoryVectorStore final : public VectorStore {
  public:
    struct Params {
        std::size_t dimension = 0;  ///< of the vectors; 0: as those of the first document
    };

    MemoryVectorStore() : MemoryVectorStore(Params{}) {}
    explicit MemoryVectorStore(Params params) : dimension_(params.dimension) {}

    Task<> aadd(EmbeddedDocument document) override;
    Task<std::vector<NodeWithScore>> aquery(VectorStoreQuery query) override;
    Task<> adelete(std::string document_id) override;
    Task<std::vector<Node>> aget_nodes(std::string document_id, std::size_t offset, std::size_t limit) override;
    Task<Page> aget_page(std::string document_id, int number) override;

  private:
    [[nodiscard]] std::vector<NodeWithScore> dense(const VectorStoreQuery& query) const;
    [[nodiscard]] std::vector<NodeWithScore> sparse(const VectorStoreQuery& query) const;

    void check_model(const std::string& model_id) const;

    std::size_t dimension_;
    std::string model_id_;  // of all vectors; empty: nobody said
    std::map<std::string, EmbeddedDocument> documents_;
};

}  // namespace docmind
