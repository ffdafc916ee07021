#pragma once
// "Which of the passages found are shown, in which order, and with how much around them?" Steps between a search and its answer: settings
// of the Application's retriever (retrieval.duplicates to retrieval.context), and modules for a QueryPipeline. Each has the input "nodes",
// passages, and the output passages, and says in NodeWithScore::steps what it did.
//
// Where a step changes the order, the scores stay with the places: they fall along the list before and after it.

#include <docmind/document_store.hpp>
#include <docmind/metadata_filter.hpp>
#include <docmind/query_component.hpp>
#include <docmind/retriever.hpp>
#include <docmind/vector_store.hpp>

#include <cstddef>
#include <vector>

namespace docmind {

/// "Has a better passage said this already?" A passage that has the words of a better one, in any document, becomes one of that one's
/// also_in.
class DuplicatesComponent final : public QueryComponent {
  public:
    struct Params {
        /// 1: the same words in the same order, whatever the letters' case and the white space. Less, 0.5 or more: this share of their
        /// runs of three words alike (Jaccard; of the first 4096 words), and the same numbers: versions of a text that differ in a figure
        /// both stay. 0: all are shown.
        double similarity = 1;
    };
    DuplicatesComponent() : DuplicatesComponent(Params{}) {}
    /// Errors: invalid_argument (a similarity that is neither 0 nor 0.5 to 1).
    explicit DuplicatesComponent(Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    Params params_;
};

/// "What do they say that better ones do not?" Passages that are like better ones, or of a document that has had its places, come later.
/// None is lost.
class DiversityComponent final : public QueryComponent {
  public:
    struct Params {
        std::size_t per_document = 0;  ///< passages of one document, then those of others come first; 0: any number
        /// 0..1: maximal marginal relevance (Carbonell and Goldstein 1998), 1 - its lambda; 0: off. Alike is measured by the words
        /// (Jaccard).
        double diversity = 0;
        std::size_t depth = 50;  ///< passages that are put in order so; the others stay behind them
    };
    DiversityComponent() : DiversityComponent(Params{}) {}
    /// Errors: invalid_argument (a diversity outside 0..1, depth 0).
    explicit DiversityComponent(Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    Params params_;
};

/// "Do these documents matter more?" Multiplies scores by what is known of the document, and sorts by them.
class BoostComponent final : public QueryComponent {
  public:
    struct Rule {
        MetadataFilter filter;
        double factor = 1;  ///< of the scores of documents for which it holds; more than 0
    };
    struct Params {
        /// A document of today has its scores multiplied by 1 + this; an older one by less: half of it after half_life_days. Its date is
        /// its metadata's modified or created, else when it came into the library.
        double freshness = 0;
        double half_life_days = 180;
        std::vector<Rule> rules;
        std::size_t reads_at_once = 8;  ///< of the catalogue
    };
    /// `documents` outlives it. Errors: invalid_argument (a number that is not positive where it must be, a filter). Of a run: those of
    /// DocumentStore::afind.
    BoostComponent(DocumentStore& documents, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    DocumentStore& documents_;
    Params params_;
};

/// "What should a reader see around it?" A passage that was found by what it says alone is shown with its context (Node::context_begin),
/// as its splitter stored it: sentence_window its neighbours, hierarchical the part it comes from. What stands in a passage that is shown
/// already is not shown again.
class ContextComponent final : public QueryComponent {
  public:
    enum class Mode {
        none,
        window,  ///< every passage
        merge,   ///< where several passages of one context were found: they become the context (auto-merging)
    };
    struct Params {
        Mode mode = Mode::window;
        double least_share = 0.5;       ///< of merge: of the context's bytes that must have been found; 0..1
        std::size_t pages_at_once = 4;  ///< read from the store
    };
    /// `vector_store` outlives it. Errors: invalid_argument (a share outside 0..1, pages_at_once 0). Of a run: those of
    /// VectorStore::aget_page; a page that is gone leaves its passages as they were.
    ContextComponent(VectorStore& vector_store, Params params);
    [[nodiscard]] std::vector<QueryKey> input_keys() const override;
    [[nodiscard]] std::vector<QueryKey> output_keys() const override;
    Task<QueryValues> arun(QueryValues inputs) override;

  private:
    VectorStore& vector_store_;
    Params params_;
};

}  // namespace docmind
