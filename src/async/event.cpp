#include "async/event.hpp"

#include <boost/asio/this_coro.hpp>

namespace docmind {

Event::~Event() {
    wake_all(waiting_, Outcome::abandoned);
}

void Event::set() {
    set_ = true;
    wake_all(waiting_, Outcome::woken);
}

Task<> Event::wait() {
    if (set_) co_return;
    const auto executor = co_await boost::asio::this_coro::executor;
    Waiter waiter(executor);
    waiting_.push_back(waiter);
    const Outcome outcome = co_await waiter.wait();
    // From here on the event may be gone: only the waiter is touched.
    if (outcome != Outcome::woken) throw_cancelled();
}

}  // namespace docmind
