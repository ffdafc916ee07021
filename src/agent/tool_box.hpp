#pragma once
// "Which tools may be called, and does this call fit one?" Only what was put in is ever called, whatever name a model or a document
// comes up with. Arguments of another kind than the parameter's are put right where that is certain ("3" for 3), else the call is
// refused in words that help the model to do better.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class ToolBox {
  public:
    /// Errors: invalid_argument (two tools of one name).
    explicit ToolBox(std::vector<std::shared_ptr<Tool>> tools);

    struct Fitting {
        Tool* tool = nullptr;
        ToolArguments arguments;
    };
    /// Error: why the call is refused.
    [[nodiscard]] std::expected<Fitting, std::string> fit(const ToolCall& call) const;
    [[nodiscard]] bool has(std::string_view name) const;
    /// What a model is told, in the order of the tools.
    [[nodiscard]] const std::vector<ToolMetadata>& metadata() const noexcept { return metadata_; }

  private:
    std::vector<std::shared_ptr<Tool>> tools_;
    std::vector<ToolMetadata> metadata_;
};

/// A call on one line: search_library(query: "the toll"). The same for the same call.
[[nodiscard]] std::string describe_call(std::string_view name, const ToolArguments& arguments);

}  // namespace docmind
