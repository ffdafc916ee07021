#pragma once
// "Make an archive of these files, piece by piece." Never more of it than a piece is in memory.
//
// Blocking: called on a pool.

#include "backup/manifest.hpp"
#include "backup/sha256.hpp"
#include "words/disk.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

struct archive;

namespace docmind {

/// One file on its way into the archive.
struct ArchiveMember {
    std::string name;
    std::uint64_t bytes = 0;
    std::string sha256;
    /// Its bytes; or where they are; or a file that is open, and may have no name any more.
    std::variant<std::string, std::filesystem::path, std::shared_ptr<Descriptor>> from;
    std::string title;  ///< what people call it, for errors
};

class ArchiveWriter {
  public:
    struct Params {
        std::size_t piece_bytes = std::size_t{256} << 10;  ///< at least 1
    };

    /// Errors: invalid_argument (piece_bytes 0).
    ArchiveWriter(Params params, std::vector<ArchiveMember> members, std::chrono::system_clock::time_point time);
    ~ArchiveWriter();
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;

    /// The next bytes: a piece and the head of a file at most; empty after the last. Errors: storage (a file is missing, or is not what its
    /// member says: which, and what to do).
    [[nodiscard]] std::string more();

  private:
    struct Source;
    struct Output {
        std::string bytes;
        bool given_up = false;  ///< nothing more is taken
    };
    void begin_member();
    void write_piece();
    void end_member();

    const Params params_;
    std::vector<ArchiveMember> members_;
    std::chrono::system_clock::time_point time_;
    Output made_;
    std::unique_ptr<archive, int (*)(archive*)> archive_;  // writes to made_, also when it is freed
    std::size_t next_ = 0;
    std::unique_ptr<Source> source_;  // the member that is being written
    bool ended_ = false;
};

/// Bytes of an archive of these members; nothing where one is so large that its head is of another kind.
[[nodiscard]] std::optional<std::uint64_t> archive_size(const std::vector<ArchiveMember>& members);

/// The two that come before the others.
[[nodiscard]] std::vector<ArchiveMember> manifest_members(const Manifest& manifest);

}  // namespace docmind
