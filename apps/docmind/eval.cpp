// "How good is the search on questions whose answers are known?" Ingests an evaluation set, asks its questions with and without each part,
// and prints the table.

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <map>

#include "async/when_all.hpp"
#include "eval_set.hpp"
#include "retrieval/rank_metrics.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using Clock = std::chrono::steady_clock;

constexpr std::size_t questions_at_once = 4;

/// A question, and what came of it with one configuration.
struct Asked {
    EvalQuestion question;
    std::vector<std::string> ranked;
    double relevance = 0;
    bool relevant = false;
};

Task<> search_for(Library* library, const EvalConfiguration* configuration, Asked* asked) {
    // Nobody waits for one of many questions: what is measured must not depend on how busy the machine is.
    QueryBundle bundle{.query_str = asked->question.text,
                       .similarity_top_k = 100,
                       .mode = configuration->mode,
                       .rerank = configuration->rerank,
                       .rerank_budget = std::chrono::minutes(1)};
    const RetrievalResult result = co_await library->aretrieve(std::move(bundle));
    asked->ranked = ranked_names(result.nodes);
    asked->relevance = result.relevance;
    asked->relevant = result.relevant;
}

/// One row. What nobody can answer counts in the last columns only.
json::object row_of(const std::string& set, const EvalConfiguration& configuration, const std::vector<Asked>& questions,
                    const std::map<std::string, Judgements>& judgements, double milliseconds) {
    std::vector<RankMetrics> each;
    std::vector<double> answerable, not_answerable;
    double declined = 0, kept = 0;
    for (const Asked& asked : questions) {
        const EvalQuestion& question = asked.question;
        const auto judged = judgements.find(question.id);
        if (question.answerable && judged != judgements.end()) each.push_back(rank_metrics(asked.ranked, judged->second));
        (question.answerable ? answerable : not_answerable).push_back(asked.relevance);
        if (question.answerable && asked.relevant) ++kept;
        if (!question.answerable && !asked.relevant) ++declined;
    }
    const RankMetrics mean = mean_of(each);
    json::object row{{"set", set},
                     {"configuration", configuration.name},
                     {"questions", each.size()},
                     {"ndcg@10", mean.ndcg_10},
                     {"recall@10", mean.recall_10},
                     {"recall@100", mean.recall_100},
                     {"mrr@10", mean.mrr_10},
                     {"hit@2", mean.hit_2},
                     {"hit@5", mean.hit_5},
                     {"all@5", mean.all_5},
                     {"ms", milliseconds}};
    if (const auto area = area_under_curve(answerable, not_answerable)) {
        row["auc"] = *area;
        row["answered"] = kept / static_cast<double>(answerable.size());
        row["declined"] = declined / static_cast<double>(not_answerable.size());
    }
    return row;
}

std::string cell(const json::object& row, std::string_view name, int digits = 3) {
    const json::value* value = row.if_contains(name);
    return value ? fmt::format("{:.{}f}", value->to_number<double>(), digits) : "-";
}

void print_row(const json::object& row) {
    fmt::print("| {} | {} |", row.at("set").as_string().c_str(), row.at("configuration").as_string().c_str());
    for (const char* name : {"ndcg@10", "recall@10", "recall@100", "mrr@10", "hit@2", "hit@5", "all@5"})
        fmt::print(" {} |", cell(row, name));
    fmt::print(" {} | {} | {} | {} |\n", cell(row, "auc"), cell(row, "answered", 2), cell(row, "declined", 2), cell(row, "ms", 0));
    std::fflush(stdout);
}

}  // namespace

void print_evaluation_head() {
    fmt::print(
        "| set | configuration | nDCG@10 | recall@10 | recall@100 | MRR@10 | hit@2 | hit@5 | all@5 | AUC | answered | declined | ms |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

Task<int> evaluate(Library* library, EvalOptions options, std::vector<EvalConfiguration> configurations) {
    std::vector<Asked> questions;
    for (EvalQuestion& question : read_questions(options.set, options.questions))
        questions.push_back({.question = std::move(question), .ranked = {}});
    const std::map<std::string, Judgements> judgements = read_judgements(options.set);
    const std::string name = fs::canonical(options.set).filename().string();
    IngestOptions documents;
    documents.paths = documents_of(options.set, options.files);
    const int failed = co_await ingest(library, std::move(documents));
    if (failed != 0) co_return failed;

    const std::size_t at_once = options.ablation ? 1 : questions_at_once;
    ProgressLine progress(false);
    for (const EvalConfiguration& configuration : configurations) {
        std::size_t finished = 0;
        std::vector<Asked*> asked;
        for (Asked& question : questions) asked.push_back(&question);
        const auto one = [&](Asked* question) { return search_for(library, &configuration, question); };
        const auto begin = Clock::now();
        while (finished < asked.size()) {
            const std::size_t end = std::min(finished + 16 * at_once, asked.size());
            std::vector<Asked*> some(asked.begin() + static_cast<std::ptrdiff_t>(finished),
                                     asked.begin() + static_cast<std::ptrdiff_t>(end));
            co_await for_each_limited(std::move(some), at_once, one);
            finished = end;
            progress.show(static_cast<double>(finished) / static_cast<double>(asked.size()),
                          fmt::format("{}, {}: {} of {} questions", name, configuration.name, finished, asked.size()));
        }
        progress.clear();
        const double ms = std::chrono::duration<double, std::milli>(Clock::now() - begin).count() / static_cast<double>(questions.size());
        const json::object row = row_of(name, configuration, questions, judgements, ms);
        if (options.json) {
            fmt::print("{}\n", json::serialize(row));
        } else {
            print_row(row);
        }
    }
    co_return 0;
}

}  // namespace docmind::cli
