// Reindexing <-> JSON.

#include <docmind/reindexing.hpp>

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

#include "server/json.hpp"

namespace docmind {

namespace json = boost::json;

json::object to_json(const Reindexing& reindexing) {
    return {{"state", to_string(reindexing.state)},
            {"from", reindexing.from},
            {"to", reindexing.to},
            {"passages", reindexing.passages},
            {"embedded", reindexing.embedded},
            {"eta_seconds", reindexing.seconds_left ? json::value(*reindexing.seconds_left) : json::value(nullptr)},
            {"searches_by_meaning", reindexing.searches_by_meaning},
            {"detail", reindexing.detail}};
}

std::optional<Reindexing> reindexing_from_json(const json::value& value) {
    if (value.is_null()) return std::nullopt;
    try {
        const json::object& object = value.as_object();
        Reindexing result{.from = std::string(object.at("from").as_string()),
                          .to = std::string(object.at("to").as_string()),
                          .passages = object.at("passages").to_number<std::size_t>(),
                          .embedded = object.at("embedded").to_number<std::size_t>(),
                          .searches_by_meaning = object.at("searches_by_meaning").as_bool(),
                          .detail = std::string(object.at("detail").as_string())};
        if (const json::value& left = object.at("eta_seconds"); !left.is_null()) result.seconds_left = left.to_number<double>();
        constexpr std::array states{Reindexing::State::running, Reindexing::State::paused, Reindexing::State::waiting,
                                    Reindexing::State::cancelled};
        const std::string_view state = object.at("state").as_string();
        const auto known = std::ranges::find(states, state, [](Reindexing::State s) { return to_string(s); });
        if (known != states.end()) result.state = *known;
        return result;
    } catch (const std::exception&) {
        throw Error(errc::backend, "The server's words about re-indexing are not understood: is it of the same version?");
    }
}

}  // namespace docmind
