#pragma once
// Structured concurrency: several tasks at once, none of which outlives the call.
//
// The first failure cancels the siblings, all of them are waited for, that failure is rethrown. Cancelling the caller cancels all.

#include "async/task_group.hpp"

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <optional>
#include <ranges>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace docmind {

namespace detail {

template <class T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
Task<> store(Task<T> task, std::optional<Stored<T>>* out) {
    if constexpr (std::is_void_v<T>) {
        co_await std::move(task);
        out->emplace();
    } else {
        T value = co_await std::move(task);
        out->emplace(std::move(value));
    }
}

template <class... T, std::size_t... I>
std::vector<Task<>> store_each(std::index_sequence<I...>, std::tuple<std::optional<Stored<T>>...>& results, Task<T>&... tasks) {
    std::vector<Task<>> stored;
    stored.reserve(sizeof...(T));
    (stored.push_back(store<T>(std::move(tasks), &std::get<I>(results))), ...);
    return stored;
}

/// What the workers of one for_each_limited share. They take turns: the next item belongs to whoever is free first.
template <class Range, class Fn>
struct Turns {
    Range& items;
    Fn& fn;
    std::ranges::iterator_t<Range> next = std::ranges::begin(items);
    std::ranges::sentinel_t<Range> end = std::ranges::end(items);
    bool stopped = false;  // an item has failed or was cancelled: known here before the failing worker's end is heard of
};

template <class Range, class Fn>
Task<> take_turns(Turns<Range, Fn>* turns) {
    // Not a guard object: when the io_context dies with everything in it, this frame may be destroyed after the one `turns` lies in.
    try {
        while (!turns->stopped && turns->next != turns->end) {
            // The range belongs to for_each_limited's frame, and the iterator moves on before this worker suspends.
            auto&& item = *turns->next;
            Task<> task = turns->fn(std::forward<decltype(item)>(item));
            ++turns->next;
            co_await std::move(task);
        }
    } catch (...) {
        turns->stopped = true;
        throw;
    }
}

}  // namespace detail

/// Awaits all tasks at once; the results in the order of the arguments, std::monostate for void.
template <class... T>
Task<std::tuple<detail::Stored<T>...>> when_all(Task<T>... tasks) {
    std::tuple<std::optional<detail::Stored<T>>...> results;
    auto stored = detail::store_each<T...>(std::index_sequence_for<T...>{}, results, tasks...);
    co_await detail::join_all(std::move(stored));
    co_return std::apply([](auto&... result) { return std::tuple<detail::Stored<T>...>(std::move(*result)...); }, results);
}

/// Awaits all tasks at once; results in the order of the tasks.
template <class T>
Task<std::vector<T>> when_all(std::vector<Task<T>> tasks) {
    std::vector<std::optional<T>> results(tasks.size());
    std::vector<Task<>> stored;
    stored.reserve(tasks.size());
    for (std::size_t i = 0; i < tasks.size(); ++i) stored.push_back(detail::store<T>(std::move(tasks[i]), &results[i]));
    co_await detail::join_all(std::move(stored));
    std::vector<T> values;
    values.reserve(results.size());
    for (auto& result : results) values.push_back(std::move(*result));
    co_return values;
}

/// Awaits all tasks at once.
inline Task<> when_all(std::vector<Task<>> tasks) {
    co_await detail::join_all(std::move(tasks));
}

/// Awaits `fn(item)` for every item, at most `limit` at once, started in order. `fn` is a plain callable that returns a Task<>; an item
/// stays in place until everything has ended. After a failure no further item is started. Throws Error{invalid_argument} for limit 0.
template <class Range, class Fn>
Task<> for_each_limited(Range items, std::size_t limit, Fn fn) {
    if (limit == 0) throw Error(errc::invalid_argument, "for_each_limited needs a limit of at least 1");
    detail::Turns<Range, Fn> turns{items, fn};
    if constexpr (std::ranges::sized_range<Range>) limit = std::min<std::size_t>(limit, std::ranges::size(items));
    std::vector<Task<>> workers;
    workers.reserve(limit);
    for (std::size_t i = 0; i < limit; ++i) workers.push_back(detail::take_turns(&turns));
    co_await detail::join_all(std::move(workers));
}

}  // namespace docmind
