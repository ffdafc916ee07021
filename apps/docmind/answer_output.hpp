#pragma once
// What a person sees of an answer, while it comes and once it is there.

#include <docmind/agent.hpp>
#include <docmind/task.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/matching_words.hpp"
#include "library.hpp"
#include "terminal.hpp"

namespace docmind::cli {

class AnswerOutput {
  public:
    /// `json`: nothing but the answer as JSON, at its end. `question`: a terminal shows in bold which words of quotations it has too.
    AnswerOutput(bool json, std::string_view question);

    void hear(const AgentEvent& event);
    void print(const AgentResponse& response);
    [[nodiscard]] ProgressLine& progress() noexcept { return progress_; }

  private:
    bool json_;
    bool stream_;
    bool printed_ = false;
    MatchingWords words_;
    ProgressLine progress_;
};

/// The files' ids, once all are searchable. Errors: what the first file failed of.
Task<std::vector<std::string>> ingest_files(Library* library, std::vector<std::filesystem::path> paths, ProgressLine* progress);

}  // namespace docmind::cli
