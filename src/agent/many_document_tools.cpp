#include "agent/many_document_tools.hpp"

#include "agent/answer_sentences.hpp"
#include "agent/cited_text.hpp"

#include <chrono>
#include <utility>

namespace docmind {

namespace {

constexpr std::chrono::minutes comparison_limit{3};
constexpr std::chrono::minutes summary_limit{15};

// The answer's own numbers are not those under which the passages are told to the model.
ToolOutput as_output(AgentResponse response) {
    ToolOutput output;
    output.found = response.found;
    output.content = without_marks(response.answer).words;
    for (const Citation& citation : response.citations) output.passages.push_back(quoted_passage(citation));
    output.notes = std::move(response.notes);
    return output;
}

class CompareDocumentsTool final : public Tool {
  public:
    CompareDocumentsTool(LibraryScope scope, DocumentComparison comparison)
        : scope_(std::move(scope)), comparison_(std::move(comparison)) {}

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }

    Task<ToolOutput> acall(ToolArguments arguments) override {
        std::vector<std::string> ids;
        for (const std::string& reference : arguments.texts("documents").value_or(std::vector<std::string>())) {
            const auto document = co_await scope_.aresolve(reference);
            ids.push_back(document.id);
        }
        const auto comparison = co_await comparison_.arun(std::move(ids), arguments.texts("aspects").value_or(std::vector<std::string>()));
        co_return as_output(as_response(comparison));
    }

  private:
    LibraryScope scope_;
    DocumentComparison comparison_;
    ToolMetadata metadata_{
        .name = "compare_documents",
        .description = "Says of several documents, side by side, what each says on each aspect.",
        .parameters = {{.name = "documents", .description = "Their names or ids, two or more.", .type = ToolParameter::Type::strings},
                       {.name = "aspects",
                        .description = "What to compare, each in a few words: \"termination notice\".",
                        .type = ToolParameter::Type::strings}},
        .limit = comparison_limit};
};

class SummarizeDocumentTool final : public Tool {
  public:
    SummarizeDocumentTool(LibraryScope scope, DocumentSummary summary) : scope_(std::move(scope)), summary_(std::move(summary)) {}

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }

    Task<ToolOutput> acall(ToolArguments arguments) override {
        const auto document = co_await scope_.aresolve(arguments.text("document").value_or(""));
        auto response = co_await summary_.arun(document.id);
        co_return as_output(std::move(response));
    }

  private:
    LibraryScope scope_;
    DocumentSummary summary_;
    ToolMetadata metadata_{
        .name = "summarize_document",
        .description = "Summarises one whole document. It reads all of it: use it only where the question asks for that.",
        .parameters = {{.name = "document", .description = "The document's name or id, as list_documents and the passages tell it."}},
        .limit = summary_limit};
};

}  // namespace

std::shared_ptr<Tool> make_comparison_tool(LibraryScope scope, DocumentComparison comparison) {
    return std::make_shared<CompareDocumentsTool>(std::move(scope), std::move(comparison));
}

std::shared_ptr<Tool> make_summary_tool(LibraryScope scope, DocumentSummary summary) {
    return std::make_shared<SummarizeDocumentTool>(std::move(scope), std::move(summary));
}

}  // namespace docmind
