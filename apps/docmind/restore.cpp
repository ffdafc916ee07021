// A library out of one file, or from standard input.

#include <docmind/backup.hpp>
#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <utility>

#include "async/loop.hpp"
#include "async/offload.hpp"
#include "backup/manifest.hpp"
#include "interruption.hpp"
#include "terminal.hpp"
#include "verbs.hpp"

namespace docmind::cli {
namespace {

RestoredLibrary work_on(const std::filesystem::path& data_dir, const RestoreVerbOptions& options, ProgressLine& line,
                        std::stop_token stop) {
    const auto progress = [&line](std::uint64_t done, std::uint64_t total) {
        line.show(total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total),
                  fmt::format("{} of {}", human_bytes(done), human_bytes(total)));
    };
    const std::filesystem::path file = options.file == "-" ? "/dev/stdin" : options.file;
    if (options.check) return {.contents = check_backup(file, progress, std::move(stop)), .former = {}};
    return restore_backup(file, data_dir, {.replace = options.force, .progress = progress}, std::move(stop));
}

Task<> run_there(Pool* pool, const std::filesystem::path* data_dir, const RestoreVerbOptions* options, ProgressLine* line,
                 std::optional<RestoredLibrary>* restored) {
    // Kept there: a signal that comes too late takes the result from who waits, and not what was done.
    const auto work = [=](std::stop_token stop) { *restored = work_on(*data_dir, *options, *line, std::move(stop)); };
    co_await offload(*pool, Priority::interactive, work);
}

Task<> run_or_stop(Task<> work, bool* done) {
    *done = co_await run_until_signal(std::move(work));
}

void tell(const RestoredLibrary& restored, const std::filesystem::path& data_dir, const RestoreVerbOptions& options) {
    const BackupContents& contents = restored.contents;
    if (options.json) {
        boost::json::object object = boost::json::parse(to_line(contents)).as_object();
        object["restored"] = !options.check;
        if (!options.check) object["data_dir"] = data_dir.string();
        if (!restored.former.empty()) object["former"] = restored.former.string();
        fmt::print("{}\n", boost::json::serialize(object));
        return;
    }
    fmt::print(stderr, "{}: {}, {}, {}; as of {}, by DocMind {}.\n",
               options.check ? "The backup is whole" : "Restored to " + data_dir.string(),
               counted(static_cast<int>(contents.documents), "document"), counted(static_cast<int>(contents.sessions), "conversation"),
               human_bytes(contents.bytes), contents.created_at, contents.docmind_version);
    if (!restored.former.empty())
        fmt::print(stderr, "The former library lies in {}: a data directory as it was, to be removed when it is not needed.\n",
                   restored.former.string());
    for (const std::string& key : contents.left_out) fmt::print(stderr, "{} is a secret and is not in the backup: set it again.\n", key);
}

}  // namespace

int restore(const std::filesystem::path& data_dir, RestoreVerbOptions options) {
    ProgressLine line(options.json);
    std::optional<RestoredLibrary> restored;
    bool done = false;
    {
        Loop loop;
        Pool pool({.name = "restore", .threads = 1});
        loop.run(run_or_stop(run_there(&pool, &data_dir, &options, &line, &restored), &done));
    }
    line.clear();
    if (!restored && !done) {
        fmt::print(stderr, "Stopped; nothing has changed.\n");
        return interrupted;
    }
    tell(*restored, data_dir, options);
    return 0;
}

}  // namespace docmind::cli
