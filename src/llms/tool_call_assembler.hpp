#pragma once
// "Which tools did the model call?" Puts the pieces of tool calls together that servers send while they come: vLLM and llama-server cut
// the arguments into many events, Ollama sends each call whole. Fed with values: knows no JSON of the wire and no socket.

#include <docmind/llm.hpp>
#include <docmind/tool.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class ToolCallAssembler {
  public:
    struct Params {
        std::size_t max_calls = 32;
        std::size_t max_bytes = 64 * 1024;  ///< of all calls together
    };
    /// A piece of one call: empty members add nothing.
    struct Piece {
        std::optional<std::size_t> index;  ///< which call; where it is absent, a new id or name begins the next one
        std::string_view id;
        std::string_view name;
        std::string_view arguments;
    };
    ToolCallAssembler() = default;
    explicit ToolCallAssembler(Params params) : params_(params) {}

    /// Errors: backend (more than the limits).
    void feed(const Piece& piece);
    [[nodiscard]] bool empty() const noexcept { return calls_.empty(); }
    /// The calls, in their order, with their arguments read. Begins anew.
    [[nodiscard]] std::vector<ToolCall> take(const std::vector<ToolMetadata>& tools);

  private:
    struct Pieces {
        std::optional<std::size_t> index;
        std::string id, name, arguments;
    };
    Pieces& call_of(const Piece& piece);

    Params params_;
    std::vector<Pieces> calls_;
    std::size_t bytes_ = 0;
};

}  // namespace docmind
