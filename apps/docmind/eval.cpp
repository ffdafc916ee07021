// "How good is the search on questions whose answers are known?" Ingests an evaluation set, asks its questions with and without each part,
// and prints the table.

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <map>
#include <sstream>

#include "async/when_all.hpp"
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

struct Question {
    std::string id, text;
    bool answerable = true;
    // What came of it with one configuration:
    std::vector<std::string> ranked;
    double relevance = 0;
    bool relevant = false;
};

struct Configuration {
    std::string_view name;
    RetrievalMode mode;
    bool rerank;
};

constexpr Configuration configurations[] = {{"docmind", RetrievalMode::hybrid, true},
                                            {"without reranker", RetrievalMode::hybrid, false},
                                            {"dense only", RetrievalMode::dense, false},
                                            {"sparse only", RetrievalMode::sparse, false}};

std::vector<std::string> lines_of(const fs::path& path) {
    std::ifstream in(path);
    if (!in) throw Error(errc::not_found, "Cannot read " + path.string() + ".");
    std::vector<std::string> lines;
    for (std::string line; std::getline(in, line);) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.find_first_not_of(" \t") != std::string::npos) lines.push_back(std::move(line));
    }
    return lines;
}

std::vector<Question> read_questions(const fs::path& path) {
    std::vector<Question> questions;
    for (const std::string& line : lines_of(path)) {
        try {
            const json::value value = parse_json(line);
            const json::object& object = value.as_object();
            Question question{.id = std::string(object.at("id").as_string()), .text = std::string(object.at("text").as_string())};
            if (const json::value* answerable = object.if_contains("answerable")) question.answerable = answerable->as_bool();
            questions.push_back(std::move(question));
        } catch (const std::exception&) {
            throw Error(errc::invalid_argument, fmt::format("{}:{}: expected {{\"id\",\"text\"}}, maybe with \"answerable\".",
                                                            path.string(), questions.size() + 1));
        }
    }
    return questions;
}

/// question -> what is right. Lines of question, item, grade; TREC's second column may be there.
std::map<std::string, Judgements> read_judgements(const fs::path& path) {
    std::map<std::string, Judgements> judgements;
    std::size_t number = 0;
    for (const std::string& line : lines_of(path)) {
        ++number;
        if (line.starts_with('#')) continue;
        std::vector<std::string> parts;
        std::istringstream in(line);
        for (std::string part; in >> part;) parts.push_back(part);
        if (parts.size() == 4) parts.erase(parts.begin() + 1);
        try {
            if (parts.size() != 3) throw std::invalid_argument("columns");
            const int grade = static_cast<int>(std::stod(parts[2]));
            if (grade > 0) judgements[parts[0]][parts[1]] = grade;
        } catch (const std::logic_error&) {
            if (number == 1) continue;  // a line of headings
            throw Error(errc::invalid_argument, fmt::format("{}:{}: expected question, document and grade.", path.string(), number));
        }
    }
    return judgements;
}

/// corpus.jsonl, or the files that documents.txt names: beside it, in `files`, or where its first line says.
std::vector<std::string> documents_of(const fs::path& set, const std::string& files) {
    if (fs::exists(set / "corpus.jsonl")) return {(set / "corpus.jsonl").string()};
    std::vector<std::string> paths;
    std::vector<fs::path> folders{set};
    if (!files.empty()) folders.insert(folders.begin(), files);
    for (const std::string& line : lines_of(set / "documents.txt")) {
        if (line.starts_with('#')) {
            const std::size_t at = line.find("directory ");
            if (at != std::string::npos) folders.push_back("/" + line.substr(at + 10));
            continue;
        }
        const std::string name = line.substr(0, line.find('\t'));
        const auto folder = std::ranges::find_if(folders, [&](const fs::path& place) { return fs::exists(place / name); });
        if (folder == folders.end())
            throw Error(errc::not_found,
                        fmt::format("{} is not there. Say with --files where the documents of {} are.", name, set.string()));
        paths.push_back((*folder / name).string());
    }
    return paths;
}

Task<> answer(Library* library, const Configuration* configuration, Question* question) {
    // Nobody waits for one of many questions: what is measured must not depend on how busy the machine is.
    QueryBundle bundle{.query_str = question->text,
                       .similarity_top_k = 100,
                       .mode = configuration->mode,
                       .rerank = configuration->rerank,
                       .rerank_budget = std::chrono::minutes(1)};
    const RetrievalResult result = co_await library->aretrieve(std::move(bundle));
    question->ranked = ranked_names(result.nodes);
    question->relevance = result.relevance;
    question->relevant = result.relevant;
}

/// One row. What nobody can answer counts in the last columns only.
json::object row_of(const std::string& set, const Configuration& configuration, const std::vector<Question>& questions,
                    const std::map<std::string, Judgements>& judgements, double milliseconds) {
    std::vector<RankMetrics> each;
    std::vector<double> answerable, not_answerable;
    double declined = 0, kept = 0;
    for (const Question& question : questions) {
        const auto judged = judgements.find(question.id);
        if (question.answerable && judged != judgements.end()) each.push_back(rank_metrics(question.ranked, judged->second));
        (question.answerable ? answerable : not_answerable).push_back(question.relevance);
        if (question.answerable && question.relevant) ++kept;
        if (!question.answerable && !question.relevant) ++declined;
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

std::vector<fs::path> evaluation_sets(const fs::path& folder) {
    if (fs::exists(folder / "queries.jsonl")) return {folder};
    std::vector<fs::path> sets;
    if (fs::is_directory(folder)) {
        for (const auto& entry : fs::directory_iterator(folder)) {
            if (fs::exists(entry.path() / "queries.jsonl")) sets.push_back(entry.path());
        }
    }
    if (sets.empty())
        throw Error(errc::not_found,
                    fmt::format("{} is no evaluation set and holds none: a set is a folder with queries.jsonl, qrels.tsv, and "
                                "corpus.jsonl or documents.txt.",
                                folder.string()));
    std::ranges::sort(sets);
    return sets;
}

void print_evaluation_head() {
    fmt::print(
        "| set | configuration | nDCG@10 | recall@10 | recall@100 | MRR@10 | hit@2 | hit@5 | all@5 | AUC | answered | declined | ms |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|---|---|\n");
}

Task<int> evaluate(Library* library, EvalOptions options) {
    std::vector<Question> questions = read_questions(options.set / "queries.jsonl");
    const std::map<std::string, Judgements> judgements = read_judgements(options.set / "qrels.tsv");
    const std::string name = fs::canonical(options.set).filename().string();
    IngestOptions documents;
    documents.paths = documents_of(options.set, options.files);
    const int failed = co_await ingest(library, std::move(documents));
    if (failed != 0) co_return failed;

    ProgressLine progress(false);
    for (const Configuration& configuration : configurations) {
        if (configuration.rerank && !options.rerank) continue;
        std::size_t finished = 0;
        std::vector<Question*> asked;
        for (Question& question : questions) asked.push_back(&question);
        const auto one = [&](Question* question) { return answer(library, &configuration, question); };
        const auto begin = Clock::now();
        while (finished < asked.size()) {
            const std::size_t end = std::min(finished + 16 * questions_at_once, asked.size());
            std::vector<Question*> some(asked.begin() + static_cast<std::ptrdiff_t>(finished),
                                        asked.begin() + static_cast<std::ptrdiff_t>(end));
            co_await for_each_limited(std::move(some), questions_at_once, one);
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
