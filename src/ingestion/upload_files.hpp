#pragma once
// "What of an upload that came in pieces is on disk?" Per upload two files: `ID.bytes`, what arrived, and `ID.state`, what is known of it.
//
// Blocking: every function here is called on a pool. The state is replaced whole (a new file, flushed, renamed, the folder flushed), and
// only after the bytes it speaks of were flushed: the offset in it is true after a crash and after a power cut. Bytes behind that offset
// are unfinished business: the next piece begins by cutting them off.

#include <boost/hash2/sha1.hpp>
#include <boost/hash2/sha2.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace docmind {

/// Texts are one line each: control characters are taken out when they are written.
struct UploadState {
    std::string id;
    std::uint64_t length = 0;
    std::uint64_t offset = 0;                            ///< bytes that are durable
    std::chrono::system_clock::time_point touched = {};  ///< when it last changed, to the second
    std::string name;                                    ///< of the file, as the client says
    std::string media_type;
    std::string metadata;     ///< as the client wrote it
    std::string document_id;  ///< what it became; empty until then
    bool duplicate = false;   ///< that document was there before
};

class UploadFiles {
  public:
    /// Creates the folder (0700). Errors: storage.
    explicit UploadFiles(std::filesystem::path folder);

    /// What the last process left, oldest first. Removes what belongs to no upload or cannot be read.
    [[nodiscard]] std::vector<UploadState> load() const;
    /// An empty file for the bytes, and the state. Errors: storage, storage_full.
    void create(const UploadState& state) const;
    /// Durable when it returns. Errors: storage, storage_full.
    void save(const UploadState& state) const;
    /// Removing what is not there is no error.
    void remove(const std::string& id) const;
    /// The bytes alone; what is known of the upload stays.
    void remove_bytes(const std::string& id) const;
    [[nodiscard]] std::filesystem::path bytes_path(const std::string& id) const;
    /// What the file system has left for us, in bytes.
    [[nodiscard]] std::uint64_t free_bytes() const;

  private:
    [[nodiscard]] std::filesystem::path state_path(const std::string& id) const;

    std::filesystem::path folder_;
};

/// SHA-256 of the front of an upload; goes on from piece to piece. After a restart it begins anew and catches up.
struct UploadHash {
    boost::hash2::sha2_256 hash;
    std::uint64_t hashed = 0;  ///< bytes that went in

    /// Takes in up to `max_bytes` more of the file, which has `end` bytes. Errors: storage.
    void catch_up(const std::filesystem::path& bytes, std::uint64_t end, std::uint64_t max_bytes);
    /// Hex. The hash is finished.
    [[nodiscard]] std::string finish();
};

/// What the bytes of one piece have to hash to.
struct PieceChecksum {
    enum class Algorithm { sha1, sha256 } algorithm = Algorithm::sha1;
    std::string digest;  ///< raw bytes
};

/// One piece on its way to disk. One per upload at a time.
class PieceWriter {
  public:
    /// Cuts off what lies behind `offset`. Errors: storage.
    PieceWriter(const std::filesystem::path& bytes, std::uint64_t offset, std::uint64_t length, UploadHash hash,
                std::optional<PieceChecksum> checksum);
    ~PieceWriter();
    PieceWriter(const PieceWriter&) = delete;
    PieceWriter& operator=(const PieceWriter&) = delete;

    /// Errors: too_large (beyond the upload's length; nothing of `bytes` is taken), storage, storage_full.
    void write(std::string_view bytes);
    /// Makes durable what was written; the offset it reaches. Errors: storage, storage_full.
    std::uint64_t flush();
    /// The end of the piece: with a checksum, `is_whole` and a match decide whether it is kept. False: nothing of it is.
    /// Calling it again gives the same answer. Errors: storage.
    bool conclude(bool is_whole);

    [[nodiscard]] bool has_checksum() const noexcept { return checksum_.has_value(); }
    [[nodiscard]] std::uint64_t unflushed() const noexcept { return offset_ - flushed_; }
    [[nodiscard]] const UploadHash& hash() const noexcept { return hash_; }

  private:
    std::filesystem::path path_;
    std::uint64_t begin_ = 0, offset_ = 0, flushed_ = 0, length_ = 0;
    int fd_ = -1;
    UploadHash hash_;
    UploadHash hash_at_begin_;
    std::optional<PieceChecksum> checksum_;
    std::variant<boost::hash2::sha1_160, boost::hash2::sha2_256> piece_hash_;
    std::optional<bool> kept_;
    bool lost_ = false;
};

}  // namespace docmind
