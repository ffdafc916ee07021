#pragma once
// "What does a model read that summarises?" Passages, or notes on them, between tags that no document can imitate; and how many tokens of
// them there is room for.

#include <docmind/agent.hpp>
#include <docmind/llm.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace docmind {

class SummaryPrompt {
  public:
    struct Params {
        std::string boundary;  ///< name of the tags
        int context_window = 4096;
        int max_tokens = 400;  ///< of an answer; at most a quarter of the window is left for it
    };
    explicit SummaryPrompt(Params params);

    /// Tokens of passages that one call can have.
    [[nodiscard]] std::size_t room() const noexcept { return room_; }
    /// Tokens that a passage or a note takes, with its tags.
    [[nodiscard]] std::size_t cost(const Source& source) const;
    [[nodiscard]] const std::string& boundary() const noexcept { return params_.boundary; }

    /// Asks for the gist of these passages.
    [[nodiscard]] ChatRequest window_request(const std::vector<Source>& passages, std::size_t sentences) const;
    /// Asks for one text from notes, whose text is what they say. `whole`: they are all there is, of the whole document.
    [[nodiscard]] ChatRequest notes_request(const std::vector<Source>& notes, std::size_t sentences, bool whole) const;

  private:
    [[nodiscard]] ChatRequest request(std::string instructions, const std::vector<Source>& sources, std::string order) const;

    Params params_;
    int answer_tokens_;
    std::size_t room_;
};

}  // namespace docmind
