// How fast is a question answered from the real store? Fills a library of made passages (or takes the one that is there), then measures
// the start, the searches one by one, 16 at once, and while documents go in. Prints one JSON object; bench/search/run.py makes tables.
//
//   search_bench --rows N --data DIR [--questions 300] [--dump DIR]
//
// --dump writes what others search: texts.txt (a passage a line), vectors.f32, questions.txt, questions.f32.

#include "async/loop_watchdog.hpp"
#include "async/when_all.hpp"
#include "made_corpus.hpp"
#include "retrieval/query_fusion_retriever.hpp"
#include "storage/storage.hpp"

#include <docmind/embedding.hpp>
#include <docmind/error.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>
#include <malloc.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>

namespace docmind::bench {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t passages_a_document = 100;
constexpr std::size_t top_k = 10;

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Resident memory of this process, MB.
double resident_mb() {
    std::ifstream file("/proc/self/statm");
    double size = 0, resident = 0;
    file >> size >> resident;
    return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

/// Knows the vectors of the questions: no model is measured here.
class KnownEmbedding final : public Embedding {
  public:
    std::unordered_map<std::string, Vector> known;
    Task<Vector> aget_query_embedding(std::string query) override { co_return known.at(query); }
    Task<Vector> aget_text_embedding(std::string text) override { co_return known.at(text); }
    Task<std::vector<Vector>> aget_text_embedding_batch(std::vector<std::string>, Priority) override {
        throw Error(errc::internal, "Only questions are embedded here.");
    }
    [[nodiscard]] std::size_t dimension() const override { return 384; }
    [[nodiscard]] std::string model_id() const override { return "made"; }
};

template <class T>
T run(Task<T> task) {
    boost::asio::io_context io(1);
    std::optional<std::conditional_t<std::is_void_v<T>, int, T>> value;
    if constexpr (std::is_void_v<T>) {
        boost::asio::co_spawn(io, std::move(task), [](std::exception_ptr e) {
            if (e) std::rethrow_exception(e);
        });
        io.run();
    } else {
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr e, T result) {
            if (e) std::rethrow_exception(e);
            value.emplace(std::move(result));
        });
        io.run();
        return std::move(*value);
    }
}

struct Latency {
    std::vector<double> ms;
    [[nodiscard]] double at(double share) {
        if (ms.empty()) return 0;
        std::ranges::sort(ms);
        return ms[std::min(ms.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ms.size())))];
    }
    [[nodiscard]] std::string json() { return fmt::format(R"({{"p50":{:.3f},"p99":{:.3f},"max":{:.3f}}})", at(0.5), at(0.99), at(1)); }
};

struct Bench {
    Storage& storage;
    Retriever& retriever;
    const std::vector<MadeQuestion>& questions;
    bool adding = false;
};

Task<> ask(Bench* bench, RetrievalMode mode, std::size_t first, std::size_t count, Latency* latency) {
    for (std::size_t i = 0; i < count; ++i) {
        QueryBundle query{
            .query_str = bench->questions[(first + i) % bench->questions.size()].text, .similarity_top_k = top_k, .mode = mode};
        const auto start = Clock::now();
        const auto result = co_await bench->retriever.aretrieve(std::move(query));
        latency->ms.push_back(ms_since(start));
        if (result.nodes.empty()) throw Error(errc::internal, "A question found nothing.");
    }
}

Task<> ask_at_once(Bench* bench, std::size_t clients, std::size_t each, Latency* latency) {
    std::vector<Task<>> tasks;
    for (std::size_t c = 0; c < clients; ++c) tasks.push_back(ask(bench, RetrievalMode::hybrid, c * each, each, latency));
    co_await when_all(std::move(tasks));
}

Task<> add_documents(Bench* bench, std::vector<EmbeddedDocument> documents) {
    for (EmbeddedDocument& document : documents) co_await bench->storage.vector_store().aadd(std::move(document));
    bench->adding = false;
}

Task<> ask_while_adding(Bench* bench, Latency* latency) {
    for (std::size_t i = 0; bench->adding; ++i) co_await ask(bench, RetrievalMode::hybrid, i, 1, latency);
}

Task<std::vector<std::string>> dense_ids(Storage* storage, Vector embedding) {
    const auto found = co_await storage->vector_store().aquery({.embedding = std::move(embedding), .similarity_top_k = top_k});
    std::vector<std::string> ids;
    for (const NodeWithScore& node : found) ids.push_back(node.node.id);
    co_return ids;
}

std::string node_id(std::size_t number) {
    return fmt::format("document-{}-{}", number / passages_a_document, number % passages_a_document);
}

/// The ids of the top_k nearest by a scan over the floats, of each of the first `count` questions.
std::vector<std::set<std::string>> exact(const MadeCorpus& corpus, const std::vector<MadeQuestion>& questions, std::size_t count,
                                         std::size_t rows) {
    using Best = std::priority_queue<std::pair<float, std::size_t>, std::vector<std::pair<float, std::size_t>>, std::greater<>>;
    std::vector<Best> best(count);
    for (std::size_t row = 0; row < rows; ++row) {
        const Vector vector = corpus.vector_of(row);
        for (std::size_t q = 0; q < count; ++q) {
            float sum = 0;
            for (std::size_t i = 0; i < vector.size(); ++i) sum += vector[i] * questions[q].embedding[i];
            best[q].emplace(sum, row);
            if (best[q].size() > top_k) best[q].pop();
        }
    }
    std::vector<std::set<std::string>> ids(count);
    for (std::size_t q = 0; q < count; ++q) {
        for (; !best[q].empty(); best[q].pop()) ids[q].insert(node_id(best[q].top().second));
    }
    return ids;
}

void dump(const std::filesystem::path& folder, const MadeCorpus& corpus, const std::vector<MadeQuestion>& questions, std::size_t rows) {
    std::filesystem::create_directories(folder);
    const auto write = [](std::ofstream& file, const Vector& vector) {
        file.write(reinterpret_cast<const char*>(vector.data()), static_cast<std::streamsize>(vector.size() * sizeof(float)));
    };
    std::ofstream texts(folder / "texts.txt"), vectors(folder / "vectors.f32", std::ios::binary);
    for (std::size_t row = 0; row < rows; ++row) {
        const MadePassage passage = corpus.passage(row);
        texts << passage.text << '\n';
        write(vectors, passage.embedding);
    }
    std::ofstream asked(folder / "questions.txt"), asked_vectors(folder / "questions.f32", std::ios::binary);
    for (const MadeQuestion& question : questions) {
        asked << question.text << '\n';
        write(asked_vectors, question.embedding);
    }
}

void fill(const std::filesystem::path& data, const MadeCorpus& corpus, std::size_t rows) {
    Storage storage({.data_dir = data});
    for (std::size_t d = 0; d < rows / passages_a_document; ++d) {
        run(storage.vector_store().aadd(corpus.document(d, passages_a_document)));
        if (d % 1000 == 999) fmt::print(stderr, "{} passages\n", (d + 1) * passages_a_document);
    }
}

void measure(std::size_t rows, const std::filesystem::path& data, std::size_t asked, const std::filesystem::path& dump_folder) {
    const MadeCorpus corpus;
    std::vector<MadeQuestion> questions;
    for (std::size_t i = 0; i < asked; ++i) questions.push_back(corpus.question(i, rows));
    if (!dump_folder.empty()) dump(dump_folder, corpus, questions, rows);
    double fill_s = 0;
    if (!std::filesystem::exists(data)) {
        const auto start = Clock::now();
        fill(data, corpus, rows);
        fill_s = ms_since(start) / 1000;
    }
    const auto nearest = exact(corpus, questions, std::min<std::size_t>(50, asked), rows);

    KnownEmbedding embedding;
    for (const MadeQuestion& question : questions) embedding.known[question.text] = question.embedding;
    malloc_trim(0);
    const double base = resident_mb();
    const auto start = Clock::now();
    Storage storage({.data_dir = data});
    run(storage.aload());
    QueryFusionRetriever retriever({}, embedding, storage.vector_store(), nullptr);
    Bench bench{.storage = storage, .retriever = retriever, .questions = questions};
    Latency first, dense, sparse, hybrid, at_once, while_adding;
    run(ask(&bench, RetrievalMode::hybrid, 0, 1, &first));
    const double start_ms = ms_since(start);

    Latency warm_up;
    run(ask(&bench, RetrievalMode::hybrid, 0, 50, &warm_up));
    run(ask(&bench, RetrievalMode::dense, 0, asked, &dense));
    run(ask(&bench, RetrievalMode::sparse, 0, asked, &sparse));
    run(ask(&bench, RetrievalMode::hybrid, 0, asked, &hybrid));
    std::size_t found = 0;
    for (std::size_t q = 0; q < nearest.size(); ++q) {
        for (const std::string& id : run(dense_ids(&storage, questions[q].embedding))) found += nearest[q].contains(id) ? 1 : 0;
    }
    const double memory = resident_mb() - base;

    LoopWatchdog watchdog({.period = std::chrono::milliseconds(1)});
    double at_once_s = 0;
    {
        boost::asio::io_context io(1);
        boost::asio::co_spawn(io, watchdog.run(), [](const std::exception_ptr&) {});
        const auto began = Clock::now();
        boost::asio::co_spawn(io, ask_at_once(&bench, 16, std::max<std::size_t>(asked / 8, 4), &at_once), [&](const std::exception_ptr& e) {
            io.stop();
            if (e) std::rethrow_exception(e);
        });
        io.run();
        at_once_s = ms_since(began) / 1000;
    }
    const std::size_t answered = at_once.ms.size();

    // Made before: the loop has only to wait for them.
    std::vector<EmbeddedDocument> more;
    for (std::size_t d = 0; d < 10'000 / passages_a_document; ++d) {
        more.push_back(corpus.document(rows / passages_a_document + d, passages_a_document));
    }
    bench.adding = true;
    std::vector<Task<>> tasks;
    tasks.push_back(add_documents(&bench, std::move(more)));
    tasks.push_back(ask_while_adding(&bench, &while_adding));
    const auto began = Clock::now();
    run(when_all(std::move(tasks)));
    const double adding_s = ms_since(began) / 1000;
    for (std::size_t d = 0; d < 10'000 / passages_a_document; ++d) {  // the next run finds the library as this one did
        run(storage.vector_store().adelete(fmt::format("document-{}", rows / passages_a_document + d)));
    }

    fmt::print(
        R"({{"rows":{},"fill_s":{:.1f},"start_ms":{:.0f},"memory_mb":{:.0f},"hybrid":{},"dense":{},"sparse":{},"recall":{:.4f},)"
        R"("at_once":{},"at_once_qps":{:.0f},"loop_lag_p999_ms":{:.2f},"loop_lag_max_ms":{:.2f},"while_adding":{},"adding_s":{:.1f}}})"
        "\n",
        rows, fill_s, start_ms, memory, hybrid.json(), dense.json(), sparse.json(),
        static_cast<double>(found) / static_cast<double>(nearest.size() * top_k), at_once.json(), static_cast<double>(answered) / at_once_s,
        std::chrono::duration<double, std::milli>(watchdog.lag().percentile(0.999)).count(),
        std::chrono::duration<double, std::milli>(watchdog.lag().max()).count(), while_adding.json(), adding_s);
}

}  // namespace
}  // namespace docmind::bench

int main(int argc, char** argv) {
    std::size_t rows = 10'000, questions = 300;
    std::filesystem::path data, dump;
    for (int i = 1; i + 1 < argc; i += 2) {
        const std::string name = argv[i];
        if (name == "--rows") rows = std::stoul(argv[i + 1]);
        if (name == "--questions") questions = std::stoul(argv[i + 1]);
        if (name == "--data") data = argv[i + 1];
        if (name == "--dump") dump = argv[i + 1];
    }
    if (data.empty() || rows < 1000 || questions == 0) {
        fmt::print(stderr, "search_bench --rows N --data DIR [--questions N] [--dump DIR]\n");
        return 2;
    }
    docmind::bench::measure(rows, data, questions, dump);
}
