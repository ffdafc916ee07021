// embedding_bench MODELS_DIR TEXT_FILE [BATCH_TOKENS [NICE]]: passages of a text through the embedding and the reranker of MODELS_DIR.
// Prints tokens a second, the latency of a question alone and while passages are embedded, and the lag of the I/O thread meanwhile.
//
// embedding_bench MODELS_DIR --texts FILE [BATCH_TOKENS [NICE]]: the passages of FILE, one JSON string a line, through the embedding and
// nothing else. Prints one JSON object: passages, tokens, and the seconds they took once the model was warm.

#include "async/deadline.hpp"
#include "async/loop_watchdog.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "async/when_all.hpp"
#include "embeddings/openvino_embedding.hpp"
#include "embeddings/openvino_reranker.hpp"

#include <fmt/format.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

namespace docmind {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

std::vector<std::string> passages_of(const std::string& path, std::size_t bytes) {
    std::ifstream in(path);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    std::vector<std::string> passages;
    for (std::size_t at = 0; at < text.size(); at += bytes) passages.push_back(text.substr(at, bytes));
    return passages;
}

std::vector<std::string> lines_of_json(const std::string& path) {
    std::ifstream in(path);
    std::vector<std::string> texts;
    for (std::string line; std::getline(in, line);) texts.emplace_back(boost::json::parse(line).as_string());
    return texts;
}

std::string percentiles(std::vector<double> ms) {
    std::ranges::sort(ms);
    const auto at = [&](double q) {
        return ms.empty() ? 0.0 : ms[std::min(ms.size() - 1, static_cast<std::size_t>(q * static_cast<double>(ms.size())))];
    };
    return fmt::format("p50 {:.1f} ms, p90 {:.1f} ms, p99 {:.1f} ms, max {:.1f} ms ({} questions)", at(0.5), at(0.9), at(0.99), at(1),
                       ms.size());
}

/// A question, then a pause as people make them, until `done`.
Task<> ask(OpenVinoEmbedding* embedding, const bool* done, std::chrono::milliseconds pause, std::vector<double>* ms) {
    while (!*done) {
        const auto start = Clock::now();
        const Vector vector = co_await embedding->aget_query_embedding("How do I read a CSV file into a data frame?");
        ms->push_back(seconds_since(start) * 1000);
        co_await sleep_for(pause);
    }
}

Task<> embed_batch(OpenVinoEmbedding* embedding, std::vector<std::string> texts) {
    const std::vector<Vector> vectors = co_await embedding->aget_text_embedding_batch(std::move(texts), Priority::background);
}

/// 64 passages at a time, two calls at once, as the ingestion pipeline does.
Task<> embed_all(OpenVinoEmbedding* embedding, const std::vector<std::string>* texts, bool* done) {
    std::vector<std::vector<std::string>> batches;
    for (std::size_t at = 0; at < texts->size(); at += 64) {
        const auto begin = texts->begin() + static_cast<std::ptrdiff_t>(at);
        batches.emplace_back(begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(64, texts->size() - at)));
    }
    co_await for_each_limited(std::move(batches), 2,
                              [embedding](std::vector<std::string>& batch) { return embed_batch(embedding, std::move(batch)); });
    *done = true;
}

Task<> wait_and_set(std::chrono::seconds time, bool* done) {
    co_await sleep_for(time);
    *done = true;
}

/// Once over some of them, to be warm, and once over all.
Task<> measure_alone(OpenVinoEmbedding* embedding, std::vector<std::string> texts) {
    const std::vector<std::uint32_t> counts = embedding->count_tokens(texts);
    const std::vector<std::string> some(texts.begin(),
                                        texts.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(128, texts.size())));
    bool done = false;
    co_await embed_all(embedding, &some, &done);
    const auto start = Clock::now();
    co_await embed_all(embedding, &texts, &done);
    const boost::json::object result{{"passages", texts.size()},
                                     {"tokens", std::accumulate(counts.begin(), counts.end(), std::uint64_t{0})},
                                     {"seconds", seconds_since(start)}};
    fmt::print("{}\n", boost::json::serialize(result));
}

Task<> measure(OpenVinoEmbedding* embedding, OpenVinoReranker* reranker, std::vector<std::string> texts) {
    const auto executor = co_await boost::asio::this_coro::executor;
    const std::vector<std::uint32_t> counts = embedding->count_tokens(texts);
    const double tokens = std::accumulate(counts.begin(), counts.end(), 0.0);
    bool done = false;
    co_await embed_all(embedding, &texts, &done);

    done = false;
    auto start = Clock::now();
    co_await embed_all(embedding, &texts, &done);
    fmt::print("passages alone: {:.0f} tokens/s ({} passages, {:.0f} tokens)\n", tokens / seconds_since(start), texts.size(), tokens);

    done = false;
    std::vector<double> ms;
    co_await when_all(ask(embedding, &done, std::chrono::milliseconds(50), &ms), wait_and_set(std::chrono::seconds(3), &done));
    fmt::print("question alone: {}\n", percentiles(std::move(ms)));

    LoopWatchdog watchdog({.period = std::chrono::milliseconds(1)});
    Scope scope(executor);
    scope.spawn(watchdog.run());
    done = false;
    start = Clock::now();
    ms.clear();
    co_await when_all(ask(embedding, &done, std::chrono::milliseconds(50), &ms), embed_all(embedding, &texts, &done));
    fmt::print("question during passages: {}\n", percentiles(std::move(ms)));
    fmt::print("passages during questions: {:.0f} tokens/s\n", tokens / seconds_since(start));
    co_await scope.close({});
    const auto lag = [&](double q) { return std::chrono::duration<double, std::milli>(watchdog.lag().percentile(q)).count(); };
    fmt::print("lag of a 1 ms timer meanwhile: p50 {:.2f} ms, p99 {:.2f} ms, p99.9 {:.2f} ms\n", lag(0.5), lag(0.99), lag(0.999));

    texts.resize(std::min<std::size_t>(texts.size(), 20));
    for (int round = 0; round < 3; ++round) {
        start = Clock::now();
        const std::vector<float> scores =
            co_await reranker->ascore("How do I read a CSV file?", texts, Clock::now() + std::chrono::minutes(1));
        fmt::print("reranker: {} pairs in {:.0f} ms\n", scores.size(), seconds_since(start) * 1000);
    }
}

}  // namespace
}  // namespace docmind

int main(int argc, char** argv) {
    using namespace docmind;
    std::vector<std::string> arguments(argv + 1, argv + argc);
    const bool alone = arguments.size() > 1 && arguments[1] == "--texts";
    if (alone) arguments.erase(arguments.begin() + 1);
    if (arguments.size() < 2) {
        fmt::print(stderr, "usage: {} MODELS_DIR (TEXT_FILE | --texts FILE) [BATCH_TOKENS [NICE]]\n", argv[0]);
        return 2;
    }
    const std::filesystem::path models = arguments[0];
    OpenVinoEmbedding::Params params{.model_dir = models / "embedding"};
    if (arguments.size() > 2) params.batch_tokens = std::stoul(arguments[2]);
    if (arguments.size() > 3) params.background_nice = std::stoi(arguments[3]);
    Pool pool({.name = "bench"});
    boost::asio::io_context io;
    std::exception_ptr failure;
    const auto run = [&](Task<> task) {
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e) { failure = std::move(e); });
        io.run();
        if (failure) std::rethrow_exception(failure);
    };
    auto start = Clock::now();
    OpenVinoEmbedding embedding(std::move(params), pool);
    if (alone) {
        run(measure_alone(&embedding, lines_of_json(arguments[1])));
        return 0;
    }
    fmt::print("embedding loaded in {:.2f} s\n", seconds_since(start));
    start = Clock::now();
    OpenVinoReranker reranker({.model_dir = models / "reranker"}, pool);
    fmt::print("reranker loaded in {:.2f} s\n", seconds_since(start));
    run(measure(&embedding, &reranker, passages_of(arguments[1], 1000)));
}
