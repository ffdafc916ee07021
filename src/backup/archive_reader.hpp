#pragma once
// "What is in this archive?" The regular files of a tar archive, one after another, from a file or a pipe.
//
// Blocking: called on a pool or by a program without a loop.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

struct archive;

namespace docmind {

class ArchiveReader {
  public:
    /// Opens a file, or what can be read like one. Errors: not_found, storage.
    ArchiveReader(const std::filesystem::path& file, std::stop_token stop);
    ~ArchiveReader();
    ArchiveReader(const ArchiveReader&) = delete;
    ArchiveReader& operator=(const ArchiveReader&) = delete;

    struct Member {
        std::string name;
        std::uint64_t bytes = 0;
    };
    /// The next file; nothing at the end. What was not read of the one before is passed over. Errors: corrupt (damaged, cut off, no tar
    /// archive; a link, a folder, a device), timeout (stop was requested), storage.
    [[nodiscard]] std::optional<Member> next();
    /// The next bytes of that file; empty at its end. Errors: corrupt, timeout, storage.
    [[nodiscard]] std::string read();

  private:
    struct Input;
    [[noreturn]] void fail();

    std::unique_ptr<Input> input_;
    std::unique_ptr<archive, int (*)(archive*)> archive_;
};

}  // namespace docmind
