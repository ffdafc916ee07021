// query_pipeline_bench DATA_DIR FILE COUNT...: reads the file, then answers COUNT questions at once through get_query_pipeline(), with the
// settings of the environment. Prints {"COUNT": seconds, ...}.
#include <docmind/application.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

double seconds_for(docmind::Application& app, int count) {
    docmind::QueryPipeline pipeline = app.get_query_pipeline();
    std::vector<docmind::QueryValue> questions;
    for (int i = 0; i < count; ++i) questions.emplace_back(fmt::format("What do otters do while they sleep, and why? ({})", i));
    const auto start = std::chrono::steady_clock::now();
    const auto results = app.run(pipeline.parallel_run(std::move(questions)));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    for (const auto& result : results) {
        const auto& answer = result.get<docmind::AgentResponse>().answer;
        if (!answer.contains("word49")) throw std::runtime_error("not the model's answer: " + answer);
    }
    return seconds;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 4) return std::fputs("usage: query_pipeline_bench DATA_DIR FILE COUNT...\n", stderr), 2;
    try {
        const std::map<std::string, std::string> flags{{"storage.data_dir", argv[1]}};
        docmind::Application app(docmind::load_settings("", flags, docmind::process_environment()).settings);
        app.run(app.process_new_documents({argv[2]}));
        app.run(app.await_models());
        seconds_for(app, 1);
        std::string rows;
        for (int i = 3; i < argc; ++i)
            rows += fmt::format("{}\"{}\": {:.3f}", rows.empty() ? "" : ", ", argv[i], seconds_for(app, std::atoi(argv[i])));
        fmt::print("{{{}}}\n", rows);
    } catch (const std::exception& error) {
        fmt::print(stderr, "{}\n", error.what());
        return 1;
    }
}
