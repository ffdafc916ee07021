#include "backup/save_backup.hpp"

#include <string>
#include <utility>

#include "async/offload.hpp"
#include "backup/backup_file.hpp"

namespace docmind {

Task<> save_backup(std::function<Task<std::unique_ptr<BackupStream>>()> open, std::filesystem::path file, bool replace, Pool* files,
                   BackupProgress progress, std::optional<SavedBackup>* saved) {
    auto create = [file = std::move(file), replace](std::stop_token) { return std::make_shared<BackupFile>(file, replace); };
    const std::shared_ptr<BackupFile> target = co_await offload(*files, Priority::interactive, std::move(create));
    const std::unique_ptr<BackupStream> backup = co_await open();
    SavedBackup written{.contents = backup->contents()};
    for (;;) {
        std::optional<std::string> piece = co_await backup->next();
        if (!piece) break;
        written.bytes += piece->size();
        auto write = [target, piece = std::move(*piece)](std::stop_token) { target->write(piece); };
        co_await offload(*files, Priority::interactive, std::move(write));
        if (progress) progress(written.bytes, backup->archive_bytes().value_or(0));
    }
    auto finish = [target, written, saved](std::stop_token) {
        target->finish();
        *saved = written;
    };
    co_await offload(*files, Priority::interactive, std::move(finish));
}

}  // namespace docmind
