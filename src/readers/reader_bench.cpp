// How fast are documents read through a worker? reader_bench docmind-worker file... prints one line per file: time, pages, words.
// Then all of them at once, with the lag of the loop meanwhile. With --text before the files it prints their text instead.

#include "async/loop_watchdog.hpp"
#include "async/scope.hpp"
#include "async/test_support.hpp"
#include "async/when_all.hpp"
#include "readers/worker_reader.hpp"

#include <docmind/error.hpp>

#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

namespace docmind {
namespace {

Task<Document> read(WorkerReader::Params params, std::string path) {
    const auto executor = co_await boost::asio::this_coro::executor;
    WorkerReader reader(std::move(params), executor);
    SourceFile file{.path = path, .name = path};
    Document document = co_await reader.aload(std::move(file));
    co_await reader.astop();
    co_return document;
}

void measure(const WorkerReader::Params& params, const std::string& path, bool print_text) {
    const auto begin = std::chrono::steady_clock::now();
    const Document document = test::run_task(read(params, path), std::chrono::minutes(5));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::size_t words = 0, bytes = 0;
    for (const Page& page : document.pages) {
        words += page.words.size();
        bytes += page.text.size();
        if (print_text) std::printf("--- page %d (%.0f x %.0f)\n%s\n", page.number, page.width, page.height, page.text.c_str());
        if (print_text) {
            for (const Heading& heading : page.headings) std::printf("=%d %u %s\n", heading.level, heading.begin, heading.title.c_str());
        }
    }
    if (print_text) {
        for (const auto& [key, value] : document.metadata) std::printf("%s: %s\n", key.c_str(), value.c_str());
        return;
    }
    std::printf("%-44s %8.1f ms %5zu pages %7.0f pages/s %8zu words %9zu bytes\n", path.c_str(), seconds * 1000, document.pages.size(),
                static_cast<double>(document.pages.size()) / seconds, words, bytes);
}

Task<> read_all(WorkerReader::Params params, std::vector<std::string> paths) {
    const auto executor = co_await boost::asio::this_coro::executor;
    LoopWatchdog watchdog({.period = std::chrono::milliseconds(1)});
    WorkerReader reader(std::move(params), executor);
    Scope watching(executor);
    watching.spawn(watchdog.run());
    std::vector<Task<Document>> loads;
    for (const std::string& path : paths) {
        SourceFile file{.path = path, .name = path};
        loads.push_back(reader.aload(std::move(file)));
    }
    const auto begin = std::chrono::steady_clock::now();
    const std::vector<Document> documents = co_await when_all(std::move(loads));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::size_t pages = 0;
    for (const Document& document : documents) pages += document.pages.size();
    watching.cancel();
    co_await reader.astop();
    const auto ms = [](std::chrono::nanoseconds lag) { return std::chrono::duration<double, std::milli>(lag).count(); };
    std::printf("all at once: %.2f s, %zu pages, %.0f pages/s; loop lag p99.9 %.2f ms, max %.2f ms\n", seconds, pages,
                static_cast<double>(pages) / seconds, ms(watchdog.lag().percentile(0.999)), ms(watchdog.lag().max()));
    co_await watching.close(std::chrono::seconds(1));
}

}  // namespace
}  // namespace docmind

int main(int argc, char** argv) {
    bool print_text = false;
    docmind::WorkerReader::Params params;
    if (argc > 1) params.worker_path = argv[1];
    std::vector<std::string> paths;
    for (int i = 2; i < argc; ++i) {
        const std::string path = argv[i];
        if (path == "--text") {
            print_text = true;
            continue;
        }
        try {
            docmind::measure(params, path, print_text);
            paths.push_back(path);
        } catch (const docmind::Error& error) {
            std::printf("%-44s %s: %s\n", path.c_str(), std::string(docmind::to_string(error.code())).c_str(), error.what());
        }
    }
    if (!print_text && paths.size() > 1) docmind::test::run_task(docmind::read_all(params, paths), std::chrono::minutes(5));
}
