#pragma once
// "What do these documents say on this, side by side?" A cell for each document and aspect: what that document alone says on it, in
// sentences that its own words bear out, each with the passage. A cell costs one search and at most one call of the model; they run at the
// same time (QueryPipeline::parallel_run). One that fails says why, and the others stand.
//
//   auto comparison = app.run(app.compare_documents({"id-1", "id-2"}, {"termination notice", "price"}));
//   std::cout << docmind::as_response(comparison).answer;  // a Markdown table

#include <docmind/agent.hpp>
#include <docmind/document_store.hpp>
#include <docmind/llm.hpp>
#include <docmind/query_pipeline.hpp>
#include <docmind/retriever.hpp>
#include <docmind/task.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

/// A sentence and the words of a document that bear it out.
struct CitedSentence {
    std::string words;  ///< on one line, without marks
    Citation citation;  ///< its number is not set
    double support = 1;
};

struct ComparisonCell {
    enum class State {
        waiting,   ///< its turn has not come, or it was stopped before
        answered,  ///< `sentences` say it
        not_said,  ///< the document does not say
        failed     ///< `problem` says why
    };
    State state = State::waiting;
    std::vector<CitedSentence> sentences;
    bool quoted = false;  ///< the sentences are the document's own: the model was away, or said what no passage bears out
    std::string problem;
    float relevance = 0;  ///< RetrievalResult::relevance
};

/// A table that may have gaps while it is filled.
struct Comparison {
    struct Document {
        std::string id, name;
    };
    std::vector<Document> documents;
    std::vector<std::string> aspects;
    std::vector<ComparisonCell> cells;  ///< documents × aspects, those of the first document first
    std::vector<std::string> notes;     ///< what could not be done, in words
    std::optional<ChatUsage> usage;

    [[nodiscard]] const ComparisonCell& cell(std::size_t document, std::size_t aspect) const {
        return cells[document * aspects.size() + aspect];
    }
    /// Cells that wait no more.
    [[nodiscard]] std::size_t done() const;
};

/// As an answer: a Markdown table whose rows are the more numerous of documents and aspects, citations numbered through. Found where a cell
/// is answered; degraded where all of those are quotations; a cell that waits is "…".
[[nodiscard]] AgentResponse as_response(const Comparison& comparison);

class DocumentComparison {
  public:
    struct Params {
        std::size_t cells_at_once = 4;
        std::size_t max_documents = 16;
        std::size_t max_aspects = 8;
        std::size_t max_aspect_bytes = 300;
        std::size_t context_passages = 4;  ///< of the document, handed to the model
        std::size_t most_sentences = 2;    ///< of a cell
        int context_window = 4096;         ///< where the model does not say
        int max_tokens = 160;              ///< of a cell
    };
    /// Hears the table as it stands after each cell; the next cell waits for it.
    using Tell = std::function<Task<>(Comparison so_far)>;

    /// `llm` may be null: every cell is a quotation then, and also with a model below one billion parameters. What is referred to outlives
    /// the runs. Errors: invalid_argument (a number of 0).
    DocumentComparison(Params params, Retriever& retriever, DocumentStore& documents, LLM* llm);

    /// Errors: invalid_argument (fewer than two documents, no aspect, more than the limits), not_found (a document), conflict (one that
    /// cannot be searched yet). Cancelling it cancels all cells.
    Task<Comparison> arun(std::vector<std::string> document_ids, std::vector<std::string> aspects, Tell tell = {});

  private:
    Task<Comparison> abegin(std::vector<std::string> document_ids, std::vector<std::string> aspects);

    Params params_;
    DocumentStore& documents_;
    QueryPipeline cell_;  // a cell from its question
};

}  // namespace docmind
