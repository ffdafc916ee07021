#pragma once
// Members of a request's JSON object, with the error a person can act on when they are not what they should be. Unknown ones are ignored.

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/object.hpp>

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

inline std::string text_member(const boost::json::object& object, std::string_view name, std::string otherwise = "") {
    const boost::json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return otherwise;
    if (!value->is_string()) throw Error(errc::invalid_argument, fmt::format("\"{}\" must be a string.", name));
    return std::string(value->get_string());
}

inline bool flag_member(const boost::json::object& object, std::string_view name, bool otherwise) {
    const boost::json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return otherwise;
    if (!value->is_bool()) throw Error(errc::invalid_argument, fmt::format("\"{}\" must be true or false.", name));
    return value->get_bool();
}

inline std::size_t count_member(const boost::json::object& object, std::string_view name, std::size_t otherwise, std::size_t low,
                                std::size_t high) {
    const boost::json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return otherwise;
    const double number = value->is_number() ? value->to_number<double>() : -1;
    if (number < static_cast<double>(low) || number > static_cast<double>(high) || number != std::floor(number)) {
        throw Error(errc::invalid_argument, fmt::format("\"{}\" must be a whole number from {} to {}.", name, low, high));
    }
    return static_cast<std::size_t>(number);
}

inline std::vector<std::string> texts_member(const boost::json::object& object, std::string_view name) {
    std::vector<std::string> texts;
    const boost::json::value* value = object.if_contains(name);
    if (!value || value->is_null()) return texts;
    if (!value->is_array() || value->get_array().size() > 10'000)
        throw Error(errc::invalid_argument, fmt::format("\"{}\" must be a list of strings.", name));
    for (const boost::json::value& item : value->get_array()) {
        if (!item.is_string()) throw Error(errc::invalid_argument, fmt::format("\"{}\" must be a list of strings.", name));
        texts.emplace_back(item.get_string());
    }
    return texts;
}

}  // namespace docmind
