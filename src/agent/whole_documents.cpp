#include "agent/whole_documents.hpp"

#include <utility>

namespace docmind {

namespace {

using Tell = DraftAgent::Tell;

Task<> tell_both(Tell tell, AgentProgress progress, AgentResponse draft) {
    Draft first = std::move(draft);
    co_await tell(std::move(first));
    Draft second = std::move(progress);
    co_await tell(std::move(second));
}

Task<> compare(std::shared_ptr<DocumentComparison> comparison, std::vector<std::string> document_ids, std::vector<std::string> aspects,
               Tell tell) {
    const auto on_cell = [tell](Comparison so_far) {
        AgentProgress progress{so_far.done(), so_far.cells.size(),
                               std::to_string(so_far.documents.size()) + " documents, " + std::to_string(so_far.aspects.size()) +
                                   (so_far.aspects.size() == 1 ? " aspect" : " aspects")};
        return tell_both(tell, std::move(progress), as_response(so_far));
    };
    const auto whole = co_await comparison->arun(std::move(document_ids), std::move(aspects), on_cell);
    Draft answer = as_response(whole);
    co_await tell(std::move(answer));
}

Task<> summarize(std::shared_ptr<DocumentSummary> summary, std::string document_id, Tell tell) {
    const auto on_window = [tell](SummaryProgress now) {
        AgentProgress progress{now.done, now.of, std::move(now.text)};
        return tell_both(tell, std::move(progress), std::move(now.so_far));
    };
    Draft answer = co_await summary->arun(std::move(document_id), on_window);
    co_await tell(std::move(answer));
}

Task<> answer_parts(std::shared_ptr<DecompositionComponent> decomposition, std::string message, Tell tell) {
    Draft begun = AgentProgress{0, 0, "taking the question apart"};
    co_await tell(std::move(begun));
    QueryValues inputs;
    inputs.emplace("input", std::move(message));
    auto outputs = co_await decomposition->arun(std::move(inputs));
    Draft answer = outputs.at("output").take<AgentResponse>();
    co_await tell(std::move(answer));
}

}  // namespace

DraftAgent::Work comparing(DocumentComparison comparison, std::vector<std::string> document_ids, std::vector<std::string> aspects) {
    const auto shared = std::make_shared<DocumentComparison>(std::move(comparison));
    return [shared, document_ids, aspects](std::string, Tell tell) { return compare(shared, document_ids, aspects, std::move(tell)); };
}

DraftAgent::Work summarizing(DocumentSummary summary, std::string document_id) {
    const auto shared = std::make_shared<DocumentSummary>(std::move(summary));
    return [shared, document_id](std::string, Tell tell) { return summarize(shared, document_id, std::move(tell)); };
}

DraftAgent::Work answering_parts(std::shared_ptr<DecompositionComponent> decomposition) {
    return [decomposition](std::string message, Tell tell) { return answer_parts(decomposition, std::move(message), std::move(tell)); };
}

}  // namespace docmind
