#pragma once
// What flows through the two paths: a Document becomes Nodes; a question finds NodesWithScore.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

/// An embedding: unit length, one float per dimension.
using Vector = std::vector<float>;

/// Free-form facts about a document (title, author, created), UTF-8.
using Metadata = std::map<std::string, std::string>;

/// Where a word stands on its page: [begin, end) are byte offsets into Page::text, the box is in points from the top left.
struct WordBox {
    std::uint32_t begin = 0, end = 0;
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/// A heading. What follows it belongs to its section until the next heading of the same or a higher level, on this page or a later one.
struct Heading {
    std::uint32_t begin = 0;  ///< byte offset into Page::text, where the heading stands or its section begins
    int level = 1;            ///< 1 is the highest
    std::string title;        ///< on one line
};

/// One page of a document; a slide, a sheet, a chapter where the format has no pages; one page with number 1 where it has none of these.
struct Page {
    int number = 1;                 ///< from 1
    std::string text;               ///< UTF-8, in reading order; tables as Markdown tables, list items after "- " or their number
    float width = 0, height = 0;    ///< in points; 0 where the format has none
    std::vector<WordBox> words;     ///< empty where the format has no layout
    std::vector<Heading> headings;  ///< in the order of the text
};

/// What a reader makes of a file, or what a program hands to IngestionPipeline::arun.
struct Document {
    std::string id;          ///< opaque, unique; arun gives one where it is empty
    std::string name;        ///< shown to people
    std::string media_type;  ///< what the bytes are, e.g. application/pdf
    std::vector<Page> pages;
    Metadata metadata;
};

/// A passage: the unit that is embedded, found and cited. It never crosses a page.
struct Node {
    std::string id;  ///< unique; stable for the same document, splitter and text
    std::string document_id;
    int ordinal = 0;  ///< position in the document, from 0
    int page = 1;
    std::uint32_t begin = 0, end = 0;  ///< byte offsets of `text` in the page's text
    std::string text;                  ///< what is quoted
    std::string title;                 ///< the document's title; embedded and indexed with the text, never quoted
    std::string section;               ///< the headings it stands under, outermost first, " › " between them; its words are indexed
    std::uint32_t tokens = 0;          ///< length of `text` in the embedder's tokens
    /// What a reader of the passage should see around it (its sentence window, its parent chunk): byte offsets in the page's text that
    /// include [begin, end); both 0 where it is the passage alone.
    std::uint32_t context_begin = 0, context_end = 0;
};

/// What is embedded, and what a reranker reads: the title tells what a passage speaks of when its own words do not. Not the section: with
/// it the passages of one chapter lie closer to each other, and the right one is found less often (bench/RESULTS.md).
[[nodiscard]] std::string searchable_text(const Node& node);

struct EmbeddedNode {
    Node node;
    Vector embedding;
};

/// A document ready to be stored: pages for the source view, nodes for search.
struct EmbeddedDocument {
    Document document;
    std::vector<EmbeddedNode> nodes;
    std::string model_id;  ///< of the model that all embeddings come from, Embedding::model_id(); empty: not said
};

/// What each step thought of a passage; absent where the step did not see it.
struct NodeScores {
    std::optional<float> dense;                  ///< cosine, -1..1
    std::optional<float> sparse;                 ///< BM25, > 0
    std::optional<float> fused;                  ///< by rank fusion
    std::optional<float> rerank;                 ///< the cross-encoder's raw logit
    std::optional<int> dense_rank, sparse_rank;  ///< from 1, in what that search found before fusion
};

/// Where a passage stands.
struct PassagePlace {
    std::string document_id, document_name;
    int page = 1;
    std::string node_id;
};

struct NodeWithScore {
    Node node;
    std::string document_name;
    float score = 0;  ///< what the list is ordered by, highest first
    NodeScores scores;
    /// The question's words that this passage has and has not, as the index knows them (folded, stemmed, no stop words). Set by a sparse
    /// search; both empty where only the dense one found it.
    std::vector<std::string> matched_terms, missing_terms;
    std::vector<PassagePlace> also_in;  ///< where the same words, or nearly the same, stand too: found as well, and left out of the list
    std::vector<std::string> steps;     ///< what the steps after the search did with it, in words, for who asks why it stands here
};

/// 128 random bits as 32 hex digits, from the kernel.
[[nodiscard]] std::string make_id();
/// Whether an id has the form make_id() gives, rather than one that came with the document.
[[nodiscard]] bool is_made_id(std::string_view id) noexcept;

}  // namespace docmind
