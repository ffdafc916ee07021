#pragma once
// File calls that every store of bytes needs, with errors a person can act on. Blocking.

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace docmind {

/// Throws storage_full where there is no space left, storage otherwise. `what`: "store", "flush", ...; `error`: an errno.
[[noreturn]] void fail_on_disk(std::string_view what, const std::filesystem::path& path, int error);
/// All of the bytes at the descriptor's place; `path` is named in errors. Errors: storage, storage_full.
void write_to(int fd, std::string_view bytes, const std::filesystem::path& path);
/// Makes names in the folder durable. Errors: storage, storage_full.
void sync_folder(const std::filesystem::path& folder);
/// Creates it, for its owner only. Errors: storage.
void create_private_folder(const std::filesystem::path& folder);

/// A descriptor that is closed with it; -1 for none.
class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    ~Descriptor();
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    [[nodiscard]] int get() const noexcept { return fd_; }

  private:
    int fd_;
};

/// A regular file, for reading, and its size; a link is not followed. Errors: not_found, storage.
[[nodiscard]] Descriptor open_regular_file(const std::filesystem::path& path, std::uint64_t* bytes);

}  // namespace docmind
