#pragma once
// "Where are the original bytes?" Files named by the SHA-256 of what they hold; written once, never changed.
//
// Blocking: every function here is called on a pool. A file is complete and on disk (fsync of file and folder) before it has its
// name, so a crash leaves at most a temporary file, which the next start removes.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace docmind {

class BlobStore {
  public:
    /// Creates the folder (0700) and removes what unfinished uploads left. Errors: storage.
    explicit BlobStore(std::filesystem::path folder);

    /// One upload on its way to disk; destroying it unfinished removes it.
    class Writer {
      public:
        Writer(std::filesystem::path folder, std::uint64_t max_bytes);
        /// Of a file that is complete already; see adopt().
        Writer(std::filesystem::path folder, const std::filesystem::path& file, std::uint64_t bytes, std::string sha256);
        ~Writer();
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;

        /// Errors: too_large (more than max_bytes in all), storage, storage_full.
        void write(std::string_view bytes);
        /// Makes the bytes durable under their name and returns the SHA-256 (hex). The writer is finished.
        std::string finish();
        [[nodiscard]] std::uint64_t bytes() const;

      private:
        struct State;
        std::unique_ptr<State> state_;
    };

    [[nodiscard]] std::unique_ptr<Writer> create(std::uint64_t max_bytes) const;
    /// A writer that has all its bytes: those of `file`, which is on the same file system, is flushed, and hashes to `sha256`. They are not
    /// copied (where the file system knows hard links); `file` stays, and must not change any more. Errors: storage, storage_full.
    [[nodiscard]] std::unique_ptr<Writer> adopt(const std::filesystem::path& file, std::uint64_t bytes, std::string sha256) const;
    [[nodiscard]] std::filesystem::path path(const std::string& sha256) const;
    /// The names of all that is there.
    [[nodiscard]] std::vector<std::string> list() const;
    /// Removing what is not there is no error.
    void remove(const std::string& sha256) const;

  private:
    std::filesystem::path folder_;
};

}  // namespace docmind
