#include <docmind/comparison.hpp>

#include "agent/cited_text.hpp"
#include "agent/prompt.hpp"
#include "agent/text.hpp"

#include <docmind/error.hpp>
#include <docmind/query_components.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace docmind {

namespace {

/// What a cell asks of its document.
struct CellQuestion {
    std::string document_id;
    std::string aspect;
};

/// A cell whose turn has come, and where it belongs.
struct CellOrder {
    CellQuestion question;
    std::size_t place = 0;
    Comparison* comparison = nullptr;
    const DocumentComparison::Tell* tell = nullptr;
};

// An aspect is a few words, and scores of a few words are low: a passage that has half of them may speak of it. A quotation that does
// not is seen to be none; "does not say" where it does would not be.
bool has_half_the_words(const NodeWithScore& passage) {
    return !passage.matched_terms.empty() && passage.matched_terms.size() >= passage.missing_terms.size();
}

// A small model's cells are quotations all the same: it mixes up what belongs to what.
LLM* speaker(LLM* llm) {
    return llm != nullptr && style_for(llm->metadata().model) == PromptStyle::full ? llm : nullptr;
}

Task<RetrievalResult> find_passages(Retriever* retriever, std::size_t most, CellQuestion question) {
    QueryBundle query;
    query.query_str = std::move(question.aspect);
    query.similarity_top_k = most;
    query.document_ids = {std::move(question.document_id)};
    auto found = co_await retriever->aretrieve(std::move(query));
    found.relevant = found.relevant || std::ranges::any_of(found.nodes, has_half_the_words);
    co_return found;
}

ComparisonCell make_cell(const DocumentComparison::Params& params, const CellQuestion& question, const RetrievalResult& found,
                         const AgentResponse& answer) {
    ComparisonCell cell;
    cell.relevance = found.relevance;
    if (!answer.found || found.nodes.empty()) {
        cell.state = ComparisonCell::State::not_said;
        return cell;
    }
    cell.state = ComparisonCell::State::answered;
    const auto sources = number_sources(found.nodes, params.context_passages);
    if (!answer.degraded) cell.sentences = supported_sentences(answer.answer, sources, params.most_sentences);
    if (!cell.sentences.empty()) return cell;
    cell.quoted = true;
    cell.sentences.push_back(quoted_sentence(sources.front(), question.aspect));
    return cell;
}

/// `small`: nobody was asked, and that is why.
void add_notes(Comparison& comparison, const AgentResponse& answer, bool small) {
    const std::vector<std::string> why{
        "The language model is small, so the documents are quoted. A larger one (llm.base_url) answers in its own words."};
    for (const std::string& note : small ? why : answer.notes) {
        if (std::ranges::find(comparison.notes, note) == comparison.notes.end()) comparison.notes.push_back(note);
    }
    if (!answer.usage) return;
    if (!comparison.usage) comparison.usage.emplace();
    comparison.usage->prompt_tokens += answer.usage->prompt_tokens;
    comparison.usage->completion_tokens += answer.usage->completion_tokens;
}

/// From a question to its cell: passages of the one document, an answer from them, what of it holds.
QueryPipeline answering_pipeline(const DocumentComparison::Params& params, Retriever& retriever, LLM* llm) {
    QueryPipeline pipeline;
    const std::size_t most = params.context_passages;
    const auto find = [found_by = &retriever, most](CellQuestion question) { return find_passages(found_by, most, std::move(question)); };
    const auto make = [params](CellQuestion question, RetrievalResult found, AgentResponse answer) {
        return make_cell(params, question, found, answer);
    };
    const SynthesizerComponent::Params synthesis{
        .context_passages = most, .context_window = params.context_window, .max_tokens = params.max_tokens};
    pipeline.add_modules({{"retriever", make_component({"question"}, find)},
                          {"synthesizer", std::make_shared<SynthesizerComponent>(llm, synthesis)},
                          {"cell", make_component({"question", "nodes", "answer"}, make)},
                          {"answer", make_component({"input"}, [](AgentResponse answer) { return answer; })}});
    pipeline.add_link("input", "retriever", {.src_key = "question"});
    pipeline.add_link("input", "synthesizer", {.src_key = "query_str", .dest_key = "query_str"});
    pipeline.add_link("retriever", "synthesizer", {.dest_key = "nodes"});
    pipeline.add_link("input", "cell", {.src_key = "question", .dest_key = "question"});
    pipeline.add_link("retriever", "cell", {.dest_key = "nodes"});
    pipeline.add_link("synthesizer", "cell", {.dest_key = "answer"});
    pipeline.add_link("synthesizer", "answer");
    return pipeline;
}

/// Fills the cell. What it fails of is its own.
Task<bool> fill_cell(std::shared_ptr<QueryPipeline> answering, CellOrder order, bool small) {
    QueryValues inputs;
    inputs.emplace("query_str", "What does the document say about " + order.question.aspect + "?");
    inputs.emplace("question", std::move(order.question));
    ComparisonCell cell;
    try {
        auto result = co_await answering->arun_with(std::move(inputs));
        cell = result.get<ComparisonCell>("cell");
        add_notes(*order.comparison, result.get<AgentResponse>("answer"), small);
    } catch (const Error& error) {
        cell.state = ComparisonCell::State::failed;
        cell.problem = error.what();
    }
    const bool whole = cell.state != ComparisonCell::State::failed;
    order.comparison->cells[order.place] = std::move(cell);
    if (*order.tell) {
        Comparison so_far = *order.comparison;
        co_await (*order.tell)(std::move(so_far));
    }
    co_return whole;
}

QueryPipeline cell_pipeline(const DocumentComparison::Params& params, Retriever& retriever, LLM* llm) {
    const bool small = speaker(llm) != llm;
    auto answering = std::make_shared<QueryPipeline>(answering_pipeline(params, retriever, speaker(llm)));
    QueryPipeline pipeline({.inputs_at_once = params.cells_at_once});
    pipeline.add_modules({{"cell", make_component({"input"}, [answering, small](CellOrder order) {
                               return fill_cell(answering, std::move(order), small);
                           })}});
    pipeline.add_link("input", "cell");
    return pipeline;
}

DocumentComparison::Params checked(DocumentComparison::Params params) {
    if (params.cells_at_once < 1 || params.max_documents < 2 || params.max_aspects < 1 || params.max_aspect_bytes < 1 ||
        params.most_sentences < 1) {
        throw Error(errc::invalid_argument, "The limits of a comparison must be at least 1, and it needs two documents.");
    }
    return params;
}

void check_count(std::size_t count, std::size_t least, std::size_t most, const char* what) {
    if (count >= least && count <= most) return;
    throw Error(errc::invalid_argument, std::string("A comparison needs ") + std::to_string(least) + " to " + std::to_string(most) + " " +
                                            what + "; these are " + std::to_string(count) + ".");
}

/// Each once, on one line.
std::vector<std::string> tidy(const std::vector<std::string>& texts) {
    std::vector<std::string> kept;
    for (const std::string& text : texts) {
        std::string line = text::one_line(text);
        if (!line.empty() && std::ranges::find(kept, line) == kept.end()) kept.push_back(std::move(line));
    }
    return kept;
}

}  // namespace

DocumentComparison::DocumentComparison(Params params, Retriever& retriever, DocumentStore& documents, LLM* llm)
    : params_(checked(params)), documents_(documents), cell_(cell_pipeline(params_, retriever, llm)) {}

Task<Comparison> DocumentComparison::abegin(std::vector<std::string> document_ids, std::vector<std::string> aspects) {
    Comparison comparison;
    comparison.aspects = tidy(aspects);
    check_count(comparison.aspects.size(), 1, params_.max_aspects, "aspects");
    for (std::string& aspect : comparison.aspects) aspect.resize(text::shorten(aspect, params_.max_aspect_bytes).size());
    const auto ids = tidy(document_ids);
    check_count(ids.size(), 2, params_.max_documents, "documents");
    for (const std::string& id : ids) {
        const auto record = co_await documents_.afind(id);
        if (!record) throw Error(errc::not_found, "There is no document " + id + ".");
        if (record->nodes == 0) throw Error(errc::conflict, record->name + " cannot be searched yet.");
        comparison.documents.push_back({record->id, record->name});
    }
    comparison.cells.resize(comparison.documents.size() * comparison.aspects.size());
    co_return comparison;
}

Task<Comparison> DocumentComparison::arun(std::vector<std::string> document_ids, std::vector<std::string> aspects, Tell tell) {
    auto comparison = co_await abegin(std::move(document_ids), std::move(aspects));
    std::vector<QueryValue> cells;
    for (const Comparison::Document& document : comparison.documents) {
        for (const std::string& aspect : comparison.aspects)
            cells.emplace_back(CellOrder{{document.id, aspect}, cells.size(), &comparison, &tell});
    }
    co_await cell_.parallel_run(std::move(cells));
    co_return comparison;
}

}  // namespace docmind
