#include "net/http_message.hpp"

#include <algorithm>
#include <cstdint>

namespace docmind {

namespace {

char lower(char c) noexcept {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

int hex(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// Length of the well-formed UTF-8 sequence at the start of `text` (Unicode 15, table 3-7), 0 if there is none.
std::size_t utf8_length(std::string_view text) noexcept {
    const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
    const auto tail = [&](std::size_t i, std::uint8_t low = 0x80, std::uint8_t high = 0xBF) {
        return i < text.size() && at(i) >= low && at(i) <= high;
    };
    const std::uint8_t lead = at(0);
    if (lead < 0x80) return 1;
    if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
    if (lead >= 0xE0 && lead <= 0xEF) {
        const std::uint8_t low = lead == 0xE0 ? 0xA0 : 0x80;
        const std::uint8_t high = lead == 0xED ? 0x9F : 0xBF;
        return tail(1, low, high) && tail(2) ? 3 : 0;
    }
    if (lead >= 0xF0 && lead <= 0xF4) {
        const std::uint8_t low = lead == 0xF0 ? 0x90 : 0x80;
        const std::uint8_t high = lead == 0xF4 ? 0x8F : 0xBF;
        return tail(1, low, high) && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

bool iequals(std::string_view a, std::string_view b) noexcept {
    return std::ranges::equal(a, b, [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view trim(std::string_view text) noexcept {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            if (text.size() - i < 3) return std::nullopt;
            const int high = hex(text[i + 1]), low = hex(text[i + 2]);
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0') return std::nullopt;
        out += c;
    }
    return out;
}

std::string percent_encode(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const bool plain =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").contains(c);
        if (plain) {
            out += c;
        } else {
            const auto byte = static_cast<std::uint8_t>(c);
            out += {'%', digits[byte >> 4], digits[byte & 15]};
        }
    }
    return out;
}

std::string media_type_of(std::string_view content_type) {
    std::string out(trim(content_type.substr(0, content_type.find(';'))));
    std::ranges::transform(out, out.begin(), lower);
    return out;
}

std::optional<std::string> parameter_of(std::string_view field_value, std::string_view name) {
    std::size_t at = field_value.find(';');
    while (at < field_value.size()) {
        ++at;  // over the semicolon
        const std::size_t equals = field_value.find_first_of("=;", at);
        if (equals == std::string_view::npos) return std::nullopt;
        if (field_value[equals] == ';') {
            at = equals;
            continue;
        }
        const std::string_view key = trim(field_value.substr(at, equals - at));
        at = field_value.find_first_not_of(" \t", equals + 1);
        std::string value;
        if (at != std::string_view::npos && field_value[at] == '"') {
            for (++at; at < field_value.size() && field_value[at] != '"'; ++at) {
                // Browsers send a backslash as it is and a quote as %22; only \" and \\ are escapes here.
                if (field_value[at] == '\\' && at + 1 < field_value.size() && (field_value[at + 1] == '"' || field_value[at + 1] == '\\'))
                    ++at;
                value += field_value[at];
            }
            at = field_value.find(';', at);
        } else {
            const std::size_t end = field_value.find(';', equals);
            value = trim(field_value.substr(equals + 1, end == std::string_view::npos ? end : end - equals - 1));
            at = end;
        }
        if (iequals(key, name)) return value;
    }
    return std::nullopt;
}

bool is_valid_utf8(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t length = utf8_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string to_valid_utf8(std::string text) {
    if (is_valid_utf8(text)) return text;
    std::string out;
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t length = utf8_length(rest);
        out.append(length ? rest.substr(0, length) : std::string_view("\xEF\xBF\xBD"));
        rest.remove_prefix(length ? length : 1);
    }
    return out;
}

void HttpFields::set(std::string_view name, std::string value) {
    std::erase_if(fields_, [&](const auto& field) { return iequals(field.first, name); });
    fields_.emplace_back(std::string(name), std::move(value));
}

const std::string* HttpFields::find(std::string_view name) const noexcept {
    for (const auto& field : fields_) {
        if (iequals(field.first, name)) return &field.second;
    }
    return nullptr;
}

std::string_view HttpFields::value(std::string_view name) const noexcept {
    const std::string* found = find(name);
    return found ? std::string_view(*found) : std::string_view();
}

std::size_t HttpFields::count(std::string_view name) const noexcept {
    return static_cast<std::size_t>(std::ranges::count_if(fields_, [&](const auto& field) { return iequals(field.first, name); }));
}

}  // namespace docmind
