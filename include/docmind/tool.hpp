#pragma once
// "What may the agent do besides talking?" A tool has a name and parameters that the model is told of, and does one thing when called.
// Arguments are values here, never JSON: how a call is written for a model server is known to src/llms alone.

#include <docmind/node.hpp>
#include <docmind/retriever.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace docmind {

/// One parameter of a tool, as the model is told of it.
struct ToolParameter {
    enum class Type { string, integer, number, boolean, strings };
    std::string name;
    std::string description;
    Type type = Type::string;
    bool required = true;
    std::vector<std::string> choices = {};  ///< of a string; empty: any
};

/// What a model is told of a tool.
struct ToolMetadata {
    std::string name;         ///< 1 to 64 letters, digits, _ and -
    std::string description;  ///< when to use it and what it gives
    std::vector<ToolParameter> parameters = {};
    std::chrono::milliseconds limit{0};  ///< for one call; 0: the agent's, which suits a search
};

using ToolValue = std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>>;

/// The arguments of one call by name. A tool is called only with arguments that fit its parameters.
class ToolArguments {
  public:
    ToolArguments() = default;
    explicit ToolArguments(std::map<std::string, ToolValue> values) : values_(std::move(values)) {}

    /// nullopt where the argument is absent or of another type.
    [[nodiscard]] std::optional<std::string> text(std::string_view name) const { return get<std::string>(name); }
    [[nodiscard]] std::optional<std::int64_t> integer(std::string_view name) const { return get<std::int64_t>(name); }
    [[nodiscard]] std::optional<double> number(std::string_view name) const { return get<double>(name); }
    [[nodiscard]] std::optional<bool> flag(std::string_view name) const { return get<bool>(name); }
    [[nodiscard]] std::optional<std::vector<std::string>> texts(std::string_view name) const { return get<std::vector<std::string>>(name); }

    void set(std::string name, ToolValue value) { values_.insert_or_assign(std::move(name), std::move(value)); }
    [[nodiscard]] const std::map<std::string, ToolValue>& values() const noexcept { return values_; }
    friend bool operator==(const ToolArguments&, const ToolArguments&) = default;

  private:
    std::map<std::string, ToolValue> values_;

    template <class T>
    [[nodiscard]] std::optional<T> get(std::string_view name) const {
        const auto found = values_.find(std::string(name));
        const T* value = found != values_.end() ? std::get_if<T>(&found->second) : nullptr;
        return value != nullptr ? std::optional<T>(*value) : std::nullopt;
    }
};

/// What a call gave. The model reads the content and the passages; the answer can cite the passages.
struct ToolOutput {
    std::string content;                            ///< for the model, may be empty where there are passages
    std::vector<NodeWithScore> passages = {};       ///< best first
    bool found = true;                              ///< false: it ran, and there is nothing that an answer could rest on
    std::vector<std::string> notes = {};            ///< what could not be done, for the user
    std::map<std::string, double> timings_ms = {};  ///< as in RetrievalResult
    std::optional<float> relevance = {};            ///< of a search, as in RetrievalResult
};

class Tool {
  public:
    virtual ~Tool() = default;
    [[nodiscard]] virtual const ToolMetadata& metadata() const = 0;
    /// Runs on the I/O thread; several calls may be under way at once. An Error is told to the model, which may try something else.
    virtual Task<ToolOutput> acall(ToolArguments arguments) = 0;
};

/// A function of the user's program.
class FunctionTool final : public Tool {
  public:
    /// A coroutine: what it captures must outlive the tool. Errors: invalid_argument (the metadata).
    FunctionTool(ToolMetadata metadata, std::function<Task<ToolOutput>(ToolArguments)> function);
    /// A function that is done within a millisecond: it runs on the I/O thread. Its text is what the model reads.
    FunctionTool(ToolMetadata metadata, std::function<std::string(ToolArguments)> function);

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }
    Task<ToolOutput> acall(ToolArguments arguments) override;

  private:
    ToolMetadata metadata_;
    std::function<Task<ToolOutput>(ToolArguments)> coroutine_;
    std::function<std::string(ToolArguments)> function_;
};

/// A search by meaning and words: its one parameter is "query".
class QueryEngineTool final : public Tool {
  public:
    struct Params {
        std::size_t similarity_top_k = 4;
        std::vector<std::string> document_ids = {};  ///< only these; empty = all
        std::size_t max_query_bytes = 2000;          ///< longer queries are cut
    };
    /// The retriever outlives the tool. Errors: invalid_argument (the metadata's name, similarity_top_k).
    QueryEngineTool(Params params, std::string name, std::string description, Retriever& retriever);

    [[nodiscard]] const ToolMetadata& metadata() const override { return metadata_; }
    Task<ToolOutput> acall(ToolArguments arguments) override;

  private:
    Params params_;
    ToolMetadata metadata_;
    Retriever& retriever_;
};

/// Errors: invalid_argument, where a model server would refuse the name, or a parameter is named twice.
void check_tool_metadata(const ToolMetadata& metadata);

}  // namespace docmind
