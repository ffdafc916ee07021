#pragma once
// "What was found so far, and under which numbers?" Collects what the tools gave during one answer: passages are numbered over all calls,
// one that comes again keeps its number; and puts each result into words for the model, between tags that no document can imitate.

#include <docmind/agent.hpp>
#include <docmind/tool.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class Evidence {
  public:
    struct Params {
        std::string boundary;           ///< name of the tags
        std::size_t max_sources = 100;  ///< more are left out
    };
    explicit Evidence(Params params) : params_(std::move(params)) {}

    /// The result of a call in words, in about `token_limit` tokens: whole passages, as many as fit; the first is cut where it alone does
    /// not.
    [[nodiscard]] std::string add(std::string_view tool, const ToolOutput& output, std::size_t token_limit);

    [[nodiscard]] const std::vector<Source>& sources() const noexcept { return sources_; }
    /// Whether there is anything an answer could rest on.
    [[nodiscard]] bool has_ground() const noexcept { return ground_; }
    [[nodiscard]] const std::string& boundary() const noexcept { return params_.boundary; }

  private:
    Source* source_of(const NodeWithScore& passage);

    Params params_;
    std::vector<Source> sources_;
    bool ground_ = false;
};

}  // namespace docmind
