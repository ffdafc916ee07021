#include "application/boost_list.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>

#include <charconv>

#include "application/comma_list.hpp"

namespace docmind {

std::vector<BoostComponent::Rule> parse_boosts(const std::string& text) {
    std::vector<BoostComponent::Rule> rules;
    for (const std::string& item : split_list(text)) {
        const std::size_t colon = item.rfind(':');
        double factor = 0;
        if (colon != std::string::npos) {
            const char* const end = item.data() + item.size();
            const auto [stop, failed] = std::from_chars(item.data() + colon + 1, end, factor);
            if (failed != std::errc() || stop != end) factor = 0;
        }
        if (!(factor > 0 && factor <= 1000))
            throw Error(errc::invalid_argument, fmt::format("expected FILTER:FACTOR, as type=pdf:1.2, got \"{}\"", item));
        rules.push_back({parse_filter(item.substr(0, colon)), factor});
    }
    return rules;
}

}  // namespace docmind
