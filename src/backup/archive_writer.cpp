#include "backup/archive_writer.hpp"

#include <docmind/error.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <utility>

namespace docmind {
namespace {

constexpr std::uint64_t block = 512;
/// Larger sizes do not fit into the head of a ustar member, and get one more (POSIX.1-2008, pax, "ustar Interchange Format").
constexpr std::uint64_t largest_plain = 077777777777;

[[noreturn]] void fail(archive* writer) {
    throw Error(errc::internal, fmt::format("The archive could not be made: {}.", archive_error_string(writer)));
}

[[noreturn]] void throw_damaged(const ArchiveMember& member) {
    throw Error(errc::storage,
                fmt::format("The original file of {} is missing or damaged on this disk ({}). Remove that document, or ingest "
                            "its file again, and make the backup anew.",
                            member.title, member.name));
}

}  // namespace

struct ArchiveWriter::Source {
    const ArchiveMember& member;
    std::unique_ptr<Descriptor> own;  // of a path
    Sha256 hash;
    std::uint64_t at = 0;

    /// At most `count` bytes; none at the end.
    std::string read(std::size_t count) const {
        if (const auto* text = std::get_if<std::string>(&member.from)) return text->substr(at, count);
        const auto* opened = std::get_if<std::shared_ptr<Descriptor>>(&member.from);
        std::string bytes(count, '\0');
        ssize_t got = 0;
        do {
            got = ::pread(opened ? (*opened)->get() : own->get(), bytes.data(), count, static_cast<off_t>(at));
        } while (got < 0 && errno == EINTR);
        if (got < 0) throw_damaged(member);
        bytes.resize(static_cast<std::size_t>(got));
        return bytes;
    }
};

ArchiveWriter::ArchiveWriter(Params params, std::vector<ArchiveMember> members, std::chrono::system_clock::time_point time)
    : params_(params), members_(std::move(members)), time_(time), archive_(archive_write_new(), &archive_write_free) {
    if (params_.piece_bytes == 0) throw Error(errc::invalid_argument, "piece_bytes must be at least 1.");
    if (!archive_) throw std::bad_alloc();
    const auto take = [](archive*, void* output, const void* bytes, std::size_t count) -> la_ssize_t {
        auto* to = static_cast<Output*>(output);
        if (to->given_up) return -1;
        to->bytes.append(static_cast<const char*>(bytes), count);
        return static_cast<la_ssize_t>(count);
    };
    // Plain ustar where that can say it. Nothing is held back for a block to be full.
    archive_write_set_format_pax_restricted(archive_.get());
    archive_write_set_bytes_per_block(archive_.get(), 0);
    if (archive_write_open(archive_.get(), &made_, nullptr, take, nullptr) != ARCHIVE_OK) fail(archive_.get());
}

ArchiveWriter::~ArchiveWriter() {
    // Else freeing would write the end of an archive that was given up. (After archive_write_fail() it would not free all.)
    made_.given_up = true;
}

std::string ArchiveWriter::more() {
    while (made_.bytes.size() < params_.piece_bytes && !ended_) {
        if (source_) {
            write_piece();
        } else if (next_ < members_.size()) {
            begin_member();
        } else {
            if (archive_write_close(archive_.get()) != ARCHIVE_OK) fail(archive_.get());
            ended_ = true;
        }
    }
    return std::exchange(made_.bytes, {});
}

void ArchiveWriter::begin_member() {
    const ArchiveMember& member = members_[next_++];
    source_ = std::make_unique<Source>(member);
    if (const auto* path = std::get_if<std::filesystem::path>(&member.from)) {
        std::uint64_t bytes = 0;
        try {
            source_->own.reset(new Descriptor(open_regular_file(*path, &bytes)));
        } catch (const Error&) {
            throw_damaged(member);
        }
        if (bytes != member.bytes) throw_damaged(member);
    }
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), &archive_entry_free);
    if (!entry) throw std::bad_alloc();
    archive_entry_set_pathname(entry.get(), member.name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0600);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.bytes));
    archive_entry_set_mtime(entry.get(), std::chrono::system_clock::to_time_t(time_), 0);
    if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK) fail(archive_.get());
}

void ArchiveWriter::write_piece() {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(params_.piece_bytes, source_->member.bytes - source_->at));
    if (wanted == 0) return end_member();
    const std::string bytes = source_->read(wanted);
    if (bytes.empty()) throw_damaged(source_->member);
    source_->hash.update(bytes);
    source_->at += bytes.size();
    if (archive_write_data(archive_.get(), bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) fail(archive_.get());
}

void ArchiveWriter::end_member() {
    if (source_->hash.finish() != source_->member.sha256) throw_damaged(source_->member);
    if (archive_write_finish_entry(archive_.get()) != ARCHIVE_OK) fail(archive_.get());
    source_.reset();
}

std::optional<std::uint64_t> archive_size(const std::vector<ArchiveMember>& members) {
    std::uint64_t bytes = 2 * block;
    for (const ArchiveMember& member : members) {
        if (member.bytes > largest_plain) return std::nullopt;
        bytes += block + (member.bytes + block - 1) / block * block;
    }
    return bytes;
}

std::vector<ArchiveMember> manifest_members(const Manifest& manifest) {
    const auto member = [](std::string_view name, std::string text) {
        ArchiveMember made{
            .name = std::string(name), .bytes = text.size(), .sha256 = sha256_of(text), .from = {}, .title = std::string(name)};
        made.from = std::move(text);
        return made;
    };
    std::vector<ArchiveMember> members;
    members.push_back(member(manifest_name, to_text(manifest)));
    members.push_back(member(manifest_digest_name, fmt::format("{}  {}\n", members.front().sha256, manifest_name)));
    return members;
}

}  // namespace docmind
