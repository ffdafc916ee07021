#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

#include "async/deadline.hpp"
#include "async/when_all.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

/// The files' ids, once all are searchable. Errors: what the first file failed of.
Task<std::vector<std::string>> ingest_for_question(Library* library, std::vector<std::string> paths, ProgressLine* progress) {
    std::vector<std::string> ids;
    for (const std::filesystem::path& path : expand_paths(paths, false)) {
        auto submitted = co_await library->asubmit_file(path, path.filename().string());
        DocumentRecord record = std::move(submitted.first);
        while (record.status == DocumentStatus::queued || record.status == DocumentStatus::processing) {
            progress->show(record.progress, fmt::format("{} {}", record.name, to_string(record.stage)));
            co_await sleep_for(std::chrono::milliseconds(100));
            record = co_await library->aget(record.id);
        }
        if (record.status != DocumentStatus::ready) throw Error(errc::corrupt, fmt::format("{}: {}", record.name, record.error));
        ids.push_back(record.id);
    }
    co_return ids;
}

void print_sources(const AgentResponse& response) {
    if (response.citations.empty()) return;
    fmt::print("\nSources\n");
    for (const Citation& citation : response.citations) {
        std::string quote = citation.quote;
        std::ranges::replace(quote, '\n', ' ');
        fmt::print("  [{}] {}, page {}: \"{}\"\n", citation.n, citation.name, citation.page, shorten(quote, 160));
    }
}

void print_support(const AgentResponse& response) {
    bool first = true;
    for (const SentenceSupport& sentence : response.sentences) {
        if (sentence.supported() || sentence.begin >= sentence.end || sentence.end > response.answer.size()) continue;
        if (std::exchange(first, false)) fmt::print("\nNot supported by the documents\n");
        std::string words = response.answer.substr(sentence.begin, sentence.end - sentence.begin);
        std::ranges::replace(words, '\n', ' ');
        fmt::print("  \"{}\"\n", shorten(words, 160));
    }
    if (response.confidence) fmt::print("\nConfidence {:.0f} %\n", 100 * *response.confidence);
}

}  // namespace

Task<int> ask(Library* library, AskOptions options) {
    ProgressLine progress(options.json);
    std::vector<std::string> ids;
    if (!options.paths.empty()) ids = co_await ingest_for_question(library, options.paths, &progress);
    progress.clear();
    const bool stream = !options.json && stdout_is_terminal();
    bool printed = false;
    const auto on_event = [&](const AgentEvent& event) {
        if (const auto* step = std::get_if<AgentStep>(&event)) {
            progress.spin(step->text);
        } else if (const auto* token = std::get_if<AgentToken>(&event); token && stream) {
            progress.clear();
            fmt::print("{}", token->text);
            std::fflush(stdout);
            printed = true;
        }
    };
    const AgentResponse response = co_await library->aask(options.session, options.question, std::move(ids), on_event);
    progress.clear();
    if (options.json) {
        fmt::print("{}\n", boost::json::serialize(to_json(response)));
        co_return 0;
    }
    for (const std::string& note : response.notes) fmt::print(stderr, "{}\n", note);
    fmt::print("{}\n", printed ? "" : response.answer);
    print_sources(response);
    print_support(response);
    co_return 0;
}

}  // namespace docmind::cli
