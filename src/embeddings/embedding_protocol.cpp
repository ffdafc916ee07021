#include "embeddings/embedding_protocol.hpp"

#include <fmt/format.h>
#include <boost/json.hpp>

#include <algorithm>
#include <cmath>

#include "embeddings/base64.hpp"
#include "embeddings/server_answer.hpp"

namespace docmind {

namespace {

namespace json = boost::json;

constexpr std::size_t max_model_name = 200;

const std::string section = "embedding";

Error nonsense(const std::string& what) {
    return unusable(section, what);
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

}  // namespace

std::string embedding_body(const std::string& model, const std::vector<std::string>& texts, VectorFormat format) {
    std::string body = "{";
    if (!model.empty()) body += "\"model\":" + json::serialize(json::string_view(model)) + ",";
    body += format == VectorFormat::base64 ? R"("encoding_format":"base64","input":[)" : R"("encoding_format":"float","input":[)";
    return body + quoted_texts(texts) + "]}";
}

std::vector<Vector> parse_embeddings(std::string_view body, std::size_t count, std::size_t dimension) {
    json::monotonic_resource memory;
    const auto value = parse_answer(body, &memory);
    if (!value || !value->is_object()) throw nonsense("it is no JSON object");
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
        Vector& vector = vectors[index_of(*object, count, section)];
        if (!vector.empty()) throw nonsense("two vectors have the same index");
        vector = unit_vector(members);
    }
    return vectors;
}

std::string parse_model_name(std::string_view body) {
    const auto value = parse_answer(body);
    return value && value->is_object() ? printable_line(text_of(value->get_object(), "model"), max_model_name) : std::string();
}

}  // namespace docmind
