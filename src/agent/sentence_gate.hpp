#pragma once
// "Which of these sentences may a reader see?" For models that are too small to be trusted: a sentence is shown when it is whole, a
// passage bears it out, and it was not said before; with the number of that passage. The rest is dropped.

#include "agent/citation_aligner.hpp"

#include <docmind/agent.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class SentenceGate {
  public:
    struct Params {
        std::size_t most_shown = 2;
        std::size_t most_heard = 8;  ///< after so many sentences nothing better comes
    };
    SentenceGate(Params params, std::vector<Source> sources) : params_(params), sources_(std::move(sources)) {}
    explicit SentenceGate(std::vector<Source> sources) : SentenceGate(Params{}, std::move(sources)) {}

    /// The text that can be shown after this token.
    [[nodiscard]] std::string feed(std::string_view token);
    /// The last sentence; `whole`: the model ended it by itself.
    [[nodiscard]] std::string finish(bool whole);
    /// Enough was said.
    [[nodiscard]] bool done() const noexcept { return shown_ >= params_.most_shown || heard_ >= params_.most_heard; }
    /// One for each number shown, in the order of their first use.
    [[nodiscard]] const std::vector<Citation>& citations() const noexcept { return citations_; }

  private:
    std::string judge(std::string_view sentence);

    Params params_;
    std::vector<Source> sources_;
    CitationAligner aligner_;
    std::string held_;
    std::set<std::string> said_;
    std::vector<Citation> citations_;
    std::size_t shown_ = 0;
    std::size_t heard_ = 0;
};

}  // namespace docmind
