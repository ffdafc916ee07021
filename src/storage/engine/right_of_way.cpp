#include "storage/engine/right_of_way.hpp"

#include <docmind/error.hpp>

#include <thread>
#include <utility>

namespace docmind {

RightOfWay::Search::Search(RightOfWay& owner) noexcept : owner_(owner) {
    ++owner_.searches_;
}

RightOfWay::Search::~Search() {
    if (--owner_.searches_ > 0 || owner_.waiting_ == 0) return;
    const std::lock_guard lock(owner_.mutex_);
    owner_.ended_.notify_all();
}

RightOfWay::Work::Work(RightOfWay& searches, Params params) : searches_(searches), params_(std::move(params)) {
    if (params_.slice.count() <= 0) throw Error(errc::invalid_argument, "slice must be more than 0.");
}

void RightOfWay::Work::give_way() {
    if (std::chrono::steady_clock::now() - worked_since_ < params_.slice) return;
    // The thread that would begin a search may wait for this processor.
    if (searches_.searches_ == 0) std::this_thread::yield();
    if (searches_.searches_ == 0) {
        worked_since_ = std::chrono::steady_clock::now();
        return;
    }
    if (!params_.is_urgent || !params_.is_urgent()) {
        ++times_given_;
        std::unique_lock lock(searches_.mutex_);
        ++searches_.waiting_;
        searches_.ended_.wait_for(lock, params_.longest_wait, [this] { return searches_.searches_ == 0; });
        --searches_.waiting_;
    }
    worked_since_ = std::chrono::steady_clock::now();
}

}  // namespace docmind
