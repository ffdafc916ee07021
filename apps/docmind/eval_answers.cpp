// "How good are the answers to questions whose answers are known?" Asks an evaluation set's questions as a person would, each in a
// conversation of its own, and counts what the answers cite, decline and claim.

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <map>

#include "eval_set.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

namespace json = boost::json;
using Clock = std::chrono::steady_clock;

struct Answered {
    EvalQuestion question;
    AgentResponse response;
};

Task<> answer(Library* library, Answered* asked) {
    asked->response = co_await library->aask("", asked->question.text, {}, [](const AgentEvent&) {});
    co_await library->aremove_session(asked->response.session_id);
}

/// The words in small letters, one blank between them: lines break where they will, and a quotation's lines begin with a sign.
std::string words_of(std::string_view text) {
    std::string words = " ";
    for (const char c : text) {
        const bool in_word = static_cast<unsigned char>(c) >= 128 || std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
        if (in_word)
            words.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
        else if (words.back() != ' ')
            words.push_back(' ');
    }
    if (words.back() != ' ') words.push_back(' ');
    return words;
}

/// The cited pages as the judgements call them, in the order of their numbers.
std::vector<std::string> cited(const AgentResponse& response) {
    std::vector<NodeWithScore> nodes;
    for (const Citation& citation : response.citations) {
        NodeWithScore& node = nodes.emplace_back();
        node.document_name = citation.name;
        node.node.document_id = citation.document_id;
        node.node.page = citation.page;
    }
    return ranked_names(nodes);
}

double share(double part, double whole) {
    return whole > 0 ? part / whole : 0;
}

json::object row_of(const std::string& set, std::string_view configuration, const std::vector<Answered>& all,
                    const std::map<std::string, Judgements>& judgements, double milliseconds) {
    double answerable = 0, answered = 0, gold = 0, right_words = 0, with_words = 0, unanswerable = 0, declined = 0;
    double citations = 0, gold_citations = 0, sentences = 0, supported = 0;
    std::vector<double> sure_right, sure_wrong;
    for (const auto& [question, response] : all) {
        if (!question.answerable) {
            ++unanswerable;
            declined += !response.found;
            continue;
        }
        ++answerable;
        answered += response.found;
        const auto judged = judgements.find(question.id);
        bool cites_gold = false;
        for (const std::string& page : cited(response)) {
            const bool right = judged != judgements.end() && judged->second.contains(page);
            cites_gold = cites_gold || right;
            ++citations;
            gold_citations += right;
        }
        gold += cites_gold;
        if (response.confidence) (cites_gold ? sure_right : sure_wrong).push_back(*response.confidence);
        for (const SentenceSupport& sentence : response.sentences) {
            ++sentences;
            supported += sentence.supported();
        }
        if (question.answers.empty()) continue;
        ++with_words;
        const std::string said = words_of(response.answer);
        right_words += std::ranges::any_of(question.answers, [&](const std::string& words) { return said.contains(words_of(words)); });
    }
    json::object row{{"set", set},
                     {"configuration", configuration},
                     {"questions", answerable},
                     {"answered", share(answered, answerable)},
                     {"cites_gold", share(gold, answerable)},
                     {"gold_citations", share(gold_citations, citations)},
                     {"has_answer", share(right_words, with_words)},
                     {"unanswerable", unanswerable},
                     {"declined", share(declined, unanswerable)},
                     {"sentences", sentences},
                     {"supported", share(supported, sentences)},
                     {"ms", milliseconds}};
    if (const auto area = area_under_curve(sure_right, sure_wrong)) row["confidence_auc"] = *area;
    return row;
}

}  // namespace

void print_answers_head() {
    fmt::print(
        "| set | answers | questions | answered | cites a gold page | gold among citations | has the answer's words | declined | of "
        "unanswerable | sentences | supported | confidence AUC | ms |\n|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

Task<int> evaluate_answers(Library* library, EvalOptions options, std::string configuration) {
    std::vector<Answered> all;
    for (EvalQuestion& question : read_questions(options.set, options.questions))
        all.push_back({.question = std::move(question), .response = {}});
    const std::map<std::string, Judgements> judgements = read_judgements(options.set);
    const std::string name = std::filesystem::canonical(options.set).filename().string();
    IngestOptions documents;
    documents.paths = documents_of(options.set, options.files);
    const int failed = co_await ingest(library, std::move(documents));
    if (failed != 0) co_return failed;

    ProgressLine progress(false);
    const auto begin = Clock::now();
    std::size_t finished = 0;
    // One at a time: the built-in model has one slot, and the time of an answer is measured too.
    for (Answered& asked : all) {
        co_await answer(library, &asked);
        ++finished;
        progress.show(static_cast<double>(finished) / static_cast<double>(all.size()),
                      fmt::format("{}, {}: {} of {} answers", name, configuration, finished, all.size()));
    }
    progress.clear();
    const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count() / static_cast<double>(all.size());
    const json::object row = row_of(name, configuration, all, judgements, ms);
    if (options.json) {
        fmt::print("{}\n", json::serialize(row));
        co_return 0;
    }
    fmt::print("| {} | {} | {} |", name, configuration, row.at("questions").as_double());
    for (const char* column : {"answered", "cites_gold", "gold_citations", "has_answer", "declined"})
        fmt::print(" {:.2f} |", row.at(column).as_double());
    fmt::print(" {} | {} | {:.2f} |", row.at("unanswerable").as_double(), row.at("sentences").as_double(), row.at("supported").as_double());
    const json::value* area = row.if_contains("confidence_auc");
    fmt::print(" {} | {:.0f} |\n", area ? fmt::format("{:.2f}", area->as_double()) : "-", ms);
    std::fflush(stdout);
    co_return 0;
}

}  // namespace docmind::cli
