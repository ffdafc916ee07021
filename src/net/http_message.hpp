#pragma once
// What client and server share: header fields, and words that are compared as HTTP compares them.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

/// Equal but for ASCII case.
[[nodiscard]] bool iequals(std::string_view a, std::string_view b) noexcept;
/// Without spaces and tabs at both ends.
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// Decodes %XX. Empty where an escape is broken or the result has a NUL. `plus_is_space` as in query strings.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Encodes everything but the unreserved characters of RFC 3986.
[[nodiscard]] std::string percent_encode(std::string_view text);
/// The media type of a Content-Type value, lower case, without parameters.
[[nodiscard]] std::string media_type_of(std::string_view content_type);
/// A parameter of a field value such as `multipart/form-data; boundary="x"`, unquoted; empty optional if absent.
[[nodiscard]] std::optional<std::string> parameter_of(std::string_view field_value, std::string_view name);
/// The text with every byte sequence that is not UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string to_valid_utf8(std::string text);
[[nodiscard]] bool is_valid_utf8(std::string_view text) noexcept;

/// Header fields in their order; names are compared without case.
class HttpFields {
  public:
    HttpFields() = default;
    HttpFields(std::initializer_list<std::pair<std::string, std::string>> fields) : fields_(fields) {}

    void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
    /// Replaces all fields of that name.
    void set(std::string_view name, std::string value);
    /// The first field of that name.
    [[nodiscard]] const std::string* find(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view value(std::string_view name) const noexcept;
    [[nodiscard]] std::size_t count(std::string_view name) const noexcept;
    [[nodiscard]] auto begin() const noexcept { return fields_.begin(); }
    [[nodiscard]] auto end() const noexcept { return fields_.end(); }
    [[nodiscard]] std::size_t size() const noexcept { return fields_.size(); }

  private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace docmind
