#include "net/sse_parser.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "net/http_message.hpp"

namespace docmind {

std::vector<SseMessage> SseParser::feed(std::string_view bytes) {
    std::vector<SseMessage> out;
    while (!bytes.empty()) {
        if (after_cr_) {
            after_cr_ = false;
            if (bytes.front() == '\n') {
                bytes.remove_prefix(1);
                continue;
            }
        }
        const std::size_t end = bytes.find_first_of("\r\n");
        const std::size_t length = std::min(end, bytes.size());
        if (line_.size() + length > params_.max_line_bytes) {
            throw Error(errc::backend, "The event stream has a line of more than " + std::to_string(params_.max_line_bytes) + " bytes.");
        }
        line_.append(bytes.substr(0, length));
        if (end == std::string_view::npos) break;
        after_cr_ = bytes[end] == '\r';
        bytes.remove_prefix(end + 1);
        end_line(out);
        line_.clear();
    }
    return out;
}

void SseParser::end_line(std::vector<SseMessage>& out) {
    std::string_view line = line_;
    if (std::exchange(first_line_, false) && line.starts_with("\xEF\xBB\xBF")) line.remove_prefix(3);
    if (line.empty()) {
        if (has_data_) out.push_back(SseMessage{event_.empty() ? "message" : event_, to_valid_utf8(std::move(data_)), id_});
        data_.clear();
        event_.clear();
        has_data_ = false;
        return;
    }
    const std::size_t colon = line.find(':');
    if (colon == 0) return;  // a comment
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    field(line.substr(0, colon), value);
}

void SseParser::field(std::string_view name, std::string_view value) {
    if (name == "data") {
        if (data_.size() + value.size() + 1 > params_.max_event_bytes) {
            throw Error(errc::backend, "The event stream has an event of more than " + std::to_string(params_.max_event_bytes) + " bytes.");
        }
        if (has_data_) data_ += '\n';
        data_.append(value);
        has_data_ = true;
    } else if (name == "event") {
        event_ = to_valid_utf8(std::string(value));
    } else if (name == "id") {
        if (!value.contains('\0')) id_ = to_valid_utf8(std::string(value));
    } else if (name == "retry") {
        std::int64_t milliseconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), milliseconds);
        if (error == std::errc() && end == value.data() + value.size() && milliseconds >= 0)
            retry_ = std::chrono::milliseconds(milliseconds);
    }
}

}  // namespace docmind
