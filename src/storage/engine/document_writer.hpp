#pragma once
// "Change the library": everything that writes documents, their passages and the two indexes. One thread calls it, whichever that is.
//
// A search must never see half of a change. So the new rows are in the published indexes before their transaction commits, and the old
// ones leave them after: whichever side of the commit a reader's transaction is on, an index holds every row it can see, and it passes over
// those it cannot see.

#include "storage/engine/database.hpp"
#include "storage/engine/document_table.hpp"
#include "storage/engine/node_table.hpp"
#include "storage/engine/right_of_way.hpp"
#include "storage/engine/search_indexes.hpp"
#include "storage/engine/space_table.hpp"

#include <docmind/document_store.hpp>
#include <docmind/node.hpp>

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace docmind {

class DocumentWriter {
  public:
    DocumentWriter(Database& database, SearchIndexes& indexes, RightOfWay::Work& right_of_way);

    /// As VectorStore::aadd. Ends early, with nothing stored, when stop is requested before the commit.
    void add(const EmbeddedDocument& document, std::stop_token stop);
    /// As DocumentStore::acreate.
    DocumentRecord create(DocumentRecord record);
    /// As DocumentStore::aupdate.
    void update(const DocumentRecord& record, const std::vector<DocumentStatus>& expected);
    /// The document and all that belongs to it. False where it is not there.
    bool remove(const std::string& id);
    /// As DocumentStore::areplace.
    DocumentRecord replace(DocumentRecord record);
    /// As DocumentStore::arename.
    void rename(const std::string& id, const std::string& name, const std::string& source);
    [[nodiscard]] std::optional<DocumentRecord> claim(const DocumentClaim& claim);
    void renew_leases(const std::string& owner);
    int requeue_unfinished();
    /// As Storage::ause_embedding.
    void use_embedding(const EmbeddingSpace& space);
    /// Fills the two indexes from their snapshot and the database, unless they are filled.
    void load_indexes();
    /// What is wrong with the file, a sentence each.
    [[nodiscard]] std::vector<std::string> check();

  private:
    /// Where vectors of a model belong.
    struct Destination {
        VectorTable table = VectorTable::searched;
        std::optional<EmbeddingSpace> space;  // nothing: these are the first
    };
    struct Entered {
        std::int64_t key = 0;
        bool had_nodes = false;  // an earlier version had
    };

    [[nodiscard]] Destination destination(const std::string& model_id);
    Entered enter(const EmbeddedDocument& document);
    [[nodiscard]] bool has_vectors();

    Database& database_;
    SearchIndexes& indexes_;
    RightOfWay::Work& right_of_way_;
    DocumentTable documents_;
    NodeTable nodes_;
    SpaceTable spaces_;
};

}  // namespace docmind
