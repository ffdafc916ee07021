#pragma once
// Values from one coroutine to another, with a bound on how many and how much may lie between them.

#include "async/waiter.hpp"

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <boost/asio/this_coro.hpp>

#include <cstddef>
#include <deque>
#include <limits>
#include <optional>
#include <utility>

namespace docmind {

/// Answers "may the producer go on?". Any number of senders and receivers, each served in order. I/O thread only, not thread-safe.
/// A value passed to a receiver that is cancelled in the same turn is delivered to it: receive() returns it and the next await throws.
template <class T>
class Channel {
  public:
    struct Params {
        std::size_t max_items = 16;                                       ///< at least 1
        std::size_t max_bytes = std::numeric_limits<std::size_t>::max();  ///< a single larger item passes when the channel is empty
    };

    /// Throws Error{invalid_argument} for zero items.
    explicit Channel(Params params) : params_(params) {
        if (params.max_items == 0) throw Error(errc::invalid_argument, "a channel needs room for at least one item");
    }
    /// Those who wait get operation_aborted.
    ~Channel() {
        wake_all(senders_, Outcome::abandoned);
        wake_all(receivers_, Outcome::abandoned);
    }
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Waits for room, then passes the value on. False when the channel is or becomes closed: the value is dropped.
    Task<bool> send(T value, std::size_t bytes = 0) {
        if (closed_) co_return false;
        if (senders_.empty() && fits(bytes)) {
            push(std::move(value), bytes);
            co_return true;
        }
        const auto executor = co_await boost::asio::this_coro::executor;
        Sender sender(executor, value, bytes);
        senders_.push_back(sender);
        const Outcome outcome = co_await sender.wait();
        // From here on the channel may be gone: only the sender is touched.
        if (outcome != Outcome::woken) throw_cancelled();
        co_return sender.sent;
    }

    /// Passes the value on if there is room now. False, and the value untouched, when there is none or the channel is closed.
    bool try_send(T&& value, std::size_t bytes = 0) {
        if (closed_ || !senders_.empty() || !fits(bytes)) return false;
        push(std::move(value), bytes);
        return true;
    }
    bool try_send(const T& value, std::size_t bytes = 0) {
        T copy(value);
        return try_send(std::move(copy), bytes);
    }

    /// Waits for the next value. Empty when the channel is closed and drained.
    Task<std::optional<T>> receive() {
        if (!items_.empty()) {
            std::optional<T> value(std::move(items_.front().value));
            bytes_ -= items_.front().bytes;
            items_.pop_front();
            admit();
            co_return value;
        }
        if (closed_) co_return std::nullopt;
        const auto executor = co_await boost::asio::this_coro::executor;
        Receiver receiver(executor);
        receivers_.push_back(receiver);
        const Outcome outcome = co_await receiver.wait();
        // From here on the channel may be gone: only the receiver is touched.
        if (outcome != Outcome::woken) throw_cancelled();
        co_return std::move(receiver.value);
    }

    /// No more values: senders that wait get false, receivers drain what is there and then get nothing.
    void close() {
        closed_ = true;
        wake_all(senders_, Outcome::woken);
        wake_all(receivers_, Outcome::woken);
    }

    [[nodiscard]] bool is_closed() const noexcept { return closed_; }
    [[nodiscard]] std::size_t size() const noexcept { return items_.size(); }
    [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  private:
    struct Item {
        T value;
        std::size_t bytes;
    };
    struct Sender : Waiter {
        Sender(const boost::asio::any_io_executor& executor, T& v, std::size_t b) : Waiter(executor), value(v), bytes(b) {}
        T& value;
        std::size_t bytes;
        bool sent = false;
    };
    struct Receiver : Waiter {
        using Waiter::Waiter;
        std::optional<T> value;
    };

    [[nodiscard]] bool fits(std::size_t bytes) const noexcept {
        if (items_.empty()) return true;
        return items_.size() < params_.max_items && bytes_ <= params_.max_bytes && bytes <= params_.max_bytes - bytes_;
    }

    void push(T value, std::size_t bytes) {
        if (!receivers_.empty()) {
            Receiver& receiver = pop_front(receivers_);
            receiver.value.emplace(std::move(value));
            receiver.wake();
            return;
        }
        items_.push_back(Item{std::move(value), bytes});
        bytes_ += bytes;
    }

    // Moves values of waiting senders in, in their order, as long as they fit.
    void admit() {
        while (!senders_.empty() && fits(senders_.front().bytes)) {
            Sender& sender = pop_front(senders_);
            push(std::move(sender.value), sender.bytes);
            sender.sent = true;
            sender.wake();
        }
    }

    const Params params_;
    std::deque<Item> items_;
    std::size_t bytes_ = 0;
    bool closed_ = false;
    WaitList<Sender> senders_;
    WaitList<Receiver> receivers_;
};

}  // namespace docmind
