#include "embeddings/http_reranker.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <optional>
#include <utility>

#include "async/when_all.hpp"
#include "embeddings/model_server.hpp"
#include "net/api_root.hpp"

namespace docmind {

namespace {

using Clock = std::chrono::steady_clock;

/// A text is not cut shorter than this: then something else is wrong.
constexpr std::size_t shortest_cut = 64;
/// Of an entry in the answer; some servers send the text back with it, escaped.
constexpr std::size_t bytes_per_entry = 1024;

HttpReranker::Params checked(HttpReranker::Params params) {
    const auto require = [](bool good, const char* message) {
        if (!good) throw Error(errc::invalid_argument, message);
    };
    require(params.slots >= 1, "reranker.slots must be at least 1.");
    require(params.batch_texts >= 1 && params.batch_bytes >= 1, "A request needs room for one text.");
    require(params.timeout.count() > 0, "The time for a request must be more than 0.");
    return params;
}

/// Texts that go out together, in their order.
std::vector<std::vector<std::size_t>> plan_batches(const std::vector<std::string>& texts, std::size_t most_texts, std::size_t most_bytes) {
    std::vector<std::vector<std::size_t>> batches;
    std::size_t bytes = 0;
    for (std::size_t i = 0; i < texts.size(); ++i) {
        if (batches.empty() || batches.back().size() == most_texts || bytes + texts[i].size() > most_bytes) {
            batches.emplace_back();
            bytes = 0;
        }
        batches.back().push_back(i);
        bytes += texts[i].size();
    }
    return batches;
}

}  // namespace

/// One call of ascore.
struct HttpReranker::Work {
    std::string query;
    std::vector<std::string> texts;
    TimePoint deadline;
    std::vector<std::optional<double>> scores;
    std::optional<Error> too_late;
};

Task<std::unique_ptr<HttpReranker>> HttpReranker::aconnect(Params params, Executor executor) {
    std::unique_ptr<HttpReranker> reranker(new HttpReranker(std::move(params), executor));
    co_await reranker->probe();
    co_return reranker;
}

HttpReranker::HttpReranker(Params params, Executor executor)
    : params_(checked(std::move(params))),
      name_{.section = "reranker", .gives = "reranking", .root = api_root(params_.base_url, "reranker"), .model = params_.model},
      server_(std::make_unique<ModelServer>(ModelServer::Params{.name = name_,
                                                                .api_key = params_.api_key,
                                                                .slots = params_.slots,
                                                                .max_waiting = params_.max_waiting,
                                                                .connect_timeout = params_.connect_timeout,
                                                                .query_timeout = params_.timeout,
                                                                .timeout = params_.timeout,
                                                                .drain_limit = params_.drain_limit,
                                                                .retry = params_.retry,
                                                                .breaker = params_.breaker},
                                            executor)),
      model_id_(name_.root.substr(7, name_.root.find('/', 7) - 7) + "/" + (params_.model.empty() ? "default" : params_.model)) {}

HttpReranker::~HttpReranker() = default;

Task<> HttpReranker::probe() {
    // One that fits and one that does not: of logits one at least lies outside 0 to 1.
    const std::string query = "What is the capital of France?";
    const std::vector<std::string> texts{"The capital of France is Paris.", "Knead the dough and let it rise for an hour."};
    std::optional<Error> refused;
    for (const RerankDialect dialect : {RerankDialect::v1_documents, RerankDialect::documents, RerankDialect::texts}) {
        dialect_ = dialect;
        bool answered = true;
        try {
            std::vector<double> scores = co_await ask(query, texts, Clock::now() + params_.timeout);
            static_cast<void>(scores);
        } catch (const Error& error) {
            if (error.code() != errc::backend) throw;
            // What the first place says is what the user asked for: that stays the message.
            if (!refused) refused = error;
            answered = false;
        }
        if (answered) co_return;
    }
    throw *refused;
}

Task<std::vector<double>> HttpReranker::ask(std::string query, std::vector<std::string> texts, TimePoint until) {
    for (std::string& text : texts) text = presentable(text);
    query = presentable(query);
    for (;;) {
        std::size_t bytes = 0;
        for (const std::string& text : texts) bytes += text.size();
        ModelServer::Request request{.url = rerank_url(name_.root, dialect_),
                                     .body = rerank_body(params_.model, query, texts, dialect_),
                                     .max_answer_bytes = 64 * 1024 + 6 * bytes + bytes_per_entry * texts.size(),
                                     .until = until};
        const ModelServer::Answer answer = co_await server_->aask(std::move(request));
        if (!answer.refused_size) {
            std::vector<double> scores = parse_scores(answer.body, texts.size());
            gives_logits_ = gives_logits_ || std::ranges::any_of(scores, [](double score) { return score < 0 || score > 1; });
            co_return scores;
        }
        // Half of the longest is cut away, and of all that are nearly as long.
        const std::size_t longest = std::ranges::max(texts, {}, &std::string::size).size();
        if (longest < 2 * shortest_cut) throw refusal(answer.status, name_, answer.body);
        for (std::string& text : texts) {
            if (text.size() > longest / 2) cut_in_half(&text);
        }
    }
}

Task<> HttpReranker::run_batch(Work* work, std::vector<std::size_t> batch) {
    std::vector<std::string> texts;
    for (const std::size_t i : batch) texts.push_back(std::move(work->texts[i]));
    std::optional<Error> too_late;
    std::vector<double> scores;
    try {
        if (work->too_late || Clock::now() >= work->deadline) throw Error(errc::timeout, "There is no time left.");
        scores = co_await ask(work->query, std::move(texts), work->deadline);
    } catch (const Error& error) {
        if (error.code() != errc::timeout) throw;
        too_late = error;
    }
    for (std::size_t i = 0; i < scores.size(); ++i) work->scores[batch[i]] = scores[i];
    if (too_late && !work->too_late) work->too_late = std::move(too_late);
}

Task<std::vector<float>> HttpReranker::ascore(std::string query, std::vector<std::string> texts, TimePoint deadline) {
    if (texts.empty()) co_return std::vector<float>();
    Work work{.query = std::move(query), .texts = std::move(texts), .deadline = deadline};
    work.scores.resize(work.texts.size());
    std::vector<std::vector<std::size_t>> batches = plan_batches(work.texts, params_.batch_texts, params_.batch_bytes);
    const auto run = [this, &work](std::vector<std::size_t>& batch) { return run_batch(&work, std::move(batch)); };
    co_await for_each_limited(std::move(batches), params_.slots, run);
    std::vector<float> prefix;
    for (const std::optional<double>& score : work.scores) {
        if (!score) break;
        prefix.push_back(gives_logits_ ? static_cast<float>(*score) : logit_of(*score));
    }
    if (prefix.empty()) throw *work.too_late;
    co_return prefix;
}

std::size_t HttpReranker::slots_in_use() const noexcept {
    return server_->slots_in_use();
}

}  // namespace docmind
