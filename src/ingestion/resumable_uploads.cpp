#include "ingestion/resumable_uploads.hpp"

#include <docmind/node.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "async/deadline.hpp"
#include "async/event.hpp"
#include "async/offload.hpp"

namespace docmind {
namespace {

constexpr std::uint64_t hash_slice_bytes = 16 * 1024 * 1024;

void log_failure(const std::exception_ptr& error) {
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& e) {
        spdlog::error("work on an upload ended: {}", e.what());
    }
}

}  // namespace

struct ResumableUploads::Entry {
    UploadState state;
    UploadHash hash;
    bool writing = false, finishing = false, removed = false;
    std::optional<Error> error;
    Event finished;  // finishing has ended
};

/// The writer of a piece: made and used on the pool, one job after another.
struct ResumableUploads::Piece::Slot {
    std::unique_ptr<PieceWriter> writer;
    std::optional<PieceChecksum> checksum;

    PieceWriter& open(const UploadFiles& store, const UploadState& state, const UploadHash& hash) {
        if (!writer) writer = std::make_unique<PieceWriter>(store.bytes_path(state.id), state.offset, state.length, hash, checksum);
        return *writer;
    }
};

ResumableUploads::ResumableUploads(Params params, std::filesystem::path folder, IngestionService& ingestion, Pool& files, Executor executor)
    : params_(std::move(params)),
      store_(std::make_shared<const UploadFiles>(std::move(folder))),
      ingestion_(ingestion),
      files_(files),
      sweeper_(executor, log_failure),
      scope_(std::move(executor), log_failure) {
    for (UploadState& state : store_->load()) {
        const std::string id = state.id;
        auto entry = std::make_shared<Entry>();
        entry->state = std::move(state);
        entries_.emplace(id, std::move(entry));
    }
}

void ResumableUploads::start() {
    sweeper_.spawn(sweep_again_and_again());
}

Task<> ResumableUploads::astop() {
    co_await sweeper_.close(std::chrono::seconds(0));
    co_await scope_.close(std::chrono::seconds(5));
}

std::shared_ptr<ResumableUploads::Entry> ResumableUploads::find(const std::string& id) const {
    const auto found = entries_.find(id);
    if (found == entries_.end()) throw Error(errc::not_found, "There is no such upload (any more): begin anew.");
    return found->second;
}

ResumableUpload ResumableUploads::describe(const Entry& entry) const {
    return {.state = entry.state,
            .expires = entry.state.touched + params_.stale_after,
            .writing = entry.writing,
            .finishing = entry.finishing,
            .error = entry.error};
}

ResumableUpload ResumableUploads::get(const std::string& id) const {
    return describe(*find(id));
}

void ResumableUploads::check_room(std::uint64_t length) const {
    if (length == 0) throw Error(errc::empty_document, "The file is empty: there is nothing to read in it.");
    if (length > params_.max_bytes)
        throw Error(errc::too_large, fmt::format("A file may have {} bytes at most (server.max_upload_bytes).", params_.max_bytes));
    std::size_t unfinished = 0;
    std::uint64_t bytes = 0;
    for (const auto& [id, entry] : entries_) {
        if (!entry->state.document_id.empty()) continue;
        ++unfinished;
        bytes += entry->state.length;
    }
    if (unfinished >= params_.max_unfinished) {
        throw Error(errc::overloaded,
                    fmt::format("There are {} unfinished uploads already (server.max_unfinished_uploads): finish or remove "
                                "some first.",
                                unfinished));
    }
    if (bytes + length > params_.max_unfinished_bytes) {
        throw Error(errc::overloaded, fmt::format("Unfinished uploads may have {} bytes together (server.max_unfinished_upload_bytes): "
                                                  "finish or remove some first.",
                                                  params_.max_unfinished_bytes));
    }
}

Task<ResumableUpload> ResumableUploads::acreate(NewUpload upload) {
    check_room(upload.length);
    const auto entry = std::make_shared<Entry>();
    entry->state = {.id = make_id(),
                    .length = upload.length,
                    .touched = params_.now(),
                    .name = std::move(upload.name),
                    .media_type = std::move(upload.media_type),
                    .metadata = std::move(upload.metadata)};
    // It has its place from now on: others that are created meanwhile are counted with it.
    entries_.emplace(entry->state.id, entry);
    struct GiveUp {
        ResumableUploads* owner;
        std::weak_ptr<const bool> owner_lives;
        std::string id;
        ~GiveUp() {
            if (!owner || owner_lives.expired()) return;
            owner->entries_.erase(id);
            owner->spawn(owner->remove_files(id));
        }
    } give_up{this, lives_, entry->state.id};
    auto create = [store = store_, state = entry->state](std::stop_token) {
        if (store->free_bytes() < state.length) {
            throw Error(errc::storage_full,
                        fmt::format("There is no space left for a file of {} bytes. Free some space and try again.", state.length));
        }
        store->create(state);
    };
    co_await offload(files_, Priority::interactive, std::move(create));
    give_up.owner = nullptr;
    co_return describe(*entry);
}

/// False while stopping: the next start goes on from what is on disk.
bool ResumableUploads::spawn(Task<> task) {
    try {
        scope_.spawn(std::move(task));
        return true;
    } catch (const Error&) {
        return false;
    }
}

Task<> ResumableUploads::remove_files(std::string id) {
    co_await offload(files_, Priority::interactive, [store = store_, id](std::stop_token) { store->remove(id); });
}

Task<> ResumableUploads::aremove(std::string id) {
    const std::shared_ptr<Entry> entry = find(id);
    if (entry->finishing) throw Error(errc::conflict, "This upload is becoming a document right now: remove the document instead.");
    entry->removed = true;
    entries_.erase(id);
    // While a piece is on its way the files are its: it removes them at its end.
    if (!entry->writing) co_await remove_files(id);
}

Task<ResumableUpload> ResumableUploads::await_document(std::string id) {
    const std::shared_ptr<Entry> entry = find(id);
    if (entry->finishing) co_await entry->finished.wait();
    co_return describe(*entry);
}

std::unique_ptr<ResumableUploads::Piece> ResumableUploads::begin_piece(const std::string& id, std::uint64_t offset,
                                                                       std::optional<PieceChecksum> checksum) {
    const std::shared_ptr<Entry> entry = find(id);
    if (entry->writing || entry->finishing) throw Error(errc::conflict, "Another piece of this upload is on its way.");
    if (offset != entry->state.offset) {
        throw Error(errc::conflict, fmt::format("This upload goes on at byte {}, not at {}.", entry->state.offset, offset));
    }
    return std::unique_ptr<Piece>(new Piece(*this, entry, std::move(checksum)));
}

ResumableUploads::Piece::Piece(ResumableUploads& owner, std::shared_ptr<Entry> entry, std::optional<PieceChecksum> checksum)
    : owner_(owner), owner_lives_(owner.lives_), entry_(std::move(entry)), slot_(std::make_shared<Slot>()) {
    slot_->checksum = std::move(checksum);
    entry_->writing = true;
}

ResumableUploads::Piece::~Piece() {
    if (ended_ || owner_lives_.expired()) return;
    owner_.spawn(owner_.settle_abandoned(entry_, slot_, whole_));
}

Task<> ResumableUploads::Piece::awrite(std::string chunk) {
    if (entry_->removed) throw Error(errc::not_found, "This upload was removed.");
    UploadState state = entry_->state;
    state.touched = owner_.params_.now();
    auto work = [slot = slot_, store = owner_.store_, state, hash = entry_->hash, flush_every = owner_.params_.flush_every,
                 bytes = std::move(chunk)](std::stop_token) mutable {
        PieceWriter& writer = slot->open(*store, state, hash);
        writer.write(bytes);
        // Of a piece with a checksum nothing counts before all of it is there.
        if (!writer.has_checksum() && writer.unflushed() >= flush_every) {
            state.offset = writer.flush();
            store->save(state);
        }
        return state;
    };
    state = co_await offload(owner_.files_, Priority::interactive, std::move(work));
    entry_->state.offset = state.offset;
    entry_->state.touched = state.touched;
}

Task<bool> ResumableUploads::Piece::afinish() {
    whole_ = true;
    const bool kept = co_await owner_.settle(entry_, slot_, true);
    ended_ = true;
    if (entry_->removed) throw Error(errc::not_found, "This upload was removed.");
    co_return kept;
}

/// Makes durable what came, or discards it; then the upload is free for the next piece.
Task<bool> ResumableUploads::settle(std::shared_ptr<Entry> entry, std::shared_ptr<Piece::Slot> slot, bool whole) {
    struct Settled {
        bool kept = true;
        UploadState state;
        UploadHash hash;
    };
    UploadState state = entry->state;
    state.touched = params_.now();
    auto work = [slot, whole, store = store_, state, hash = entry->hash](std::stop_token) {
        Settled settled{.state = state, .hash = hash};
        PieceWriter& writer = slot->open(*store, state, hash);
        settled.kept = writer.conclude(whole);
        settled.state.offset = writer.flush();
        settled.hash = writer.hash();
        store->save(settled.state);
        return settled;
    };
    if (!entry->removed) {
        Settled settled = co_await offload(files_, Priority::interactive, std::move(work));
        entry->state = std::move(settled.state);
        entry->hash = settled.hash;
        whole = settled.kept;
    }
    if (entry->removed) co_await remove_files(entry->state.id);
    entry->writing = false;
    if (!entry->removed && entry->state.offset == entry->state.length) finish_soon(entry);
    co_return whole;
}

Task<> ResumableUploads::settle_abandoned(std::shared_ptr<Entry> entry, std::shared_ptr<Piece::Slot> slot, bool whole) {
    struct Free {
        Entry& entry;
        ~Free() { entry.writing = false; }
    } free{*entry};
    co_await settle(entry, slot, whole);
}

void ResumableUploads::finish_soon(const std::shared_ptr<Entry>& entry) {
    if (entry->finishing) return;
    entry->finished.reset();
    entry->finishing = spawn(finish(entry));
}

/// Runs beside the request that brought the last byte, which may be gone by then.
Task<> ResumableUploads::finish(std::shared_ptr<Entry> entry) {
    struct End {
        Entry& entry;
        ~End() {
            entry.finishing = false;
            entry.finished.set();
        }
    } end{*entry};
    entry->error.reset();
    try {
        const SubmittedDocument sent = co_await submit(entry);
        entry->state.document_id = sent.record.id;
        entry->state.duplicate = sent.duplicate;
    } catch (const Error& error) {
        entry->error = error;
    }
    if (entry->error) {
        spdlog::warn("upload {} has not become a document yet: {}", entry->state.id, entry->error->what());
        co_return;
    }
    co_await remember(entry);
}

Task<SubmittedDocument> ResumableUploads::submit(std::shared_ptr<Entry> entry) {
    const std::filesystem::path path = store_->bytes_path(entry->state.id);
    while (entry->hash.hashed < entry->state.length) {
        auto more = [path, hash = entry->hash, length = entry->state.length](std::stop_token) mutable {
            hash.catch_up(path, length, hash_slice_bytes);
            return hash;
        };
        entry->hash = co_await offload(files_, Priority::background, std::move(more));
    }
    UploadHash hash = entry->hash;
    CompleteFile file{.path = path, .bytes = entry->state.length, .sha256 = hash.finish()};
    co_return co_await ingestion_.aadopt_file(std::move(file), entry->state.name, entry->state.media_type);
}

/// The state with the document, then the bytes go: they have their place among the blobs now.
Task<> ResumableUploads::remember(std::shared_ptr<Entry> entry) {
    entry->state.touched = params_.now();
    auto work = [store = store_, state = entry->state](std::stop_token) {
        store->save(state);
        store->remove_bytes(state.id);
    };
    co_await offload(files_, Priority::interactive, std::move(work));
}

Task<> ResumableUploads::sweep_again_and_again() {
    for (;;) {
        co_await sweep();
        co_await sleep_for(params_.sweep_interval);
    }
}

Task<> ResumableUploads::sweep() {
    const auto now = params_.now();
    std::vector<std::shared_ptr<Entry>> finished;
    std::vector<std::string> stale;
    for (const auto& [id, entry] : entries_) {
        if (entry->writing || entry->finishing) continue;
        if (entry->state.touched + params_.stale_after <= now) {
            stale.push_back(id);
        } else if (!entry->state.document_id.empty()) {
            finished.push_back(entry);
        } else if (entry->state.offset == entry->state.length) {
            finish_soon(entry);
        }
    }
    std::ranges::sort(finished, {}, [](const auto& entry) { return entry->state.touched; });
    for (std::size_t i = 0; i + params_.max_finished < finished.size(); ++i) stale.push_back(finished[i]->state.id);
    for (const std::string& id : stale) {
        const auto found = entries_.find(id);
        if (found == entries_.end() || found->second->writing || found->second->finishing) continue;
        found->second->removed = true;
        entries_.erase(found);
        bool removed = true;
        try {
            co_await remove_files(id);
        } catch (const Error& error) {
            spdlog::warn("a stale upload could not be removed: {}", error.what());
            removed = false;
        }
        if (removed) spdlog::info("upload {} was removed", id);
    }
}

}  // namespace docmind
