#include "storage/engine/restored_library.hpp"

#include "storage/engine/crash_point.hpp"
#include "storage/engine/library_copy.hpp"
#include "words/disk.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

namespace docmind {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view unfinished = "restore.unfinished";
constexpr std::string_view ready = "restore.ready";        // committed: the former library moves away
constexpr std::string_view entering = "restore.entering";  // it has: the restored one moves in
constexpr std::string_view unwanted = "restore.unwanted";  // a former library that nobody asked to keep
constexpr std::string_view note = "former";                // in the folder: where the former library goes

/// What a library is made of in its data directory. (The ingestion cache is none of it: it is asked by content, whichever library it was
/// filled for.)
constexpr auto library_files =
    std::to_array<std::string_view>({"docmind.sqlite3", "docmind.sqlite3-wal", "docmind.sqlite3-shm", "docmind.sqlite3-journal", "blobs",
                                     "uploads", "settings.toml", "settings.toml.new", "search.index", "search.index.new"});

bool is_there(const fs::path& path) {
    std::error_code ignored;
    return fs::symlink_status(path, ignored).type() != fs::file_type::not_found;
}

void move(const fs::path& from, const fs::path& to) {
    crash_point("storage.restore.before_move");
    if (::rename(from.c_str(), to.c_str()) != 0) fail_on_disk("move", from, errno);
}

std::string read_note(const fs::path& folder) {
    std::ifstream in(folder / note);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_note(const fs::path& folder, const std::string& text) {
    const fs::path file = folder / note;
    const Descriptor out(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (out.get() < 0) fail_on_disk("create", file, errno);
    write_to(out.get(), text, file);
    if (::fsync(out.get()) != 0) fail_on_disk("flush", file, errno);
    sync_folder(folder);
}

void remove_tree(const fs::path& path) {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) fail_on_disk("remove", path, error.value());
}

/// The former library's files move away, in any number of tries.
void leave(const fs::path& data_dir) {
    const std::string name = read_note(data_dir / ready);
    const fs::path former = data_dir / (name.empty() ? std::string(unwanted) : name);
    create_private_folder(former);
    for (const std::string_view file : library_files) {
        if (is_there(data_dir / file)) move(data_dir / file, former / file);
    }
    sync_folder(former);
    sync_folder(data_dir);
    move(data_dir / ready, data_dir / entering);
    sync_folder(data_dir);
}

void enter(const fs::path& data_dir) {
    for (const fs::directory_entry& entry : fs::directory_iterator(data_dir / entering)) {
        if (entry.path().filename() != note) move(entry.path(), data_dir / entry.path().filename());
    }
    sync_folder(data_dir);
    remove_tree(data_dir / entering);
}

}  // namespace

fs::path unfinished_restore(const fs::path& data_dir) {
    return data_dir / unfinished;
}

bool is_restore_committed(const fs::path& data_dir) noexcept {
    return is_there(data_dir / ready) || is_there(data_dir / entering);
}

void commit_restore(const fs::path& data_dir, const std::string& former) {
    write_note(data_dir / unfinished, former);
    move(data_dir / unfinished, data_dir / ready);
    sync_folder(data_dir);
    crash_point("storage.restore.after_commit");
    finish_restore(data_dir);
}

void finish_restore(const fs::path& data_dir) {
    if (is_there(data_dir / ready)) leave(data_dir);
    if (is_there(data_dir / entering)) enter(data_dir);
    for (const std::string_view left : {unfinished, unwanted}) {
        if (is_there(data_dir / left)) remove_tree(data_dir / left);
    }
}

bool has_library(const fs::path& data_dir) {
    const auto holds_something = [&](const char* folder) {
        std::error_code error;
        return !fs::is_empty(data_dir / folder, error) && !error;
    };
    const fs::path database = data_dir / "docmind.sqlite3";
    return is_there(data_dir / "settings.toml") || holds_something("blobs") || holds_something("uploads") ||
           (is_there(database) && !is_empty_library(database));
}

}  // namespace docmind
