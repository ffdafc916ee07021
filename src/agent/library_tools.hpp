#pragma once
// "What can a model do in the library?" Search it, search one document, read a page, list, compare, summarise documents. None reaches
// beyond the documents that were chosen for the question, whatever ids or names the model or a document's text comes up with.

#include <docmind/comparison.hpp>
#include <docmind/document_store.hpp>
#include <docmind/retriever.hpp>
#include <docmind/summary.hpp>
#include <docmind/tool.hpp>
#include <docmind/vector_store.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace docmind {

/// The documents of one question.
class LibraryScope {
  public:
    struct Params {
        std::vector<std::string> document_ids = {};  ///< only these; empty = all
        std::size_t max_documents = 2'000;           ///< looked through for a name
    };
    LibraryScope(Params params, DocumentStore& documents) : params_(std::move(params)), documents_(&documents) {}

    /// The documents that can be searched, the newest first, at most max_documents.
    Task<std::vector<DocumentRecord>> alist() const;
    /// The document of that id or name; a part of the name serves where it is one document's. Errors: not_found.
    Task<DocumentRecord> aresolve(std::string reference) const;
    [[nodiscard]] const std::vector<std::string>& document_ids() const noexcept { return params_.document_ids; }

  private:
    Params params_;
    DocumentStore* documents_;
};

struct LibraryToolsParams {
    std::size_t similarity_top_k = 4;
    std::size_t max_page_passages = 40;
    std::size_t max_listed = 100;
    std::vector<std::string> document_ids = {};  ///< only these; empty = all
    std::vector<std::string> enabled = {"search_library", "search_document",   "read_page",
                                        "list_documents", "compare_documents", "summarize_document"};
    DocumentComparison::Params comparison{.max_documents = 8, .max_aspects = 4};
    DocumentSummary::Params summary;
};

/// The enabled ones. What is referred to outlives them; `llm` may be null. Errors: invalid_argument (an unknown name).
[[nodiscard]] std::vector<std::shared_ptr<Tool>> make_library_tools(LibraryToolsParams params, Retriever& retriever,
                                                                    DocumentStore& documents, VectorStore& vectors, LLM* llm,
                                                                    Pool& cpu_pool);

}  // namespace docmind
