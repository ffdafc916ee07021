// The verbs that answer: ask, compare, summarize.

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "answer_output.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

/// The library's document of that id or name.
Task<std::optional<DocumentRecord>> find_document(Library* library, std::string wanted) {
    std::string cursor;
    for (;;) {
        DocumentPage page = co_await library->alist(200, cursor);
        const auto found = std::ranges::find_if(
            page.documents, [&](const DocumentRecord& document) { return document.id == wanted || document.name == wanted; });
        if (found != page.documents.end()) co_return std::move(*found);
        if (!page.next_cursor) co_return std::nullopt;
        cursor = std::move(*page.next_cursor);
    }
}

/// Each is a document of the library, or a file that is read first.
Task<std::vector<std::string>> ids_of(Library* library, std::vector<std::string> documents, ProgressLine* progress) {
    std::vector<std::string> ids;
    for (const std::string& wanted : documents) {
        const auto known = co_await find_document(library, wanted);
        if (known) {
            ids.push_back(known->id);
            continue;
        }
        if (!std::filesystem::is_regular_file(wanted))
            throw Error(errc::not_found, fmt::format("There is neither a document nor a file {}.", wanted));
        const auto read = co_await ingest_files(library, {std::filesystem::path(wanted)}, progress);
        ids.push_back(read.front());
    }
    co_return ids;
}

}  // namespace

Task<int> ask(Library* library, AskOptions options) {
    AnswerOutput output(options.json, options.question);
    std::vector<std::string> ids;
    if (!options.paths.empty()) ids = co_await ingest_files(library, expand_paths(options.paths, false), &output.progress());
    output.progress().clear();
    const AgentResponse response =
        co_await library->aask(options.session, options.question, std::move(ids), [&](const AgentEvent& event) { output.hear(event); });
    output.print(response);
    co_return 0;
}

Task<int> compare(Library* library, CompareOptions options) {
    AnswerOutput output(options.json, fmt::format("{}", fmt::join(options.aspects, " ")));
    auto ids = co_await ids_of(library, options.documents, &output.progress());
    const AgentResponse response =
        co_await library->acompare(std::move(ids), options.aspects, [&](const AgentEvent& event) { output.hear(event); });
    output.print(response);
    co_return 0;
}

Task<int> summarize(Library* library, SummarizeOptions options) {
    AnswerOutput output(options.json, "");
    auto ids = co_await ids_of(library, {options.document}, &output.progress());
    const AgentResponse response =
        co_await library->asummarize(std::move(ids.front()), [&](const AgentEvent& event) { output.hear(event); });
    output.print(response);
    co_return 0;
}

}  // namespace docmind::cli
