#pragma once
// "Which part of these bytes is whole UTF-8?" Joins characters that a server split over two chunks; what can never become
// valid is replaced by U+FFFD. Knows no JSON and no socket.

#include <string>
#include <string_view>

namespace docmind {

class Utf8Joiner {
  public:
    /// The valid text that is complete after these bytes; at most 3 bytes are held back.
    [[nodiscard]] std::string feed(std::string_view bytes);
    /// What was held back, as U+FFFD; empty where nothing was.
    [[nodiscard]] std::string finish();

  private:
    std::string pending_;
};

}  // namespace docmind
