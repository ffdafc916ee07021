#pragma once
// "What events are in these bytes?" The event-stream format of the WHATWG HTML standard, section 9.2, fed with bytes as they come.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

struct SseMessage {
    std::string event = "message";
    std::string data;  ///< valid UTF-8, lines joined by \n
    std::string id;    ///< the last id the stream has set
};

class SseParser {
  public:
    struct Params {
        std::size_t max_line_bytes = 1024 * 1024;
        std::size_t max_event_bytes = 4 * 1024 * 1024;  ///< all data lines of one event
    };
    SseParser() = default;
    explicit SseParser(Params params) : params_(params) {}

    /// The events these bytes complete. An event that the stream's end cuts off is never returned, as the standard says.
    /// Errors: backend (a line or event over its limit).
    [[nodiscard]] std::vector<SseMessage> feed(std::string_view bytes);
    /// What `retry:` asked for, if it did.
    [[nodiscard]] std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

  private:
    void end_line(std::vector<SseMessage>& out);
    void field(std::string_view name, std::string_view value);

    Params params_;
    std::string line_, data_, event_, id_;
    bool has_data_ = false;
    bool after_cr_ = false;
    bool first_line_ = true;
    std::optional<std::chrono::milliseconds> retry_;
};

}  // namespace docmind
