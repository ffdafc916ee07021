// How a comparison becomes an answer: a table, a citation in each cell.

#include <docmind/comparison.hpp>

#include "agent/citation_aligner.hpp"
#include "agent/cited_text.hpp"
#include "agent/text.hpp"

#include <algorithm>

namespace docmind {

namespace {

constexpr std::size_t longest_head = 120;  // bytes of a name or an aspect
constexpr std::size_t longest_problem = 200;

std::string head(std::string_view words) {
    return inline_words(text::shorten(words, longest_head));
}

void add_cell(CitedText& text, const ComparisonCell& cell) {
    switch (cell.state) {
        case ComparisonCell::State::waiting: text.add("…"); return;
        case ComparisonCell::State::not_said: text.add("the document does not say"); return;
        case ComparisonCell::State::failed:
            text.add("*failed: " + inline_words(text::shorten(cell.problem, longest_problem)) + "*");
            return;
        case ComparisonCell::State::answered: break;
    }
    bool first = true;
    for (const CitedSentence& sentence : cell.sentences) {
        if (!first) text.add(" ");
        first = false;
        if (cell.quoted) {
            text.quote(sentence);
        } else {
            text.add(sentence);
        }
    }
}

}  // namespace

std::size_t Comparison::done() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(cells, [](const ComparisonCell& cell) { return cell.state != ComparisonCell::State::waiting; }));
}

AgentResponse as_response(const Comparison& comparison) {
    const bool rows_are_documents = comparison.documents.size() > comparison.aspects.size();
    const std::size_t rows = rows_are_documents ? comparison.documents.size() : comparison.aspects.size();
    const std::size_t columns = rows_are_documents ? comparison.aspects.size() : comparison.documents.size();
    const auto document = [&](std::size_t i) { return head(comparison.documents[i].name); };
    const auto aspect = [&](std::size_t i) { return head(comparison.aspects[i]); };

    CitedText text;
    text.add(rows_are_documents ? "| Document |" : "| |");
    for (std::size_t column = 0; column < columns; ++column)
        text.add(" " + (rows_are_documents ? aspect(column) : document(column)) + " |");
    text.add("\n|");
    for (std::size_t column = 0; column <= columns; ++column) text.add(" --- |");
    for (std::size_t row = 0; row < rows; ++row) {
        text.add("\n| **" + (rows_are_documents ? document(row) : aspect(row)) + "** |");
        for (std::size_t column = 0; column < columns; ++column) {
            text.add(" ");
            add_cell(text, rows_are_documents ? comparison.cell(row, column) : comparison.cell(column, row));
            text.add(" |");
        }
    }

    AgentResponse& response = text.response();
    response.notes = comparison.notes;
    response.usage = comparison.usage;
    response.found = false;
    bool all_quoted = true;
    float relevance = 0;
    for (const ComparisonCell& cell : comparison.cells) {
        if (cell.state != ComparisonCell::State::answered) continue;
        response.found = true;
        all_quoted = all_quoted && cell.quoted;
        relevance = std::max(relevance, cell.relevance);
    }
    response.degraded = response.found && all_quoted;
    const bool whole = comparison.done() == comparison.cells.size();
    if (response.found && whole) response.confidence = answer_confidence(relevance, response.sentences);
    return std::move(response);
}

}  // namespace docmind
