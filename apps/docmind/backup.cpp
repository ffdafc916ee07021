// The library into one file, or to standard output.

#include <docmind/backup.hpp>
#include <docmind/error.hpp>

#include <fmt/format.h>
#include <unistd.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <optional>
#include <utility>

#include "async/offload.hpp"
#include "backup/manifest.hpp"
#include "backup/save_backup.hpp"
#include "interruption.hpp"
#include "terminal.hpp"
#include "verbs.hpp"
#include "words/disk.hpp"

namespace docmind::cli {
namespace {

/// Until the first bytes come there is no telling how long it takes.
Task<std::unique_ptr<BackupStream>> open_backup(Library* library, ProgressLine* line) {
    line->spin("copying the database");
    return library->aopen_backup();
}

void show(ProgressLine* line, std::uint64_t done, std::uint64_t total) {
    if (total == 0) {
        line->spin(human_bytes(done));
    } else {
        line->show(static_cast<double>(done) / static_cast<double>(total), fmt::format("{} of {}", human_bytes(done), human_bytes(total)));
    }
}

Task<> write_to_stdout(Library* library, Pool* files, ProgressLine* line, std::optional<SavedBackup>* saved) {
    const std::unique_ptr<BackupStream> backup = co_await open_backup(library, line);
    SavedBackup written{.contents = backup->contents()};
    for (;;) {
        std::optional<std::string> piece = co_await backup->next();
        if (!piece) break;
        written.bytes += piece->size();
        auto write = [piece = std::move(*piece)](std::stop_token) { write_to(STDOUT_FILENO, piece, "standard output"); };
        co_await offload(*files, Priority::interactive, std::move(write));
        show(line, written.bytes, backup->archive_bytes().value_or(0));
    }
    *saved = std::move(written);
}

Task<> write_to_file(Library* library, BackupOptions options, Pool* files, ProgressLine* line, std::optional<SavedBackup>* saved) {
    const auto open = [library, line] { return open_backup(library, line); };
    const auto progress = [line](std::uint64_t done, std::uint64_t total) { show(line, done, total); };
    co_await save_backup(open, options.file, options.force, files, progress, saved);
}

void tell(const SavedBackup& saved, const BackupOptions& options, bool to_stdout) {
    const BackupContents& contents = saved.contents;
    if (options.json) {
        boost::json::object object = boost::json::parse(to_line(contents)).as_object();
        object["file"] = options.file;
        object["archive_bytes"] = saved.bytes;
        fmt::print(to_stdout ? stderr : stdout, "{}\n", boost::json::serialize(object));
        return;
    }
    fmt::print(stderr, "{}: {}, {}, {}; as of {}.\n", to_stdout ? "Standard output" : options.file,
               counted(static_cast<int>(contents.documents), "document"), counted(static_cast<int>(contents.sessions), "conversation"),
               human_bytes(saved.bytes), contents.created_at);
    for (const std::string& key : contents.left_out) fmt::print(stderr, "{} is a secret and is not in it.\n", key);
}

}  // namespace

Task<int> backup(Library* library, BackupOptions options) {
    const bool to_stdout = options.file == "-";
    if (to_stdout && ::isatty(STDOUT_FILENO) != 0)
        throw Error(errc::invalid_argument, "A terminal cannot hold a backup: redirect standard output, or name a file.");
    Pool files({.name = "backup_file", .threads = 1});
    ProgressLine line(options.json);
    std::optional<SavedBackup> saved;
    Task<> work = to_stdout ? write_to_stdout(library, &files, &line, &saved) : write_to_file(library, options, &files, &line, &saved);
    const bool done = co_await run_until_signal(std::move(work));
    line.clear();
    if (!done && !saved) {
        fmt::print(stderr, "Stopped; there is no backup.\n");
        co_return interrupted;
    }
    tell(*saved, options, to_stdout);
    co_return 0;
}

}  // namespace docmind::cli
