#pragma once
// JSON (RFC 8259) one token at a time. Pure.

#include <cstddef>
#include <string>
#include <string_view>

namespace docmind {

/// Answers "what comes next in this JSON?". Without recursion; no deeper than 512 levels.
class JsonTokens {
  public:
    enum class Kind {
        object_begin,
        object_end,
        array_begin,
        array_end,
        key,        ///< text() is the name
        string,     ///< text() is the value
        primitive,  ///< a number, true, false or null, as it stands
        end,        ///< the value is complete; at() is behind it
        cut_off,    ///< so far it is JSON, and there is no more of it
        error,      ///< it is not JSON, or nested too deeply
    };

    explicit JsonTokens(std::string_view json) : json_(json) {}

    Kind next();
    /// UTF-8; half of a surrogate pair is U+FFFD.
    [[nodiscard]] const std::string& text() const { return text_; }
    [[nodiscard]] std::size_t at() const { return at_; }

  private:
    enum class State { value, first_item, first_key, key, after };
    Kind value();
    Kind string(Kind kind);
    bool escape();
    char32_t hex();
    Kind primitive();
    Kind close(char bracket);

    static constexpr std::size_t max_depth = 512;

    std::string_view json_;
    std::size_t at_ = 0;
    std::string open_;  // '{' and '[' around the place
    State state_ = State::value;
    std::string text_;
};

}  // namespace docmind
