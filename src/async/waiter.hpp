#pragma once
// One suspended coroutine, and who may wake it.
//
// Everything here that waits (Limiter, Channel, Event, TaskGroup, offload) waits through a Waiter. A Waiter lives in the frame of the
// coroutine it suspends. It waits on a timer, not on a stored completion handler, because then the io_context owns the suspended
// coroutine: an io_context that is destroyed destroys the frame, and the frame unlinks its Waiter from the list it stands in.

#include <docmind/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>

namespace docmind {

/// How a wait ended.
enum class Outcome {
    waiting,    ///< it did not end yet
    woken,      ///< wake() was called; it wins over a cancellation that arrives in the same turn
    expired,    ///< the deadline passed
    cancelled,  ///< the waiting coroutine was cancelled
    abandoned,  ///< what it waits for was destroyed
};

/// Answers "is it my turn?". I/O thread only. One coroutine waits on it at a time.
class Waiter : public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
  public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit Waiter(const boost::asio::any_io_executor& executor) : timer_(executor) {}

    /// Ends the wait, or the next one if none is under way. The coroutine resumes in a later turn of the loop.
    void wake(Outcome outcome = Outcome::woken);

    /// Suspends until wake(), the deadline or a cancellation. Never throws where throw_if_cancelled(false) is in force;
    /// elsewhere a coroutine that is cancelled already gets operation_aborted.
    Task<Outcome> wait(TimePoint deadline = TimePoint::max());

  private:
    boost::asio::steady_timer timer_;
    Outcome outcome_ = Outcome::waiting;
};

/// Waiters in the order they came. Destroying the list unlinks them without waking: call wake_all(list, Outcome::abandoned) first.
template <class W>
using WaitList = boost::intrusive::list<
    W, boost::intrusive::base_hook<boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>>,
    boost::intrusive::constant_time_size<false>>;

/// Takes the first waiter off a list that is not empty.
template <class W>
W& pop_front(WaitList<W>& list) {
    W& first = list.front();
    list.pop_front();
    return first;
}

/// Ends every wait of the list with `outcome` and leaves the list empty.
template <class W>
void wake_all(WaitList<W>& list, Outcome outcome) {
    while (!list.empty()) pop_front(list).wake(outcome);
}

/// Throws what a cancelled await throws.
[[noreturn]] void throw_cancelled();

}  // namespace docmind
