// Following the library on its way to another embedding model, and what can be done about it.

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <optional>

#include "async/deadline.hpp"
#include "async/loop.hpp"
#include "async/scope.hpp"
#include "server/json.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

using State = Reindexing::State;

constexpr int done = 0, not_done = 3, interrupted = 130;

void print(const std::optional<Reindexing>& status, bool json) {
    if (json) {
        const boost::json::object object = status ? to_json(*status) : boost::json::object{{"state", "none"}};
        fmt::print("{}\n", boost::json::serialize(object));
        std::fflush(stdout);
    } else if (!status) {
        fmt::print("The library is of the embedding model that the configuration names: there is nothing to re-index.\n");
    } else {
        fmt::print("{} of {}.\n{}\n", status->embedded, counted(static_cast<int>(status->passages), "passage"), status->detail);
    }
}

std::string progress_of(const Reindexing& status) {
    std::string words = fmt::format("{} of {}", status.embedded, counted(static_cast<int>(status.passages), "passage"));
    if (status.state == State::waiting) return words + " · waiting for " + status.to;
    if (status.seconds_left) words += fmt::format(" · {:.0f} min left", *status.seconds_left / 60);
    return words;
}

Task<> note_signal(bool* stopped) {
    co_await wait_for_signal({SIGINT, SIGTERM});
    *stopped = true;
}

/// Until the library has followed, somebody else stops it, or a signal comes.
Task<int> follow(Library* library, Reindexing status, bool json) {
    const Executor executor = co_await this_executor();
    bool stopped = false;
    Scope signals(executor);
    signals.spawn(note_signal(&stopped));
    ProgressLine line(json);
    std::optional<Reindexing> now = std::move(status), told;
    while (now && !stopped && (now->state == State::running || now->state == State::waiting)) {
        const bool is_news = !told || told->state != now->state || (json && told->embedded != now->embedded);
        if (is_news) {
            line.clear();
            if (json) {
                print(now, true);
            } else {
                fmt::print(stderr, "{}\n", now->detail);
            }
            told = now;
        }
        const double passages = static_cast<double>(std::max<std::size_t>(now->passages, 1));
        line.show(static_cast<double>(now->embedded) / passages, progress_of(*now));
        co_await sleep_for(std::chrono::milliseconds(200));
        now = co_await library->areindexing();
    }
    co_await signals.close(std::chrono::seconds(0));
    line.clear();
    if (now && stopped) {
        fmt::print(stderr, "{}\n",
                   library->is_served() ? "The server goes on with it: `docmind reindex` follows it again, --pause or --cancel stops it."
                                        : "What is embedded is kept: `docmind reindex` goes on with it, and so does `docmind serve`.");
        co_return interrupted;
    }
    print(now, json);
    co_return now ? not_done : done;
}

}  // namespace

Task<int> reindex(Library* library, ReindexOptions options) {
    std::optional<Reindexing> now = co_await library->areindexing();
    if (now && !options.action.empty() && options.action != "status") {
        co_await library->achange_reindex(options.action);
        now = co_await library->areindexing();
        print(now, options.json);
        co_return done;
    }
    if (!now || options.action == "status") {
        print(now, options.json);
        co_return now ? not_done : done;
    }
    if (now->state == State::paused || now->state == State::cancelled) {
        co_await library->achange_reindex("resume");
        now = co_await library->areindexing();
    }
    if (!now) {
        print(now, options.json);
        co_return done;
    }
    co_return co_await follow(library, std::move(*now), options.json);
}

}  // namespace docmind::cli
