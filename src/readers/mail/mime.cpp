#include "readers/mail/mime.hpp"

#include "readers/sniff.hpp"
#include "readers/text/text_decoder.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace docmind {

namespace {

constexpr std::size_t max_fields = 1000;

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view white = " \t\r\n";
    const auto first = text.find_first_not_of(white);
    return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(white) - first + 1);
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// "%20" or "=20" as the byte; other text as it is.
std::string decode_hex(std::string_view text, char mark, bool underscore_is_space) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const int high = text[i] == mark && i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low >= 0) {
            out.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        } else {
            out.push_back(underscore_is_space && text[i] == '_' ? ' ' : text[i]);
        }
    }
    return out;
}

/// Skips what is not of the alphabet; ends at padding.
std::string decode_base64(std::string_view text) {
    std::string out;
    out.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        int value = -1;
        if (c >= 'A' && c <= 'Z') value = c - 'A';
        if (c >= 'a' && c <= 'z') value = c - 'a' + 26;
        if (c >= '0' && c <= '9') value = c - '0' + 52;
        if (c == '+' || c == '-') value = 62;
        if (c == '/' || c == '_') value = 63;
        if (c == '=') {
            // Some join what was encoded in pieces.
            bits = 0;
            count = 0;
        }
        if (value < 0) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (++count < 2) continue;
        if (count == 2) out.push_back(static_cast<char>(bits >> 4 & 0xFF));
        if (count == 3) out.push_back(static_cast<char>(bits >> 2 & 0xFF));
        if (count == 4) {
            out.push_back(static_cast<char>(bits & 0xFF));
            bits = 0;
            count = 0;
        }
    }
    return out;
}

std::string decode_quoted_printable(std::string_view text) {
    std::string joined;
    joined.reserve(text.size());
    while (!text.empty()) {
        const auto newline = text.find('\n');
        std::string_view line = text.substr(0, newline);
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
        // White space at the end of a line came on the way (RFC 2045, 6.7).
        const auto last = line.find_last_not_of(" \t\r");
        line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
        if (line.ends_with('=')) {
            joined.append(line.substr(0, line.size() - 1));
        } else {
            joined.append(line);
            if (newline != std::string_view::npos) joined.push_back('\n');
        }
    }
    return decode_hex(joined, '=', false);
}

/// One encoded word at the beginning of the text: "=?charset?B?...?=". Returns its length, 0 where there is none.
std::size_t encoded_word(std::string_view text, std::string* charset, std::string* bytes) {
    if (!text.starts_with("=?")) return 0;
    const auto second = text.find('?', 2);
    if (second == std::string_view::npos || second > 60 || second + 2 >= text.size() || text[second + 2] != '?') return 0;
    const auto end = text.find("?=", second + 3);
    if (end == std::string_view::npos) return 0;
    const std::string_view content = text.substr(second + 3, end - second - 3);
    if (content.find_first_of("\r\n?") != std::string_view::npos) return 0;
    const char how = static_cast<char>(text[second + 1] | 0x20);
    if (how != 'b' && how != 'q') return 0;
    const std::string_view name = text.substr(2, second - 2);
    *charset = ascii_lower(name.substr(0, name.find('*')));  // RFC 2231, 5: the language
    *bytes = how == 'b' ? decode_base64(content) : decode_hex(content, '=', true);
    return end + 2;
}

/// The value of a parameter at the beginning of the text, and what is behind it.
std::string take_parameter_value(std::string_view& text) {
    std::string value;
    if (text.starts_with('"')) {
        std::size_t i = 1;
        for (; i < text.size() && text[i] != '"'; ++i) {
            if (text[i] == '\\' && i + 1 < text.size()) ++i;
            value.push_back(text[i]);
        }
        text.remove_prefix(std::min(text.size(), i + 1));
        return value;
    }
    const std::string_view token = text.substr(0, text.find(';'));
    text.remove_prefix(token.size());
    return std::string(trimmed(token));
}

/// Puts the pieces of RFC 2231 together: "name*0*" and so on.
void decode_pieces(const std::map<std::string, std::map<int, std::pair<bool, std::string>>>& pieces, MimeValue& result) {
    for (const auto& [name, numbered] : pieces) {
        std::string bytes, charset;
        for (const auto& [number, piece] : numbered) {
            std::string_view text = piece.second;
            if (piece.first && number == numbered.begin()->first) {
                const auto first = text.find('\'');
                const auto second = first == std::string_view::npos ? first : text.find('\'', first + 1);
                if (second != std::string_view::npos) {
                    charset = text.substr(0, first);
                    text.remove_prefix(second + 1);
                }
            }
            bytes += piece.first ? decode_hex(text, '%', false) : std::string(text);
        }
        result.parameters[name] = decode_text(bytes, charset);
    }
}

}  // namespace

MimePart::MimePart(std::string_view bytes) {
    // An empty line before the fields: there are none.
    while (!bytes.empty() && fields_.size() < max_fields) {
        std::size_t end = bytes.find('\n');
        if (trimmed(bytes.substr(0, end)).empty()) break;
        // A line that begins with white space goes on with the one before.
        while (end != std::string_view::npos && end + 1 < bytes.size() && (bytes[end + 1] == ' ' || bytes[end + 1] == '\t')) {
            const auto next = bytes.find('\n', end + 1);
            if (trimmed(bytes.substr(end + 1, next == std::string_view::npos ? next : next - end - 1)).empty()) break;
            end = next;
        }
        const std::string_view field = bytes.substr(0, end);
        const auto colon = field.find(':');
        if (colon == std::string_view::npos || field.substr(0, colon).find_first_of(" \t\r\n") < trimmed(field.substr(0, colon)).size()) {
            body_ = bytes;  // no header field: the body begins without an empty line
            return;
        }
        fields_.emplace_back(ascii_lower(trimmed(field.substr(0, colon))), field.substr(colon + 1));
        bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    }
    const auto end = bytes.find('\n');
    body_ = end == std::string_view::npos || fields_.size() >= max_fields ? bytes : bytes.substr(end + 1);
}

std::string MimePart::field(std::string_view name) const {
    for (const auto& [known, value] : fields_) {
        if (known != name) continue;
        std::string unfolded;
        for (const char c : trimmed(value)) {
            if (c != '\r' && c != '\n') unfolded.push_back(c == '\t' ? ' ' : c);
        }
        return unfolded;
    }
    return {};
}

std::string MimeValue::parameter(const std::string& name) const {
    const auto found = parameters.find(name);
    return found == parameters.end() ? std::string() : found->second;
}

MimeValue parse_mime_value(std::string_view field) {
    MimeValue result;
    const std::string_view value = field.substr(0, field.find(';'));
    result.value = ascii_lower(trimmed(value));
    field.remove_prefix(value.size());
    std::map<std::string, std::map<int, std::pair<bool, std::string>>> pieces;
    while (!field.empty()) {
        field.remove_prefix(1);  // the semicolon
        const auto equals = field.find_first_of("=;");
        if (equals == std::string_view::npos) break;
        std::string name = ascii_lower(trimmed(field.substr(0, equals)));
        const bool has_value = field[equals] == '=';
        field.remove_prefix(has_value ? equals + 1 : equals);
        if (!has_value) continue;
        field.remove_prefix(std::min(field.size(), field.find_first_not_of(" \t\r\n")));
        std::string text = take_parameter_value(field);
        field.remove_prefix(std::min(field.size(), field.find(';')));
        const auto star = name.find('*');
        if (star == std::string::npos) {
            result.parameters.try_emplace(std::move(name), decode_field(text));
            continue;
        }
        int number = 0;
        for (std::size_t i = star + 1; i < name.size() && name[i] >= '0' && name[i] <= '9' && number < 1000; ++i)
            number = number * 10 + (name[i] - '0');
        pieces[name.substr(0, star)][number] = {name.ends_with('*'), std::move(text)};
    }
    decode_pieces(pieces, result);
    return result;
}

std::string decode_field(std::string_view field) {
    std::string out, pending, pending_charset, plain;
    const auto flush = [&] {
        out += decode_text(plain);
        plain.clear();
        if (!pending.empty()) out += decode_text(pending, pending_charset);
        pending.clear();
    };
    while (!field.empty()) {
        std::string charset, bytes;
        if (const std::size_t length = encoded_word(field, &charset, &bytes); length > 0) {
            // White space between encoded words is none; a character may be in two of them.
            const bool goes_on = !pending.empty() && trimmed(plain).empty();
            if (goes_on && charset == pending_charset) {
                plain.clear();
            } else {
                if (goes_on) plain.clear();
                std::string between = std::exchange(plain, {});
                flush();
                out += decode_text(between);
            }
            pending += bytes;
            pending_charset = charset;
            field.remove_prefix(length);
            continue;
        }
        const auto next = field.find("=?", 1);
        const std::string_view part = field.substr(0, next);
        if (!pending.empty() && !trimmed(part).empty()) {
            std::string held = std::exchange(plain, {});
            flush();
            plain = std::move(held);
        }
        plain.append(part);
        field.remove_prefix(part.size());
    }
    const std::string last = trimmed(plain).empty() ? std::string() : std::exchange(plain, {});
    plain.clear();
    flush();
    out += decode_text(last);
    std::ranges::replace_if(out, [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
    return std::string(trimmed(out));
}

std::string decode_body(std::string_view body, std::string_view encoding) {
    const std::string how = ascii_lower(trimmed(encoding));
    if (how == "base64") return decode_base64(body);
    if (how == "quoted-printable") return decode_quoted_printable(body);
    return std::string(body);
}

std::vector<std::string_view> split_parts(std::string_view body, std::string_view boundary) {
    std::vector<std::string_view> parts;
    if (boundary.empty()) return parts;
    const std::string mark = "--" + std::string(boundary);
    std::size_t begin = std::string_view::npos;
    for (std::size_t at = body.find(mark); at != std::string_view::npos; at = body.find(mark, at + mark.size())) {
        if (at > 0 && body[at - 1] != '\n') continue;
        const std::string_view rest = body.substr(at + mark.size());
        const std::string_view tail = trimmed(rest.substr(0, rest.find('\n')));
        // Another boundary may begin like this one.
        if (!tail.empty() && tail != "--") continue;
        if (begin != std::string_view::npos) {
            // The newline before the boundary is part of it.
            std::size_t end = at > begin ? at - 1 : begin;
            if (end > begin && body[end - 1] == '\r') --end;
            parts.push_back(body.substr(begin, end - begin));
        }
        begin = std::string_view::npos;
        if (tail == "--") break;
        const auto newline = rest.find('\n');
        begin = newline == std::string_view::npos ? body.size() : at + mark.size() + newline + 1;
    }
    if (begin != std::string_view::npos) parts.push_back(body.substr(begin));
    return parts;
}

}  // namespace docmind
