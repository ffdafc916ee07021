#pragma once
// "Where are my passages?" answered from SQLite and the two indexes: waiting for the engine's threads, and nothing else.

#include <docmind/vector_store.hpp>

#include <string>
#include <vector>

namespace docmind {

struct StorageParts;

class SqliteVectorStore final : public VectorStore {
  public:
    explicit SqliteVectorStore(StorageParts& parts) : parts_(parts) {}

    /// The catalogue says `ready` from the same transaction on; a document that the catalogue does not have is entered.
    /// Errors also: invalid_argument (as check_document), conflict (the document was cancelled: nothing is stored).
    Task<> aadd(EmbeddedDocument document) override;
    /// The first query loads the indexes where Storage::aload() has not. Errors: invalid_argument (dimension).
    Task<std::vector<NodeWithScore>> aquery(VectorStoreQuery query) override;
    /// The document's record goes with it.
    Task<> adelete(std::string document_id) override;
    Task<std::vector<Node>> aget_nodes(std::string document_id, std::size_t offset, std::size_t limit) override;
    Task<Page> aget_page(std::string document_id, int number) override;

  private:
    StorageParts& parts_;
};

}  // namespace docmind
