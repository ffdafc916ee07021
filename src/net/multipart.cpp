#include "net/multipart.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <utility>

namespace docmind {
namespace {

[[noreturn]] void malformed(const char* what) {
    throw Error(errc::invalid_argument, std::string("The upload is not valid multipart/form-data: ") + what + ".");
}

/// The filename parameter as browsers write it: only \" is an escape (HTML standard, multipart/form-data encoding), so that the
/// backslashes of Windows paths survive; %22, %0D and %0A stand for what they encode.
std::optional<std::string> browser_parameter(std::string_view value, std::string_view name) {
    const std::string wanted = std::string(name) + "=\"";
    for (std::size_t at = value.find(';'); at != std::string_view::npos; at = value.find(';', at + 1)) {
        const std::string_view rest = trim(value.substr(at + 1));
        if (rest.size() < wanted.size() || !iequals(rest.substr(0, wanted.size()), wanted)) continue;
        std::string text;
        for (std::size_t i = wanted.size(); i < rest.size() && rest[i] != '"'; ++i) {
            if (rest[i] == '\\' && i + 1 < rest.size() && rest[i + 1] == '"') ++i;
            text.push_back(rest[i]);
        }
        for (const auto& [escape, plain] : {std::pair("%22", '"'), std::pair("%0D", '\r'), std::pair("%0A", '\n')}) {
            for (std::size_t found = 0; (found = text.find(escape, found)) != std::string::npos; ++found) text.replace(found, 3, 1, plain);
        }
        return to_valid_utf8(std::move(text));
    }
    return parameter_of(value, name);
}

/// charset'language'percent-encoded (RFC 8187, 3.2), where the charset is UTF-8.
std::optional<std::string> extended_value(std::string_view value) {
    const std::size_t charset = value.find('\'');
    const std::size_t language = charset == std::string_view::npos ? charset : value.find('\'', charset + 1);
    if (language == std::string_view::npos || !iequals(value.substr(0, charset), "utf-8")) return std::nullopt;
    std::optional<std::string> decoded = percent_decode(value.substr(language + 1));
    if (!decoded || decoded->empty()) return std::nullopt;
    return to_valid_utf8(std::move(*decoded));
}

MultipartPart parse_part_head(std::string_view head) {
    MultipartPart part;
    bool form_data = false;
    while (!head.empty()) {
        const std::size_t end = head.find("\r\n");
        const std::string_view line = head.substr(0, end);
        head = end == std::string_view::npos ? std::string_view() : head.substr(end + 2);
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) malformed("a part's header line has no colon");
        const std::string_view name = trim(line.substr(0, colon));
        const std::string_view value = trim(line.substr(colon + 1));
        if (iequals(name, "content-disposition")) {
            form_data = iequals(media_type_of(value), "form-data");
            part.name = browser_parameter(value, "name").value_or("");
            part.filename = browser_parameter(value, "filename");
            // As some clients send for names beyond ASCII.
            if (auto extended = extended_value(parameter_of(value, "filename*").value_or(""))) part.filename = std::move(extended);
        } else if (iequals(name, "content-type")) {
            part.content_type = std::string(value);
        }
    }
    if (!form_data) malformed("a part has no Content-Disposition: form-data");
    return part;
}

}  // namespace

MultipartReader::MultipartReader(BodySource* body, const std::string& content_type, Params params) : body_(body), params_(params) {
    const std::optional<std::string> boundary = parameter_of(content_type, "boundary");
    // RFC 2046, 5.1.1: 1 to 70 characters.
    if (!boundary || boundary->empty() || boundary->size() > 70) malformed("its Content-Type has no usable boundary");
    delimiter_ = "\r\n--" + *boundary;
    // The first delimiter may stand at the very beginning, without a line break before it.
    buffer_ = "\r\n";
}

MultipartReader::MultipartReader(BodySource* body, const std::string& content_type) : MultipartReader(body, content_type, Params{}) {}

Task<std::optional<MultipartPart>> MultipartReader::next_part() {
    while (state_ == State::preamble || state_ == State::content) {
        // What lies before the first delimiter, and what nobody took of the part before.
        const std::optional<std::string> skipped = co_await next_chunk();
        if (!skipped) break;
    }
    if (state_ == State::end) co_return std::nullopt;
    // Just after a delimiter: "--" ends it all, a line break begins a head (white space before it is allowed).
    for (;;) {
        if (buffer_.starts_with("--")) {
            state_ = State::end;
            co_return std::nullopt;
        }
        const std::size_t line = buffer_.find("\r\n");
        if (line != std::string::npos) {
            if (!trim(std::string_view(buffer_).substr(0, line)).empty()) malformed("a boundary is followed by text");
            // The head ends at an empty line; it may be empty itself.
            const std::size_t end = buffer_.find("\r\n\r\n", line);
            if (end != std::string::npos && end <= params_.max_head_bytes) {
                if (++parts_ > params_.max_parts) throw Error(errc::too_large, "The upload has too many parts: send fewer files at once.");
                const std::size_t begin = std::min(line + 2, end);
                MultipartPart part = parse_part_head(std::string_view(buffer_).substr(begin, end - begin));
                // The content's first bytes may be a delimiter already, whose line break is the head's last.
                buffer_.erase(0, end + 2);
                state_ = State::content;
                at_content_start_ = true;
                co_return part;
            }
        }
        // Beside the empty line that ends it.
        if (buffer_.size() > params_.max_head_bytes + 4) throw Error(errc::too_large, "The head of a part of the upload is too long.");
        std::optional<std::string> more = co_await body_->next();
        if (!more) malformed("it ends within the head of a part");
        buffer_ += *more;
    }
}

Task<std::optional<std::string>> MultipartReader::next_chunk() {
    if (state_ != State::content && state_ != State::preamble) co_return std::nullopt;
    for (;;) {
        const std::size_t found = buffer_.find(delimiter_);
        if (found != std::string::npos) {
            // At the start of the content the buffer still has the head's last line break.
            const std::size_t begin = at_content_start_ ? std::min<std::size_t>(2, found) : 0;
            std::string chunk = buffer_.substr(begin, found - begin);
            at_content_start_ = false;
            if (!chunk.empty()) {
                buffer_.erase(0, found);
                co_return std::optional(std::move(chunk));
            }
            buffer_.erase(0, found + delimiter_.size());
            state_ = State::part_end;
            co_return std::nullopt;
        }
        // All but what may be the beginning of a delimiter.
        const std::size_t keep = std::min(buffer_.size(), delimiter_.size() - 1);
        if (buffer_.size() - keep > (at_content_start_ ? 2u : 0u)) {
            const std::size_t begin = at_content_start_ ? 2 : 0;
            std::string chunk = buffer_.substr(begin, buffer_.size() - keep - begin);
            buffer_.erase(0, buffer_.size() - keep);
            at_content_start_ = false;
            co_return std::optional(std::move(chunk));
        }
        std::optional<std::string> more = co_await body_->next();
        if (!more) malformed("it ends before its last boundary");
        buffer_ += *more;
    }
}

}  // namespace docmind
