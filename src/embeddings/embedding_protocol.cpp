#include "embeddings/embedding_protocol.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cmath>
#include <optional>

#include "embeddings/base64.hpp"
#include "embeddings/well_formed.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_refusal_bytes = 300;
constexpr std::size_t max_model_name = 200;

std::optional<json::value> parse_object(std::string_view body, json::storage_ptr storage = {}) {
    json::parse_options options;
    options.max_depth = 16;
    options.allow_invalid_utf8 = true;
    options.allow_infinity_and_nan = true;  // as Python writes them: such a vector has an error of its own
    boost::system::error_code failed;
    json::value value = json::parse(body, failed, std::move(storage), options);
    if (failed || !value.is_object()) return std::nullopt;
    return value;
}

std::string_view text_member(const json::object& object, std::string_view key) {
    const json::value* member = object.if_contains(key);
    const json::string* text = member != nullptr ? member->if_string() : nullptr;
    return text != nullptr ? std::string_view(*text) : std::string_view();
}

// One printable line: it is shown to people and written to logs.
std::string one_line(std::string_view text, std::size_t max_bytes) {
    std::string line = well_formed(text.substr(0, max_bytes));
    for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
    }
    return line;
}

/// What the "error" of an answer says; empty where there is none.
std::string error_text(const json::object& root) {
    const json::value* error = root.if_contains("error");
    if (error == nullptr || error->is_null()) return {};
    if (const json::string* text = error->if_string()) return one_line(*text, max_refusal_bytes);
    const json::object* object = error->if_object();
    const std::string_view message = object != nullptr ? text_member(*object, "message") : std::string_view();
    return message.empty() ? "no reason given" : one_line(message, max_refusal_bytes);
}

Error nonsense(const std::string& what) {
    return {errc::backend, "The embedding server's answer is not usable: " + what + "."};
}

/// The members of a vector, in either format; empty where there is none.
std::vector<double> members_of(const json::object& entry) {
    const json::value* member = entry.if_contains("embedding");
    if (member == nullptr) return {};
    if (const json::string* text = member->if_string()) {
        const auto floats = floats_of_base64(*text);
        if (!floats) throw nonsense("a vector is no base64 of floats");
        return {floats->begin(), floats->end()};
    }
    std::vector<double> members;
    const json::array* numbers = member->if_array();
    if (numbers == nullptr) return {};
    members.reserve(numbers->size());
    for (const json::value& number : *numbers) {
        const double* real = number.if_double();
        if (real == nullptr && !number.is_number()) throw nonsense("a vector has members that are no numbers");
        members.push_back(real != nullptr ? *real : number.to_number<double>());
    }
    return members;
}

Vector unit_vector(const std::vector<double>& members) {
    double squares = 0;
    for (const double member : members) squares += member * member;
    if (!std::isfinite(squares)) throw nonsense("a vector has members that are no finite numbers");
    if (squares == 0) throw nonsense("a vector is zero");
    const double scale = 1 / std::sqrt(squares);
    Vector vector(members.size());
    std::ranges::transform(members, vector.begin(), [scale](double member) { return static_cast<float>(member * scale); });
    return vector;
}

std::size_t index_of(const json::object& entry, std::size_t count) {
    const json::value* index = entry.if_contains("index");
    const std::int64_t* number = index != nullptr ? index->if_int64() : nullptr;
    if (number == nullptr) throw nonsense("a vector has no index");
    if (*number < 0 || static_cast<std::uint64_t>(*number) >= count)
        throw nonsense(fmt::format("a vector has the index {} of {} texts", *number, count));
    return static_cast<std::size_t>(*number);
}

}  // namespace

std::string embedding_body(const std::string& model, const std::vector<std::string>& texts, VectorFormat format) {
    std::string body = "{";
    if (!model.empty()) body += "\"model\":" + json::serialize(json::string_view(model)) + ",";
    body += format == VectorFormat::base64 ? R"("encoding_format":"base64","input":[)" : R"("encoding_format":"float","input":[)";
    for (const std::string& text : texts) {
        if (!body.ends_with('[')) body += ',';
        body += json::serialize(json::string_view(text));
    }
    body += "]}";
    return body;
}

std::vector<Vector> parse_embeddings(std::string_view body, std::size_t count, std::size_t dimension) {
    json::monotonic_resource memory;
    const auto value = parse_object(body, &memory);
    if (!value) throw nonsense("it is no JSON object");
    const json::object& root = value->get_object();
    if (const std::string error = error_text(root); !error.empty())
        throw Error(errc::backend, "The embedding server reported an error: " + error);
    const json::value* data = root.if_contains("data");
    const json::array* entries = data != nullptr ? data->if_array() : nullptr;
    if (entries == nullptr) throw nonsense("it has no data");
    if (entries->size() != count) throw nonsense(fmt::format("it has {} vectors for {} texts", entries->size(), count));
    std::vector<Vector> vectors(count);
    for (const json::value& entry : *entries) {
        const json::object* object = entry.if_object();
        const std::vector<double> members = object != nullptr ? members_of(*object) : std::vector<double>();
        if (members.empty()) throw nonsense("it has an entry without a vector");
        if (dimension == 0) dimension = members.size();
        if (members.size() != dimension) {
            throw nonsense(fmt::format("a vector has {} dimensions where {} are expected; another model is behind that address now",
                                       members.size(), dimension));
        }
        Vector& vector = vectors[index_of(*object, count)];
        if (!vector.empty()) throw nonsense("two vectors have the same index");
        vector = unit_vector(members);
    }
    return vectors;
}

std::string parse_model_name(std::string_view body) {
    const auto value = parse_object(body);
    return value ? one_line(text_member(value->get_object(), "model"), max_model_name) : std::string();
}

std::string parse_refusal(std::string_view body) {
    const auto value = parse_object(body);
    if (!value) return {};
    const std::string text = error_text(value->get_object());
    if (!text.empty() && text != "no reason given") return text;
    for (const std::string_view key : {"message", "detail"}) {
        if (const std::string_view said = text_member(value->get_object(), key); !said.empty()) return one_line(said, max_refusal_bytes);
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

Error embedding_refusal(int status, const std::string& root, const std::string& model, const std::string& said) {
    const std::string server = "The embedding server at " + root;
    const std::string words = fmt::format(" (HTTP {}){}{}", status, said.empty() ? "" : ": ", said);
    if (status == 401 || status == 403) return {errc::unavailable, server + " refuses the key" + words + " Set embedding.api_key."};
    if (status == 404) {
        return {errc::backend, server + " does not know the model \"" + model + "\" or gives no embeddings" + words +
                                   " Set embedding.model to one it has."};
    }
    if (status == 429) return {errc::unavailable, server + " has too much to do" + words};
    if (status == 502 || status == 503 || status == 504) return {errc::unavailable, server + " is not ready" + words};
    if (status >= 300 && status < 400)
        return {errc::backend, server + " is somewhere else" + words + " Set embedding.base_url to its new address."};
    if (is_about_size(status, said)) return {errc::backend, server + " cannot take a text of that length" + words};
    if (model.empty() && status < 500)
        return {errc::backend, server + " refuses the request" + words + " It may need to know the model: set embedding.model."};
    if (status < 500) return {errc::backend, server + " refuses the request" + words};
    return {errc::backend, server + " failed" + words};
}

}  // namespace docmind
