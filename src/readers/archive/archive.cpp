#include "readers/archive/archive.hpp"

#include "readers/text/text_decoder.hpp"

#include <docmind/error.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <new>
#include <utility>

namespace docmind {

namespace {

// What libarchive reads behind the data of an entry whose size stands there.
constexpr std::size_t most_descriptor = 24;

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

Reader make_reader() {
    Reader reader(archive_read_new(), &archive_read_free);
    if (!reader) throw std::bad_alloc();
    return reader;
}

[[noreturn]] void throw_corrupt(const std::string& name) {
    throw Error(errc::corrupt, (name.empty() ? std::string("What is packed here") : "\"" + name + "\" in this archive") +
                                   " is damaged or packed in a way that cannot be read. Pack it again.");
}

void open(archive* reader, std::string_view bytes) {
    if (archive_read_open_memory(reader, bytes.data(), bytes.size()) != ARCHIVE_OK) throw_corrupt({});
}

/// The rest of the entry that the reader stands at; at most `size` bytes where that is known.
std::string contents_of(archive* reader, const std::string& name, std::optional<std::uint64_t> size, ExpansionBudget* budget) {
    std::string contents;
    std::array<char, 64 * 1024> block;
    while (true) {
        const la_ssize_t got = archive_read_data(reader, block.data(), block.size());
        if (got < 0) throw_corrupt(name);
        if (got == 0) break;
        budget->spend(static_cast<std::uint64_t>(got));
        contents.append(block.data(), static_cast<std::size_t>(got));
        if (size && contents.size() > *size) throw_corrupt(name);
    }
    if (size && contents.size() != *size) throw_corrupt(name);
    return contents;
}

/// Sets the reader up for the filters of one stream.
void support_compression(archive* reader) {
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_bzip2(reader);
    archive_read_support_filter_xz(reader);
    archive_read_support_filter_zstd(reader);
}

std::string name_of(archive_entry* entry) {
    const char* name = archive_entry_pathname_utf8(entry);
    if (name == nullptr) name = archive_entry_pathname(entry);
    std::string text = decode_text(name == nullptr ? "" : name);
    return text.starts_with("./") ? text.substr(2) : text;
}

}  // namespace

Archive::Archive(std::string_view bytes, const ReadOptions& options, ExpansionBudget* budget) : bytes_(bytes), budget_(budget) {
    if (bytes.starts_with("PK")) {
        list_zip(options);
    } else {
        unpack_tar(options);
    }
}

void Archive::list_zip(const ReadOptions& options) {
    entries_ = read_zip_directory(bytes_, options.max_archive_entries);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        if (entries_[i].is_folder) continue;
        names_.push_back(entries_[i].name);
        places_.emplace(entries_[i].name, i);
    }
}

void Archive::unpack_tar(const ReadOptions& options) {
    const Reader reader = make_reader();
    support_compression(reader.get());
    archive_read_support_format_tar(reader.get());
    open(reader.get(), bytes_);
    std::size_t count = 0;
    while (true) {
        archive_entry* entry = nullptr;
        const int result = archive_read_next_header(reader.get(), &entry);
        if (result == ARCHIVE_EOF) break;
        if (result != ARCHIVE_OK && result != ARCHIVE_WARN) throw_corrupt({});
        if (++count > options.max_archive_entries)
            throw Error(errc::too_large, "This archive has more than " + std::to_string(options.max_archive_entries) +
                                             " files (ingestion.max_archive_entries). Split it into smaller ones.");
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) continue;
        std::string name = name_of(entry);
        std::string contents = contents_of(reader.get(), name, std::nullopt, budget_);
        const auto [place, is_new] = places_.emplace(name, contents_.size());
        if (is_new) {
            names_.push_back(std::move(name));
            contents_.push_back(std::move(contents));
        } else {
            contents_[place->second] = std::move(contents);
        }
    }
}

std::optional<std::string> Archive::read(const std::string& name) {
    const auto place = places_.find(name);
    if (place == places_.end()) return std::nullopt;
    if (entries_.empty()) return std::exchange(contents_[place->second], {});
    const ZipEntry& entry = entries_[place->second];
    // libarchive sees this one entry and no other: what its directory says has been checked, and only the inflating is left.
    const Reader reader = make_reader();
    archive_read_support_format_zip_streamable(reader.get());
    open(reader.get(), bytes_.substr(entry.offset, entry.packed_size + most_descriptor));
    archive_entry* header = nullptr;
    const int result = archive_read_next_header(reader.get(), &header);
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) throw_corrupt(name);
    return contents_of(reader.get(), name, entry.size, budget_);
}

std::string decompress(std::string_view bytes, ExpansionBudget* budget) {
    const Reader reader = make_reader();
    support_compression(reader.get());
    archive_read_support_format_raw(reader.get());
    open(reader.get(), bytes);
    archive_entry* entry = nullptr;
    if (archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) throw_corrupt({});
    return contents_of(reader.get(), {}, std::nullopt, budget);
}

bool holds_tar(std::string_view bytes) {
    const Reader reader = make_reader();
    support_compression(reader.get());
    archive_read_support_format_raw(reader.get());
    archive_entry* entry = nullptr;
    if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return false;
    if (archive_read_next_header(reader.get(), &entry) != ARCHIVE_OK) return false;
    std::array<char, 512> head{};
    std::size_t size = 0;
    while (size < head.size()) {
        const la_ssize_t got = archive_read_data(reader.get(), head.data() + size, head.size() - size);
        if (got <= 0) return false;
        size += static_cast<std::size_t>(got);
    }
    return std::string_view(head.data(), head.size()).substr(257, 5) == "ustar";
}

}  // namespace docmind
