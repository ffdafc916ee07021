#pragma once
// "What flows between two modules of a query pipeline?" A value of any type, read under the type it was made with.

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <type_traits>
#include <typeindex>
#include <utility>

namespace docmind {

/// A type in words for the user: "text", "passages", else its C++ name.
[[nodiscard]] std::string query_type_name(std::type_index type);

namespace detail {

/// Throws Error{invalid_argument}: what was expected and what is there.
[[noreturn]] void throw_other_query_type(std::type_index expected, std::type_index found);

/// What a value of T is stored as: text is a std::string, however it was written.
template <class T>
using QueryStored = std::conditional_t<std::is_convertible_v<std::decay_t<T>, const char*>, std::string, std::decay_t<T>>;

}  // namespace detail

/// Answers "what is it?" for code that knows the type. Copies share one value that never changes. I/O thread only.
class QueryValue {
  public:
    /// Nothing.
    QueryValue() = default;

    /// Any copyable value; a string literal becomes a std::string.
    template <class T>
        requires(!std::same_as<std::decay_t<T>, QueryValue> && std::copy_constructible<detail::QueryStored<T>>)
    QueryValue(T&& value)
        : value_(std::make_shared<detail::QueryStored<T>>(std::forward<T>(value))), type_(typeid(detail::QueryStored<T>)) {}

    [[nodiscard]] bool has_value() const noexcept { return value_ != nullptr; }
    /// The type it was made with; void where there is nothing.
    [[nodiscard]] std::type_index type() const noexcept { return type_; }

    /// Null where it is nothing or of another type.
    template <class T>
    [[nodiscard]] const T* get_if() const noexcept {
        return type_ == typeid(T) ? static_cast<const T*>(value_.get()) : nullptr;
    }

    /// Errors: invalid_argument (another type: the message names both).
    template <class T>
    [[nodiscard]] const T& get() const {
        if (const T* value = get_if<T>()) return *value;
        detail::throw_other_query_type(typeid(T), type_);
    }

    /// The value itself where nobody else holds it, else a copy; this has nothing afterwards. Errors as get().
    template <class T>
    [[nodiscard]] T take() {
        static_cast<void>(get<T>());
        const std::shared_ptr<void> value = std::exchange(value_, nullptr);
        type_ = typeid(void);
        T& held = *static_cast<T*>(value.get());
        if (value.use_count() == 1) return std::move(held);
        return held;
    }

  private:
    std::shared_ptr<void> value_;
    std::type_index type_ = typeid(void);
};

/// Values under the names of a module's inputs or outputs.
using QueryValues = std::map<std::string, QueryValue, std::less<>>;

}  // namespace docmind
