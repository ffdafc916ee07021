#include "application/library_backup.hpp"

#include <docmind/application.hpp>
#include <docmind/error.hpp>

#include <fmt/format.h>

#include <unistd.h>
#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "application/parts.hpp"
#include "application/settings_file.hpp"
#include "application/settings_keys.hpp"
#include "async/deadline.hpp"
#include "async/offload.hpp"
#include "backup/save_backup.hpp"
#include "backup/sha256.hpp"
#include "storage/engine/timestamp.hpp"

namespace docmind {
namespace {

constexpr std::size_t piece_bytes = std::size_t{1} << 20;

/// Open, and without a name: gone when the backup is.
std::shared_ptr<Descriptor> open_unnamed(const std::filesystem::path& file, std::uint64_t* bytes) {
    std::shared_ptr<Descriptor> opened(new Descriptor(open_regular_file(file, bytes)));
    remove_copy(file);
    return opened;
}

std::string sha256_of_file(const Descriptor& file, std::uint64_t bytes, const std::stop_token& stop) {
    Sha256 hash;
    std::string piece(piece_bytes, '\0');
    for (std::uint64_t at = 0; at < bytes;) {
        const ssize_t got = ::pread(file.get(), piece.data(), piece.size(), static_cast<off_t>(at));
        if (got <= 0 || stop.stop_requested()) throw Error(errc::storage, "The copy of the database cannot be read.");
        hash.update(std::string_view(piece).substr(0, static_cast<std::size_t>(got)));
        at += static_cast<std::uint64_t>(got);
    }
    return hash.finish();
}

/// settings.toml without its secrets, which are named.
std::string kept_settings(const std::filesystem::path& file, std::vector<std::string>& left_out) {
    SettingChanges changes = read_changes(file);
    for (const SettingKey& key : setting_keys()) {
        if (key.secret && changes.erase(key.name) > 0) left_out.push_back(key.name);
    }
    return changes.empty() ? std::string() : text_of_changes(changes);
}

void check_original(const std::filesystem::path& path, const OriginalFile& original) {
    std::error_code error;
    const bool there = std::filesystem::is_regular_file(path, error) && std::filesystem::file_size(path, error) == original.bytes;
    if (there && !error) return;
    throw Error(errc::storage,
                fmt::format("The original file of {} (document {}) is missing or damaged on this disk. Remove the document, or "
                            "ingest its file again, and make the backup anew.",
                            original.document_name, original.document_id));
}

}  // namespace

PreparedBackup prepare_backup(Storage& storage, const std::filesystem::path& data_dir, std::stop_token stop) {
    const auto now = std::chrono::system_clock::now();
    Manifest manifest;
    BackupContents& contents = manifest.contents;
    contents.docmind_version = DOCMIND_VERSION;
    contents.created_at = to_rfc3339(now);
    const LibraryContents library = storage.copy_database(stop);
    contents.schema_version = library.schema_version;
    contents.documents = library.documents;
    contents.sessions = library.sessions;

    std::vector<ArchiveMember> members;
    std::uint64_t bytes = 0;
    const std::shared_ptr<Descriptor> database = open_unnamed(storage.database_copy(), &bytes);
    const std::string title = "the database";
    members.push_back({.name = std::string(database_name),
                       .bytes = bytes,
                       .sha256 = sha256_of_file(*database, bytes, stop),
                       .from = database,
                       .title = title});
    if (std::string text = kept_settings(data_dir / settings_name, contents.left_out); !text.empty()) {
        const std::string name(settings_name);
        members.push_back({.name = name, .bytes = text.size(), .sha256 = sha256_of(text), .from = std::move(text), .title = name});
    }
    for (const OriginalFile& original : library.originals) {
        const std::filesystem::path path = data_dir / originals_folder / original.sha256;
        check_original(path, original);
        members.push_back({.name = std::string(originals_folder) + original.sha256,
                           .bytes = original.bytes,
                           .sha256 = original.sha256,
                           .from = path,
                           .title = original.document_name});
    }
    for (const ArchiveMember& member : members) {
        contents.bytes += member.bytes;
        manifest.members.push_back({.name = member.name, .bytes = member.bytes, .sha256 = member.sha256});
    }
    contents.files = members.size();
    std::vector<ArchiveMember> all = manifest_members(manifest);
    all.insert(all.end(), std::make_move_iterator(members.begin()), std::make_move_iterator(members.end()));
    const std::optional<std::uint64_t> archive_bytes = archive_size(all);
    return {.contents = contents,
            .archive_bytes = archive_bytes,
            .writer = std::make_shared<ArchiveWriter>(ArchiveWriter::Params{}, std::move(all), now)};
}

LibraryBackup::LibraryBackup(PreparedBackup prepared, KeptOriginals::Keep originals, Permit turn, Pool& pool, Scope& left_over)
    : prepared_(std::move(prepared)), originals_(std::move(originals)), turn_(std::move(turn)), pool_(pool), left_over_(left_over) {}

namespace {

Task<> free_there(Pool* pool, std::shared_ptr<ArchiveWriter> writer) {
    auto work = [writer = std::move(writer)](std::stop_token) mutable { writer.reset(); };
    co_await offload(*pool, Priority::background, std::move(work));
}

}  // namespace

LibraryBackup::~LibraryBackup() {
    try {
        left_over_.spawn(free_there(&pool_, std::move(prepared_.writer)));
    } catch (const Error&) {
        // DocMind is ending: then it may take its time here.
    }
}

Task<std::optional<std::string>> LibraryBackup::next() {
    // Owned by the work: who drops this does not wait for it.
    auto work = [writer = prepared_.writer](std::stop_token) { return writer->more(); };
    std::string bytes = co_await offload(pool_, Priority::background, std::move(work));
    if (bytes.empty()) co_return std::nullopt;
    co_return std::optional(std::move(bytes));
}

namespace {

/// One whose reader has gone a moment ago is still being ended.
constexpr std::chrono::seconds longest_wait_for_turn{5};

Task<Permit> take_turn(Limiter* backups) {
    try {
        co_return co_await with_deadline(backups->acquire(), longest_wait_for_turn);
    } catch (const Error&) {
        throw Error(errc::overloaded, "A backup is being made already. Try again when it has ended.");
    }
}

}  // namespace

Task<std::unique_ptr<BackupStream>> Application::Parts::open_backup() {
    Permit turn = co_await take_turn(&backups);
    KeptOriginals::Keep originals = co_await ingestion.akeep_originals();
    auto work = [this](std::stop_token stop) { return prepare_backup(storage, settings.storage.data_dir, std::move(stop)); };
    PreparedBackup prepared = co_await offload(backup_pool, Priority::background, std::move(work));
    co_return std::make_unique<LibraryBackup>(std::move(prepared), std::move(originals), std::move(turn), backup_pool, answers);
}

Task<std::unique_ptr<BackupStream>> Application::aopen_backup() {
    return parts_->open_backup();
}

Task<BackupContents> Application::abackup(std::filesystem::path file, bool replace, BackupProgress progress) {
    const auto open = [this] { return parts_->open_backup(); };
    std::optional<SavedBackup> saved;
    co_await save_backup(open, std::move(file), replace, &parts_->files_pool, std::move(progress), &saved);
    co_return saved->contents;
}

}  // namespace docmind
