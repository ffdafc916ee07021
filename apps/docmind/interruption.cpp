#include "interruption.hpp"

#include <csignal>
#include <utility>

#include "async/loop.hpp"
#include "async/when_all.hpp"

namespace docmind::cli {
namespace {

/// Ends what waits beside it.
struct Over {};

Task<> end_with(Task<> work) {
    co_await std::move(work);
    throw Over{};
}

Task<> end_at_signal(bool* signalled) {
    co_await wait_for_signal({SIGINT, SIGTERM});
    *signalled = true;
    throw Over{};
}

}  // namespace

Task<bool> run_until_signal(Task<> work) {
    bool signalled = false;
    try {
        co_await when_all(end_with(std::move(work)), end_at_signal(&signalled));
    } catch (const Over&) {
        // One of the two.
    }
    co_return !signalled;
}

}  // namespace docmind::cli
