#include "agent/library_tools.hpp"

#include "agent/many_document_tools.hpp"
#include "agent/text.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {

namespace {

constexpr std::size_t listed_at_once = 200;

std::string lower(std::string_view text) {
    std::string small(text);
    for (char& c : small) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return small;
}

ToolParameter document_parameter() {
    return {.name = "document", .description = "The document's name or id, as list_documents and the passages tell it."};
}

class SearchDocumentTool final : public Tool {
  public:
    SearchDocumentTool(LibraryScope scope, Retriever& retriever, std::size_t top_k)
        : scope_(std::move(scope)), retriever_(retriever), top_k_(top_k) {}

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }

    Task<ToolOutput> acall(ToolArguments arguments) override {
        const auto document = co_await scope_.aresolve(arguments.text("document").value_or(""));
        QueryEngineTool search({.similarity_top_k = top_k_, .document_ids = {document.id}}, metadata_.name, metadata_.description,
                               retriever_);
        auto output = co_await search.acall(std::move(arguments));
        co_return output;
    }

  private:
    LibraryScope scope_;
    Retriever& retriever_;
    std::size_t top_k_;
    ToolMetadata metadata_{.name = "search_document",
                           .description = "Finds the passages of one document that fit a query best.",
                           .parameters = {document_parameter(), {.name = "query", .description = "What to look for."}}};
};

class ReadPageTool final : public Tool {
  public:
    ReadPageTool(LibraryScope scope, VectorStore& vectors, std::size_t max_passages)
        : scope_(std::move(scope)), vectors_(vectors), max_passages_(max_passages) {}

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }

    Task<ToolOutput> acall(ToolArguments arguments) override {
        const auto document = co_await scope_.aresolve(arguments.text("document").value_or(""));
        const auto number = arguments.integer("page").value_or(0);
        if (number < 1 || number > std::max(document.pages, 1)) {
            throw Error(errc::not_found,
                        "There is no page " + std::to_string(number) + ": the document has " + std::to_string(document.pages) + ".");
        }
        const int page = static_cast<int>(number);
        const std::size_t begin = co_await first_of(document, page);
        const auto nodes = co_await vectors_.aget_nodes(document.id, begin, max_passages_);
        ToolOutput output;
        for (const Node& node : nodes) {
            if (node.page != page) break;
            output.passages.push_back({.node = node, .document_name = document.name});
        }
        output.found = !output.passages.empty();
        if (!output.found) output.content = "The page has no text.";
        co_return output;
    }

  private:
    // The nodes lie in the order of the pages: where those of this page begin.
    Task<std::size_t> first_of(DocumentRecord document, int page) {
        std::size_t low = 0;
        std::size_t high = static_cast<std::size_t>(std::max(document.nodes, 0));
        while (low < high) {
            const std::size_t middle = low + (high - low) / 2;
            const auto node = co_await vectors_.aget_nodes(document.id, middle, 1);
            if (node.empty() || node.front().page >= page) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        co_return low;
    }

    LibraryScope scope_;
    VectorStore& vectors_;
    std::size_t max_passages_;
    ToolMetadata metadata_{
        .name = "read_page",
        .description = "Gives one page of a document, to read what stands around a passage.",
        .parameters = {document_parameter(), {.name = "page", .description = "Its number, from 1.", .type = ToolParameter::Type::integer}}};
};

class ListDocumentsTool final : public Tool {
  public:
    ListDocumentsTool(LibraryScope scope, std::size_t most) : scope_(std::move(scope)), most_(most) {}

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }

    Task<ToolOutput> acall(ToolArguments arguments) override {
        const std::string wanted = lower(arguments.text("name_contains").value_or(""));
        const auto all = co_await scope_.alist();
        ToolOutput output;
        std::size_t fitting = 0;
        for (const DocumentRecord& document : all) {
            if (lower(document.name).find(wanted) == std::string::npos) continue;
            if (++fitting > most_) continue;
            output.content += "- " + text::one_line(document.name) + " (id " + document.id + ", " + std::to_string(document.pages) +
                              (document.pages == 1 ? " page)\n" : " pages)\n");
        }
        if (fitting > most_) output.content += "and " + std::to_string(fitting - most_) + " more.\n";
        output.found = fitting > 0;
        if (!output.found) output.content = "There is no such document.";
        co_return output;
    }

  private:
    LibraryScope scope_;
    std::size_t most_;
    ToolMetadata metadata_{
        .name = "list_documents",
        .description = "Lists the user's documents: names, ids, numbers of pages.",
        .parameters = {{.name = "name_contains", .description = "Only documents whose name has this in it.", .required = false}}};
};

}  // namespace

Task<std::vector<DocumentRecord>> LibraryScope::alist() const {
    std::vector<DocumentRecord> found;
    for (const std::string& id : params_.document_ids) {
        auto document = co_await documents_->afind(id);
        if (document && document->nodes > 0) found.push_back(std::move(*document));
    }
    if (!params_.document_ids.empty()) co_return found;
    std::string cursor;
    while (found.size() < params_.max_documents) {
        auto page = co_await documents_->alist(listed_at_once, cursor);
        for (DocumentRecord& document : page.documents) {
            if (document.nodes > 0) found.push_back(std::move(document));
        }
        if (!page.next_cursor) break;
        cursor = std::move(*page.next_cursor);
    }
    co_return found;
}

Task<DocumentRecord> LibraryScope::aresolve(std::string reference) const {
    const std::string wanted = lower(text::trim(reference));
    auto all = co_await alist();
    const DocumentRecord* part = nullptr;
    std::size_t parts = 0;
    for (const DocumentRecord& document : all) {
        const std::string name = lower(document.name);
        if (document.id == text::trim(reference) || name == wanted) co_return document;
        if (!wanted.empty() && name.find(wanted) != std::string::npos) {
            part = &document;
            ++parts;
        }
    }
    if (parts == 1) co_return *part;
    throw Error(errc::not_found, parts == 0 ? "None of the documents is called that; list_documents tells their names."
                                            : "Several documents are called that; list_documents tells their ids.");
}

std::vector<std::shared_ptr<Tool>> make_library_tools(LibraryToolsParams params, Retriever& retriever, DocumentStore& documents,
                                                      VectorStore& vectors, LLM* llm, Pool& cpu_pool) {
    const LibraryScope scope({.document_ids = params.document_ids}, documents);
    std::vector<std::shared_ptr<Tool>> tools;
    for (const std::string& name : params.enabled) {
        if (name == "search_library") {
            tools.push_back(std::make_shared<QueryEngineTool>(
                QueryEngineTool::Params{.similarity_top_k = params.similarity_top_k, .document_ids = params.document_ids}, name,
                "Finds the passages of all the user's documents that fit a query best, by meaning and by words.", retriever));
        } else if (name == "search_document") {
            tools.push_back(std::make_shared<SearchDocumentTool>(scope, retriever, params.similarity_top_k));
        } else if (name == "read_page") {
            tools.push_back(std::make_shared<ReadPageTool>(scope, vectors, params.max_page_passages));
        } else if (name == "list_documents") {
            tools.push_back(std::make_shared<ListDocumentsTool>(scope, params.max_listed));
        } else if (name == "compare_documents") {
            tools.push_back(make_comparison_tool(scope, DocumentComparison(params.comparison, retriever, documents, llm)));
        } else if (name == "summarize_document") {
            tools.push_back(make_summary_tool(scope, DocumentSummary(params.summary, documents, vectors, llm, cpu_pool)));
        } else {
            throw Error(errc::invalid_argument, "agent.tools: there is no tool " + name +
                                                    "; there are search_library, search_document, read_page, list_documents, "
                                                    "compare_documents and summarize_document.");
        }
    }
    return tools;
}

}  // namespace docmind
