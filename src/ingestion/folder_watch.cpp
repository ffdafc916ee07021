#include "ingestion/folder_watch.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "async/readable.hpp"

namespace docmind {
namespace {

// A program that writes makes an event a call: they are taken together.
constexpr std::chrono::milliseconds gather{50};

}  // namespace

FolderWatch::FolderWatch(Params params, std::filesystem::path root, std::vector<KnownFile> known, Pool& files)
    : tree_(std::make_shared<FolderTree>(std::move(params), root.string(), std::move(known))), files_(files) {}

Task<FolderChange> FolderWatch::next() {
    for (;;) {
        if (std::optional<FolderChange> change = tree_->pop()) co_return std::move(*change);
        const auto now = std::chrono::steady_clock::now();
        const auto due = tree_->due();
        if (due > now) {
            const int descriptor = tree_->descriptor();
            if (descriptor < 0) {
                co_await sleep_for(due - now);
            } else {
                const bool told = co_await wait_readable(descriptor, due);
                if (told) co_await sleep_for(gather);
            }
        }
        ++turns_;
        auto look = [tree = tree_](std::stop_token stop) { tree->turn(stop, std::chrono::steady_clock::now()); };
        co_await offload(files_, Priority::background, std::move(look));
        status_ = tree_->status();
    }
}

}  // namespace docmind
