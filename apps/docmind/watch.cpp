// Keeping the library in step with folders until somebody says stop.

#include <fmt/format.h>

#include <csignal>
#include <memory>
#include <vector>

#include "async/deadline.hpp"
#include "async/loop.hpp"
#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/watched_folder.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

namespace fs = std::filesystem;

using Folders = std::vector<std::unique_ptr<WatchedFolder>>;

/// A line for every change of the counts, and one for what is wrong with a folder.
Task<> tell(const Folders* folders) {
    std::vector<std::string> told(folders->size());
    for (;;) {
        for (std::size_t i = 0; i < folders->size(); ++i) {
            const WatchedFolder::Status status = (*folders)[i]->status();
            std::string line =
                fmt::format("{}: {} read, {} moved, {} removed", (*folders)[i]->root().string(), status.put, status.moved, status.removed);
            if (status.failed > 0) line += fmt::format(", {} could not be read", status.failed);
            if (status.waiting > 0) line += fmt::format(", {} to do", status.waiting);
            if (line != told[i]) fmt::print(stderr, "{}\n", line);
            told[i] = std::move(line);
        }
        co_await sleep_for(std::chrono::seconds(1));
    }
}

}  // namespace

Task<int> watch(Library* library, std::vector<std::string> paths) {
    const Executor executor = co_await this_executor();
    co_await library->await_embedding();
    Pool files({.name = "watch", .threads = 1});
    Folders folders;
    for (const std::string& path : paths) {
        if (!fs::is_directory(path)) throw Error(errc::invalid_argument, fmt::format("{} is not a folder: --watch follows folders.", path));
        folders.push_back(std::make_unique<WatchedFolder>(WatchedFolder::Params{.files_at_once = 16}, fs::canonical(path),
                                                          library->watch_target(), files, executor));
    }
    fmt::print(stderr, "Following {}; Ctrl-C ends it.\n", counted(folders.size(), "folder"));
    Scope telling(executor);
    for (const auto& folder : folders) folder->start();
    telling.spawn(tell(&folders));
    co_await wait_for_signal({SIGINT, SIGTERM});
    co_await telling.close(std::chrono::seconds(0));
    for (const auto& folder : folders) co_await folder->astop();
    fmt::print(stderr, "Stopped; the documents stay in the library.\n");
    co_return 0;
}

}  // namespace docmind::cli
