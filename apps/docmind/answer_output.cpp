#include "answer_output.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

#include "async/deadline.hpp"
#include "server/json.hpp"

namespace docmind::cli {
namespace {

void print_sources(const AgentResponse& response, bool colour) {
    if (response.citations.empty()) return;
    fmt::print("\nSources\n");
    for (const Citation& citation : response.citations) {
        std::string quote = citation.quote;
        std::ranges::replace(quote, '\n', ' ');
        quote = shorten(quote, 160);
        if (colour) quote = in_bold(quote, citation.matches);
        fmt::print("  [{}] {}, page {}: \"{}\"\n", citation.n, citation.name, citation.page, quote);
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

AnswerOutput::AnswerOutput(bool json, std::string_view question)
    : json_(json), stream_(!json && stdout_is_terminal()), words_(question), progress_(json) {}

void AnswerOutput::hear(const AgentEvent& event) {
    if (const auto* step = std::get_if<AgentStep>(&event)) {
        progress_.spin(step->text);
    } else if (const auto* progress = std::get_if<AgentProgress>(&event)) {
        if (progress->of == 0) {
            progress_.spin(progress->text);
        } else {
            progress_.show(static_cast<double>(progress->done) / static_cast<double>(progress->of), progress->text);
        }
    } else if (const auto* token = std::get_if<AgentToken>(&event); token && stream_) {
        progress_.clear();
        // A quotation comes whole, in one token.
        fmt::print("{}", in_bold(token->text, words_.in_quotations(token->text)));
        std::fflush(stdout);
        printed_ = true;
    }
}

void AnswerOutput::print(const AgentResponse& response) {
    progress_.clear();
    if (json_) {
        fmt::print("{}\n", boost::json::serialize(to_json(response)));
        return;
    }
    for (const std::string& note : response.notes) fmt::print(stderr, "{}\n", note);
    fmt::print("{}\n", printed_ ? "" : response.answer);
    print_sources(response, stream_);
    print_support(response);
}

Task<std::vector<std::string>> ingest_files(Library* library, std::vector<std::filesystem::path> paths, ProgressLine* progress) {
    std::vector<std::string> ids;
    for (const std::filesystem::path& path : paths) {
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

}  // namespace docmind::cli
