#pragma once
// What mail is made of: header fields, encoded words, parameters, encoded bodies (RFC 5322, 2045, 2047, 2231). Pure; nothing fails, what is
// broken is read as far as it goes.

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace docmind {

/// A message or part of one: fields and body. It points into what it was made of.
class MimePart {
  public:
    MimePart() = default;
    explicit MimePart(std::string_view bytes);

    /// The first field of that name (in lower case), unfolded, as it stands; empty where there is none.
    [[nodiscard]] std::string field(std::string_view name) const;
    [[nodiscard]] bool has_fields() const { return !fields_.empty(); }
    /// Still encoded.
    [[nodiscard]] std::string_view body() const { return body_; }

  private:
    std::vector<std::pair<std::string, std::string_view>> fields_;
    std::string_view body_;
};

/// "text/plain; charset=utf-8": the value in lower case, the parameters decoded, their names in lower case.
struct MimeValue {
    std::string value;
    std::map<std::string, std::string> parameters;

    [[nodiscard]] std::string parameter(const std::string& name) const;
};
[[nodiscard]] MimeValue parse_mime_value(std::string_view field);

/// The text of a field, its encoded words decoded, as UTF-8 on one line.
[[nodiscard]] std::string decode_field(std::string_view field);

/// `encoding`: base64 or quoted-printable; with any other the body is what it is.
[[nodiscard]] std::string decode_body(std::string_view body, std::string_view encoding);

/// The parts of a multipart body; empty where the boundary never comes.
[[nodiscard]] std::vector<std::string_view> split_parts(std::string_view body, std::string_view boundary);

}  // namespace docmind
