#pragma once
// "How far did this upload come, and what did it become?" Uploads in pieces that survive broken connections, kills and restarts.
//
// What get() says arrived is on disk. The last byte makes the upload a document, by the way every upload takes, without copying its bytes;
// which document it became is remembered, so that a client whose last answer was lost can ask. It knows no HTTP. One thread (the I/O
// thread); the files are the `files` pool's.

#include <docmind/error.hpp>
#include <docmind/task.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "async/pool.hpp"
#include "async/scope.hpp"
#include "ingestion/ingestion_service.hpp"
#include "ingestion/upload_files.hpp"

namespace docmind {

struct NewUpload {
    std::uint64_t length = 0;
    std::string name;
    std::string media_type;
    std::string metadata;  ///< kept as it is, for the client; one line
};

/// What is known of an upload at this moment.
struct ResumableUpload {
    UploadState state;
    std::chrono::system_clock::time_point expires;  ///< when it is forgotten unless something comes
    bool writing = false;                           ///< a piece is on its way
    bool finishing = false;                         ///< all is there, and it is becoming a document
    std::optional<Error> error;                     ///< why it has not become one so far

    [[nodiscard]] bool is_complete() const { return state.offset == state.length; }
};

class ResumableUploads {
  public:
    struct Params {
        std::uint64_t max_bytes = std::uint64_t{2} << 30;              ///< one upload
        std::size_t max_unfinished = 256;                              ///< uploads at once
        std::uint64_t max_unfinished_bytes = std::uint64_t{32} << 30;  ///< their announced lengths together
        std::chrono::seconds stale_after = std::chrono::hours(24);     ///< without a new byte an upload is removed
        std::size_t max_finished = 1000;                               ///< finished ones that are remembered, for `stale_after`
        std::uint64_t flush_every = std::uint64_t{16} << 20;           ///< bytes of a long piece between two durable offsets
        std::chrono::milliseconds sweep_interval{60'000};
        std::function<std::chrono::system_clock::time_point()> now = [] { return std::chrono::system_clock::now(); };
    };

    /// Reads what the last process left; blocking. The references outlive it. Errors: storage.
    ResumableUploads(Params params, std::filesystem::path folder, IngestionService& ingestion, Pool& files, Executor executor);

    /// Makes documents of what was complete when the last process ended, and removes stale uploads from now on.
    void start();
    /// Ends what is under way: pieces that were cut off are made durable first.
    Task<> astop();

    /// Durable when it returns. Errors: empty_document (zero bytes), too_large, overloaded (too many unfinished uploads), storage_full,
    /// storage.
    Task<ResumableUpload> acreate(NewUpload upload);
    /// Errors: not_found.
    [[nodiscard]] ResumableUpload get(const std::string& id) const;
    /// Forgets it, and what arrived; a piece that is on its way ends with not_found. A document it became stays. Errors: not_found,
    /// conflict (it is becoming a document right now).
    Task<> aremove(std::string id);
    /// As get(), once the upload is not becoming a document any more.
    Task<ResumableUpload> await_document(std::string id);

    struct Entry;
    /// Bytes for the end of an upload. Destroyed before afinish(), it keeps what came so far; with a checksum, nothing of it.
    class Piece {
      public:
        ~Piece();
        /// Errors: not_found (removed meanwhile), too_large (beyond the upload's length), storage, storage_full.
        Task<> awrite(std::string chunk);
        /// What was written is durable when it returns, and the last piece begins to become a document. False: the bytes are not what the
        /// checksum says, and nothing of the piece is kept. Errors: not_found, storage, storage_full.
        Task<bool> afinish();

      private:
        friend class ResumableUploads;
        struct Slot;
        Piece(ResumableUploads& owner, std::shared_ptr<Entry> entry, std::optional<PieceChecksum> checksum);
        ResumableUploads& owner_;
        std::weak_ptr<const bool> owner_lives_;
        std::shared_ptr<Entry> entry_;
        std::shared_ptr<Slot> slot_;
        bool whole_ = false, ended_ = false;
    };
    /// Errors: not_found, conflict (`offset` is not where the upload ends, or another piece is on its way).
    [[nodiscard]] std::unique_ptr<Piece> begin_piece(const std::string& id, std::uint64_t offset, std::optional<PieceChecksum> checksum);

  private:
    [[nodiscard]] std::shared_ptr<Entry> find(const std::string& id) const;
    [[nodiscard]] ResumableUpload describe(const Entry& entry) const;
    void check_room(std::uint64_t length) const;
    void finish_soon(const std::shared_ptr<Entry>& entry);
    bool spawn(Task<> task);
    Task<bool> settle(std::shared_ptr<Entry> entry, std::shared_ptr<Piece::Slot> slot, bool whole);
    Task<> settle_abandoned(std::shared_ptr<Entry> entry, std::shared_ptr<Piece::Slot> slot, bool whole);
    Task<> finish(std::shared_ptr<Entry> entry);
    Task<SubmittedDocument> submit(std::shared_ptr<Entry> entry);
    Task<> remember(std::shared_ptr<Entry> entry);
    Task<> remove_files(std::string id);
    Task<> sweep_again_and_again();
    Task<> sweep();

    Params params_;
    std::shared_ptr<const UploadFiles> store_;
    IngestionService& ingestion_;
    Pool& files_;
    std::map<std::string, std::shared_ptr<Entry>> entries_;
    std::shared_ptr<const bool> lives_ = std::make_shared<const bool>(true);
    Scope sweeper_;
    Scope scope_;  // the last member: settling and finishing
};

}  // namespace docmind
