#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <unordered_set>

#include "analysis/matching_words.hpp"
#include "async/when_all.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

struct BatchQuery {
    std::string id, text;
    std::string lines;  ///< of the run
};

std::vector<BatchQuery> read_queries(const std::filesystem::path& path) {
    std::ifstream in(path);
    if (!in) throw Error(errc::not_found, "Cannot read " + path.string() + ".");
    std::vector<BatchQuery> queries;
    std::string line;
    for (std::size_t number = 1; std::getline(in, line); ++number) {
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        try {
            const boost::json::value value = parse_json(line);
            queries.push_back({.id = std::string(value.at("id").as_string()), .text = std::string(value.at("text").as_string())});
        } catch (const std::exception&) {
            throw Error(errc::invalid_argument, fmt::format("{}:{}: expected {{\"id\",\"text\"}}.", path.string(), number));
        }
    }
    return queries;
}

/// TREC run lines; scores are made to fall with the rank, because scorers order by score.
std::string run_lines(const std::string& query_id, const std::vector<NodeWithScore>& nodes) {
    std::string lines;
    int rank = 0;
    for (const std::string& name : ranked_names(nodes)) {
        ++rank;
        lines += fmt::format("{} Q0 {} {} {:.6f} docmind\n", query_id, name, rank, 1.0 / rank);
    }
    return lines;
}

/// "dense 0.712 (2.) · words 14.10 (1.): csv file read; not: factor · fused 0.950 · reranker 3.21"
std::string explanation(const NodeWithScore& hit) {
    const auto place = [](const std::optional<int>& rank) { return rank ? fmt::format(" ({}.)", *rank) : std::string(); };
    std::vector<std::string> parts;
    if (hit.scores.dense) parts.push_back(fmt::format("dense {:.3f}{}", *hit.scores.dense, place(hit.scores.dense_rank)));
    if (hit.scores.sparse) {
        std::string words =
            fmt::format("words {:.2f}{}: {}", *hit.scores.sparse, place(hit.scores.sparse_rank), fmt::join(hit.matched_terms, " "));
        if (!hit.missing_terms.empty()) words += fmt::format("; not: {}", fmt::join(hit.missing_terms, " "));
        parts.push_back(std::move(words));
    }
    if (hit.scores.fused) parts.push_back(fmt::format("fused {:.3f}", *hit.scores.fused));
    if (hit.scores.rerank) parts.push_back(fmt::format("reranker {:.2f}", *hit.scores.rerank));
    parts.insert(parts.end(), hit.steps.begin(), hit.steps.end());
    return fmt::format("{}", fmt::join(parts, " · "));
}

/// "b.pdf · page 2, c.pdf · page 7 and 12 more"
std::string places(const std::vector<PassagePlace>& places) {
    constexpr std::size_t most = 3;
    std::vector<std::string> named;
    for (std::size_t i = 0; i < std::min(most, places.size()); ++i)
        named.push_back(fmt::format("{} · page {}", places[i].document_name, places[i].page));
    const std::string text = fmt::format("{}", fmt::join(named, ", "));
    return places.size() > most ? fmt::format("{} and {} more", text, places.size() - most) : text;
}

/// What holds for the whole search.
std::string explanation(const RetrievalResult& result) {
    std::string text =
        fmt::format("The documents {}speak of this (relevance {:.2f}).", result.relevant ? "" : "do not seem to ", result.relevance);
    for (const auto& [step, ms] : result.timings_ms)
        text += fmt::format(" {} {:.1f} ms{}", step, ms, step == result.timings_ms.rbegin()->first ? "" : ",");
    return text;
}

Task<> answer_one(Library* library, const BatchOptions* options, BatchQuery* query, std::size_t* finished, std::size_t total,
                  ProgressLine* progress) {
    QueryBundle bundle{.query_str = query->text,
                       .similarity_top_k = options->search.top_k,
                       .mode = options->search.mode,
                       .rerank = options->search.rerank,
                       .document_ids = options->search.document_ids,
                       .filters = options->search.filters};
    // Nobody waits for one of many questions: their answers must not depend on how busy the machine is.
    bundle.rerank_budget = std::chrono::minutes(1);
    const RetrievalResult result = co_await library->aretrieve(std::move(bundle));
    query->lines = run_lines(query->id, result.nodes);
    ++*finished;
    progress->show(static_cast<double>(*finished) / static_cast<double>(total), fmt::format("{} of {} questions", *finished, total));
}

}  // namespace

std::vector<std::string> ranked_names(const std::vector<NodeWithScore>& nodes) {
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    const auto add = [&](const PassagePlace& place) {
        const bool from_jsonl = !is_made_id(place.document_id);
        std::string name = from_jsonl ? place.document_id : fmt::format("{}#{}", place.document_name, place.page);
        std::ranges::replace(name, ' ', '_');
        if (seen.insert(name).second) names.push_back(std::move(name));
    };
    for (const NodeWithScore& hit : nodes) {
        add({hit.node.document_id, hit.document_name, hit.node.page, hit.node.id});
        std::ranges::for_each(hit.also_in, add);
    }
    return names;
}

Task<int> search(Library* library, SearchOptions options) {
    QueryBundle bundle{.query_str = options.query,
                       .similarity_top_k = options.top_k,
                       .mode = options.mode,
                       .rerank = options.rerank,
                       .document_ids = options.document_ids,
                       .filters = options.filters};
    const RetrievalResult result = co_await library->aretrieve(std::move(bundle));
    if (options.json) {
        fmt::print("{}\n", boost::json::serialize(to_json(result)));
        co_return 0;
    }
    for (const std::string& note : result.notes) fmt::print(stderr, "{}\n", note);
    if (result.nodes.empty()) fmt::print(stderr, "Nothing found.\n");
    int rank = 0;
    const bool colour = stdout_is_terminal();
    MatchingWords words(options.query);
    for (const NodeWithScore& hit : result.nodes) {
        std::string text = hit.node.text;
        std::ranges::replace(text, '\n', ' ');
        text = shorten(text, 300);
        if (colour) text = in_bold(text, words.in(text));
        fmt::print("{}{:2}. {} · page {}{}  {:.3f}\n    {}\n", colour ? "\x1b[1m" : "", ++rank, hit.document_name, hit.node.page,
                   colour ? "\x1b[0m" : "", hit.score, text);
        if (!hit.also_in.empty()) fmt::print("    also in: {}\n", places(hit.also_in));
        if (options.explain) fmt::print("    {}\n", explanation(hit));
    }
    if (options.explain) fmt::print("{}\n", explanation(result));
    co_return result.nodes.empty() ? 1 : 0;
}

Task<int> search_batch(Library* library, BatchOptions options) {
    std::vector<BatchQuery> queries = read_queries(options.queries);
    ProgressLine progress(false);
    std::size_t finished = 0;
    std::vector<BatchQuery*> pointers;
    for (BatchQuery& query : queries) pointers.push_back(&query);
    const std::size_t total = queries.size();
    const auto run = [&](BatchQuery* query) { return answer_one(library, &options, query, &finished, total, &progress); };
    co_await for_each_limited(std::move(pointers), 4, run);
    progress.clear();
    std::ofstream out(options.run);
    for (const BatchQuery& query : queries) out << query.lines;
    out.close();
    if (!out) throw Error(errc::storage, "Cannot write " + options.run.string() + ".");
    fmt::print(stderr, "{} questions answered; the run is in {}.\n", total, options.run.string());
    co_return 0;
}

}  // namespace docmind::cli
