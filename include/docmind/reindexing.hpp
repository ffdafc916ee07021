#pragma once
// "The configuration names another embedding model than the library was made with: how far is it, and what works meanwhile?"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace docmind {

struct Reindexing {
    enum class State {
        running,   ///< the passages are embedded anew
        paused,    ///< by a person, until it is resumed
        waiting,   ///< the new model does not answer; it is asked again
        cancelled  ///< by a person: the library stays with the model that it was made with
    };
    State state = State::running;
    std::string from, to;                    ///< models
    std::size_t passages = 0, embedded = 0;  ///< in the library; of these, with a vector of the new model
    std::optional<double> seconds_left;      ///< by the rate measured in this process; only while running
    bool searches_by_meaning = false;        ///< the former model is there: until the new one takes over it embeds the questions
    std::string detail;                      ///< all of it in a few sentences for the user
};

[[nodiscard]] constexpr std::string_view to_string(Reindexing::State state) noexcept {
    switch (state) {
        case Reindexing::State::running: return "running";
        case Reindexing::State::paused: return "paused";
        case Reindexing::State::waiting: return "waiting";
        case Reindexing::State::cancelled: return "cancelled";
    }
    return "running";
}

}  // namespace docmind
