#pragma once
// "Who still needs the original bytes of documents that are removed?" A backup that names them. I/O thread only.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace docmind {

class KeptOriginals {
    struct State {
        std::size_t keepers = 0;
        std::vector<std::string> put_off;
        std::function<void(std::vector<std::string>)> remove;
    };

  public:
    /// `remove` hears what was put off, once nobody keeps it any more; not after the destruction of this.
    explicit KeptOriginals(std::function<void(std::vector<std::string>)> remove) : state_(std::make_shared<State>()) {
        state_->remove = std::move(remove);
    }
    ~KeptOriginals() { state_->remove = nullptr; }
    KeptOriginals(const KeptOriginals&) = delete;
    KeptOriginals& operator=(const KeptOriginals&) = delete;

    /// While it lives nothing is removed.
    class Keep {
      public:
        explicit Keep(const KeptOriginals& originals) : state_(originals.state_) { ++state_->keepers; }
        ~Keep() {
            if (!state_ || --state_->keepers > 0 || state_->put_off.empty() || !state_->remove) return;
            state_->remove(std::exchange(state_->put_off, {}));
        }
        Keep(Keep&&) noexcept = default;
        Keep& operator=(Keep&&) = delete;

      private:
        std::shared_ptr<State> state_;
    };

    /// False: to be removed now. True: when it is not kept any more.
    [[nodiscard]] bool put_off(const std::string& sha256) {
        if (state_->keepers == 0) return false;
        state_->put_off.push_back(sha256);
        return true;
    }

  private:
    std::shared_ptr<State> state_;
};

}  // namespace docmind
