#include "async/inbox.hpp"

#include <boost/asio/execution/context.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>

#include <mutex>
#include <utility>

namespace docmind {

namespace asio = boost::asio;

struct Inbox::State {
    std::mutex mutex;  // held while posting: the io_context waits for it before it takes its queue apart
    Executor executor;
    bool closed = false;
};

/// An io_context shuts its services down in the reverse order of their creation, its own queue, which is the first, last.
class Inbox::Service final : public asio::execution_context::service {
  public:
    using key_type = Service;
    static inline asio::execution_context::id id;

    // What runs timers and sockets is made before this, so that it is taken apart after it: whoever is destroyed then can know why.
    explicit Service(asio::execution_context& context) : service(context) {
        asio::steady_timer timer(static_cast<asio::io_context&>(context));
    }
    std::shared_ptr<State> state = std::make_shared<State>();

  private:
    void shutdown() override {
        const std::lock_guard lock(state->mutex);
        state->closed = true;
    }
};

Inbox::Inbox(const Executor& executor) {
    auto& service = asio::use_service<Service>(asio::query(executor, asio::execution::context));
    state_ = service.state;
    const std::lock_guard lock(state_->mutex);
    if (!state_->executor) state_->executor = executor;
}

void Inbox::post(std::function<void()> fn) const {
    const std::lock_guard lock(state_->mutex);
    if (!state_->closed) asio::post(state_->executor, std::move(fn));
}

bool Inbox::is_closed() const {
    const std::lock_guard lock(state_->mutex);
    return state_->closed;
}

}  // namespace docmind
