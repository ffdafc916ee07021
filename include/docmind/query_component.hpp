#pragma once
// "What does one step of a query pipeline need, do and give?" The shipped ones are in query_components.hpp; a program writes its own as a
// class, or as a function:
//
//   auto shout = make_component({"input"}, [](std::string text) { return text + "!"; });

#include <docmind/query_value.hpp>
#include <docmind/task.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <typeindex>
#include <utility>
#include <vector>

namespace docmind {

/// One input or output of a module.
struct QueryKey {
    std::string name;
    std::optional<std::type_index> type;  ///< absent = any
    bool required = true;                 ///< an input without which it cannot run; an output that it always gives
};

/// A required key of values of type T.
template <class T>
[[nodiscard]] QueryKey query_key(std::string name) {
    return {std::move(name), std::type_index(typeid(T)), true};
}
/// The same, for a value that may be absent.
template <class T>
[[nodiscard]] QueryKey optional_query_key(std::string name) {
    return {std::move(name), std::type_index(typeid(T)), false};
}

/// What a module with the one output "output" returns.
template <class T>
[[nodiscard]] QueryValues one_output(T value) {
    QueryValues outputs;
    outputs.emplace("output", std::move(value));
    return outputs;
}

/// One step. Keeps nothing of one question for the next: several may be under way in it at once.
class QueryComponent {
  public:
    virtual ~QueryComponent() = default;
    [[nodiscard]] virtual std::vector<QueryKey> input_keys() const = 0;
    /// An output that is not required may be left out: what is linked to it then does not run (see QueryPipeline).
    [[nodiscard]] virtual std::vector<QueryKey> output_keys() const = 0;
    /// `inputs` has every required key, with the type the key says. Runs on the I/O thread, like every Task: what computes for longer than
    /// a millisecond belongs on a thread of its own. Errors: those of the step.
    virtual Task<QueryValues> arun(QueryValues inputs) = 0;
};

namespace detail {

template <class T>
struct TaskValue {
    using Type = T;
    static constexpr bool is_task = false;
};
template <class T>
struct TaskValue<Task<T>> {
    using Type = T;
    static constexpr bool is_task = true;
};

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {
    using Type = T;
};

template <class T>
QueryKey key_of(std::string name) {
    if constexpr (std::is_same_v<T, QueryValue>) {
        return {std::move(name), std::nullopt, true};
    } else if constexpr (IsOptional<T>::value) {
        return optional_query_key<typename IsOptional<T>::Type>(std::move(name));
    } else {
        return query_key<T>(std::move(name));
    }
}

template <class T>
T take_input(QueryValues& inputs, const std::string& name) {
    const auto found = inputs.find(name);
    if constexpr (std::is_same_v<T, QueryValue>) {
        return std::move(found->second);
    } else if constexpr (IsOptional<T>::value) {
        if (found == inputs.end()) return std::nullopt;
        return found->second.take<typename IsOptional<T>::Type>();
    } else {
        return found->second.take<T>();
    }
}

template <class T>
QueryValues to_outputs(T value) {
    if constexpr (std::is_same_v<T, QueryValues>) {
        return value;
    } else if constexpr (IsOptional<T>::value) {
        return value ? one_output(std::move(*value)) : QueryValues();
    } else {
        return one_output(std::move(value));
    }
}

void check_function(bool is_one, const std::vector<std::string>& input_names, std::size_t parameters);

}  // namespace detail

template <class Signature>
class FunctionComponent;

/// A function as a module. Its parameters are the inputs, in order; std::optional for one that may be absent, QueryValue for any type. What
/// it returns, itself or in a Task, is the output "output", or the outputs by name where that is QueryValues; an empty std::optional is no
/// output. A capturing lambda must not itself be a coroutine: let it call one.
template <class Result, class... Inputs>
class FunctionComponent<Result(Inputs...)> final : public QueryComponent {
    static_assert(!detail::TaskValue<Result>::is_task || (!std::is_reference_v<Inputs> && ...),
                  "a coroutine takes its parameters by value");

    using Value = typename detail::TaskValue<Result>::Type;

  public:
    using Function = std::function<Result(Inputs...)>;

    /// `input_names`: one for each parameter. `outputs`: said only of a function that returns QueryValues. Errors: invalid_argument
    /// (another number of names, one of them twice or empty, no function).
    FunctionComponent(std::vector<std::string> input_names, Function function, std::vector<QueryKey> outputs = only_output())
        : names_(std::move(input_names)), outputs_(std::move(outputs)), function_(std::move(function)) {
        detail::check_function(function_ != nullptr, names_, sizeof...(Inputs));
    }

    [[nodiscard]] std::vector<QueryKey> input_keys() const override { return keys(std::index_sequence_for<Inputs...>{}); }
    [[nodiscard]] std::vector<QueryKey> output_keys() const override { return outputs_; }
    Task<QueryValues> arun(QueryValues inputs) override {
        if constexpr (detail::TaskValue<Result>::is_task) {
            Result task = call(inputs, std::index_sequence_for<Inputs...>{});
            Value value = co_await std::move(task);
            co_return detail::to_outputs(std::move(value));
        } else {
            co_return detail::to_outputs(call(inputs, std::index_sequence_for<Inputs...>{}));
        }
    }

  private:
    static std::vector<QueryKey> only_output() {
        if constexpr (std::is_same_v<Value, QueryValues>) return {};
        return {detail::key_of<Value>("output")};
    }
    template <std::size_t... I>
    std::vector<QueryKey> keys(std::index_sequence<I...>) const {
        return {detail::key_of<std::decay_t<Inputs>>(names_[I])...};
    }
    template <std::size_t... I>
    Result call(QueryValues& inputs, std::index_sequence<I...>) {
        return function_(detail::take_input<std::decay_t<Inputs>>(inputs, names_[I])...);
    }

    std::vector<std::string> names_;
    std::vector<QueryKey> outputs_;
    Function function_;
};

namespace detail {

template <class Result, class... Inputs, class... Outputs>
std::shared_ptr<QueryComponent> make_function_component(std::vector<std::string> names, std::function<Result(Inputs...)> function,
                                                        Outputs... outputs) {
    return std::make_shared<FunctionComponent<Result(Inputs...)>>(std::move(names), std::move(function), std::move(outputs)...);
}

}  // namespace detail

/// A FunctionComponent of a function, a function object or a lambda that is not overloaded.
template <class F>
[[nodiscard]] std::shared_ptr<QueryComponent> make_component(std::vector<std::string> input_names, F function) {
    return detail::make_function_component(std::move(input_names), std::function(std::move(function)));
}
/// The same of a function with several outputs.
template <class F>
[[nodiscard]] std::shared_ptr<QueryComponent> make_component(std::vector<std::string> input_names, std::vector<QueryKey> outputs,
                                                             F function) {
    return detail::make_function_component(std::move(input_names), std::function(std::move(function)), std::move(outputs));
}

}  // namespace docmind
