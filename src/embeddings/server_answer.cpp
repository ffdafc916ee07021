#include "embeddings/server_answer.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>

#include "embeddings/well_formed.hpp"
#include "net/http_message.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_refusal_bytes = 300;
constexpr std::string_view no_reason = "no reason given";

}  // namespace

std::string server_words(const ServerName& name) {
    return fmt::format("The {} server at {}", name.section, name.root);
}

std::optional<json::value> parse_answer(std::string_view body, json::storage_ptr storage) {
    json::parse_options options;
    options.max_depth = 16;
    options.allow_invalid_utf8 = true;
    options.allow_infinity_and_nan = true;
    boost::system::error_code failed;
    json::value value = json::parse(body, failed, std::move(storage), options);
    if (failed || (!value.is_object() && !value.is_array())) return std::nullopt;
    return value;
}

std::string_view text_of(const json::object& object, std::string_view key) {
    const json::value* member = object.if_contains(key);
    const json::string* text = member != nullptr ? member->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

std::size_t index_of(const json::object& entry, std::size_t count, const std::string& section) {
    const json::value* index = entry.if_contains("index");
    const std::int64_t* number = index != nullptr ? index->if_int64() : nullptr;
    if (number == nullptr) throw unusable(section, "an entry has no index");
    if (*number < 0 || static_cast<std::uint64_t>(*number) >= count)
        throw unusable(section, fmt::format("an entry has the index {} of {} texts", *number, count));
    return static_cast<std::size_t>(*number);
}

std::string printable_line(std::string_view text, std::size_t max_bytes) {
    std::string line = well_formed(text.substr(0, max_bytes));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return line;
}

std::string error_text(const json::object& root) {
    const json::value* error = root.if_contains("error");
    if (error == nullptr || error->is_null()) return {};
    if (const json::string* text = error->if_string()) return printable_line(*text, max_refusal_bytes);
    const json::object* object = error->if_object();
    const std::string_view message = object != nullptr ? text_of(*object, "message") : std::string_view();
    return message.empty() ? std::string(no_reason) : printable_line(message, max_refusal_bytes);
}

Error unusable(const std::string& section, const std::string& what) {
    return {errc::backend, fmt::format("The {} server's answer is not usable: {}.", section, what)};
}

std::string parse_refusal(std::string_view body) {
    const auto value = parse_answer(body);
    if (!value || !value->is_object()) return {};
    const json::object& object = value->get_object();
    const std::string text = error_text(object);
    if (!text.empty() && text != no_reason) return text;
    for (const std::string_view key : {"message", "detail"}) {
        if (const std::string_view said = text_of(object, key); !said.empty()) return printable_line(said, max_refusal_bytes);
    }
    return {};
}

bool is_about_size(int status, std::string_view said) {
    if (status == 413) return true;
    // llama-server says it with 500, the others with 400 or 422.
    if (status != 400 && status != 422 && status != 500) return false;
    std::string lower(said);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    constexpr std::string_view words[] = {"context length", "context size",    "context window", "too long",       "too large",
                                          "batch size",     "maximum context", "max length",     "maximum length", "tokens"};
    return std::ranges::any_of(words, [&](std::string_view word) { return lower.contains(word); });
}

Error refusal(int status, const ServerName& name, const std::string& said) {
    const std::string server = server_words(name);
    const std::string words = fmt::format(" (HTTP {}){}{}", status, said.empty() ? "" : ": ", said);
    if (status == 401 || status == 403)
        return {errc::unavailable, fmt::format("{} refuses the key{} Set {}.api_key.", server, words, name.section)};
    if (status == 404) {
        return {errc::backend, fmt::format("{} does not know the model \"{}\" or gives no {}{} Set {}.model to one it has.", server,
                                           name.model, name.gives, words, name.section)};
    }
    if (status == 429) return {errc::unavailable, server + " has too much to do" + words};
    if (status == 502 || status == 503 || status == 504) return {errc::unavailable, server + " is not ready" + words};
    if (status >= 300 && status < 400)
        return {errc::backend, fmt::format("{} is somewhere else{} Set {}.base_url to its new address.", server, words, name.section)};
    if (is_about_size(status, said)) return {errc::backend, server + " cannot take a text of that length" + words};
    if (name.model.empty() && status < 500) {
        return {errc::backend,
                fmt::format("{} refuses the request{} It may need to know the model: set {}.model.", server, words, name.section)};
    }
    if (status < 500) return {errc::backend, server + " refuses the request" + words};
    return {errc::backend, server + " failed" + words};
}

std::string presentable(const std::string& text) {
    const bool blank = text.find_first_not_of(" \t\r\n\f\v") == std::string::npos;
    return blank ? "." : is_valid_utf8(text) ? text : well_formed(text);
}

void cut_in_half(std::string* text) {
    std::size_t end = text->size() / 2;
    while (end > 0 && (static_cast<unsigned char>((*text)[end]) & 0xC0) == 0x80) --end;
    text->resize(end);
}

std::string quoted_texts(const std::vector<std::string>& texts) {
    std::string quoted;
    for (const std::string& text : texts) {
        if (!quoted.empty()) quoted += ',';
        quoted += json::serialize(json::string_view(text));
    }
    return quoted;
}

}  // namespace docmind
