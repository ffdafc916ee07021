#include "readers/archive/zip_directory.hpp"

#include "readers/utf8.hpp"

#include <docmind/error.hpp>

#include <algorithm>
#include <array>
#include <unordered_set>
#include <utility>

namespace docmind {

namespace {

using namespace std::string_view_literals;

// APPNOTE.TXT 6.3.10, 4.3
constexpr auto local_mark = "PK\x03\x04"sv;
constexpr auto central_mark = "PK\x01\x02"sv;
constexpr auto end_mark = "PK\x05\x06"sv;
constexpr auto zip64_end_mark = "PK\x06\x06"sv;
constexpr auto zip64_locator_mark = "PK\x06\x07"sv;
constexpr std::size_t local_size = 30, central_size = 46, end_size = 22, zip64_end_size = 56, zip64_locator_size = 20;
constexpr std::size_t max_comment = 0xFFFF;
constexpr std::size_t least_descriptor = 12;
constexpr std::uint64_t in_zip64 = 0xFFFFFFFF;
constexpr unsigned flag_encrypted = 1, flag_descriptor = 1U << 3, flag_strongly_encrypted = 1U << 6, flag_masked = 1U << 13;

[[noreturn]] void throw_corrupt(const std::string& why) {
    throw Error(errc::corrupt, "This ZIP archive is damaged: " + why + ". Pack it again.");
}

std::uint64_t number(std::string_view bytes, std::size_t at, std::size_t width) {
    if (at > bytes.size() || width > bytes.size() - at) throw_corrupt("it is cut off");
    std::uint64_t value = 0;
    for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

std::string_view piece(std::string_view bytes, std::uint64_t at, std::uint64_t size) {
    if (at > bytes.size() || size > bytes.size() - at) throw_corrupt("it is cut off");
    return bytes.substr(at, size);
}

/// Sizes and offset of one header, with those that did not fit into 32 bits taken from its ZIP64 field (4.5.3).
struct Numbers {
    std::uint64_t size, packed, offset;
    void complete(std::string_view extra) {
        if (size != in_zip64 && packed != in_zip64 && offset != in_zip64) return;
        for (std::size_t at = 0; at + 4 <= extra.size();) {
            const std::uint64_t kind = number(extra, at, 2);
            const std::string_view field = piece(extra, at + 4, number(extra, at + 2, 2));
            at += 4 + field.size();
            if (kind != 1) continue;
            std::size_t next = 0;
            for (std::uint64_t* value : {&size, &packed, &offset}) {
                if (*value != in_zip64) continue;
                *value = number(field, next, 8);
                next += 8;
            }
            return;
        }
    }
};

// 0x80 to 0xFF of code page 437, in which names stand that are not marked as UTF-8.
constexpr std::u32string_view page_437 =
    U"ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■"
    U"\u00A0";
static_assert(page_437.size() == 128);

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto [c, length] = utf8::decode(text.substr(i));
        if (c == utf8::replacement) return false;
        i += length;
    }
    return true;
}

std::string name_of(std::string_view raw) {
    std::string name;
    if (is_utf8(raw)) {
        name = raw;
    } else {
        for (const char byte : raw) {
            const auto c = static_cast<unsigned char>(byte);
            utf8::append(name, c < 0x80 ? c : page_437[c - 0x80]);
        }
    }
    std::ranges::replace(name, '\\', '/');
    return name;
}

struct Directory {
    std::uint64_t entries, size, offset;
    std::size_t end;  // where what follows the directory begins
};

Directory find_directory(std::string_view bytes) {
    const std::size_t reach = std::min(bytes.size(), end_size + max_comment);
    const std::string_view tail = bytes.substr(bytes.size() - reach);
    std::size_t at = tail.rfind(end_mark);
    while (at != std::string_view::npos && (tail.size() - at < end_size || number(tail, at + 20, 2) > tail.size() - at - end_size))
        at = at == 0 ? std::string_view::npos : tail.rfind(end_mark, at - 1);
    if (at == std::string_view::npos) throw_corrupt("its directory is missing");
    Directory found{number(tail, at + 10, 2), number(tail, at + 12, 4), number(tail, at + 16, 4), bytes.size() - reach + at};
    const bool is_split = number(tail, at + 4, 2) != number(tail, at + 6, 2) || number(tail, at + 8, 2) != found.entries;
    if (is_split) throw Error(errc::unsupported, "This is one part of a split ZIP archive. Join the parts, then upload the whole.");
    const std::size_t locator = found.end - std::min(found.end, zip64_locator_size);
    if (bytes.substr(locator, 4) != zip64_locator_mark) return found;
    const std::uint64_t zip64_end = number(bytes, locator + 8, 8);
    const std::string_view record = piece(bytes, zip64_end, zip64_end_size);
    if (!record.starts_with(zip64_end_mark)) throw_corrupt("its ZIP64 directory is missing");
    const Directory large{number(record, 32, 8), number(record, 40, 8), number(record, 48, 8), zip64_end};
    // What both say must be the same.
    const auto differ = [](std::uint64_t small, std::uint64_t full, std::uint64_t escape) { return small != escape && small != full; };
    if (differ(found.entries, large.entries, 0xFFFF) || differ(found.size, large.size, in_zip64) ||
        differ(found.offset, large.offset, in_zip64))
        throw_corrupt("its two directories differ");
    return large;
}

/// Reads the central header at the beginning of `rest` and takes it off; checks it against the local header.
ZipEntry take_entry(std::string_view bytes, std::string_view* rest, std::size_t shift, std::size_t directory) {
    const std::string_view head = piece(*rest, 0, central_size);
    if (!head.starts_with(central_mark)) throw_corrupt("its directory is cut off");
    const std::size_t name_size = number(head, 28, 2), extra_size = number(head, 30, 2), comment_size = number(head, 32, 2);
    const std::string_view raw_name = piece(*rest, central_size, name_size);
    Numbers numbers{number(head, 24, 4), number(head, 20, 4), number(head, 42, 4)};
    numbers.complete(piece(*rest, central_size + name_size, extra_size));
    *rest = rest->substr(piece(*rest, 0, central_size + name_size + extra_size + comment_size).size());
    const auto flags = static_cast<unsigned>(number(head, 8, 2));
    if ((flags & (flag_encrypted | flag_strongly_encrypted | flag_masked)) != 0)
        throw Error(errc::encrypted, "This ZIP archive asks for a password. Pack it without one, then upload that.");

    if (numbers.offset > bytes.size() - shift) throw_corrupt("a file lies outside of it");
    const std::size_t offset = numbers.offset + shift;
    const std::string_view local = piece(bytes, offset, local_size);
    const std::size_t local_name_size = number(local, 26, 2), local_extra_size = number(local, 28, 2);
    const auto local_flags = static_cast<unsigned>(number(local, 6, 2));
    Numbers local_numbers{number(local, 22, 4), number(local, 18, 4), 0};
    local_numbers.complete(piece(bytes, offset + local_size + local_name_size, local_extra_size));
    const bool has_descriptor = (local_flags & flag_descriptor) != 0;
    const bool sizes_differ =
        numbers.size != local_numbers.size || numbers.packed != local_numbers.packed || number(head, 16, 4) != number(local, 14, 4);
    const bool sizes_follow = has_descriptor && local_numbers.size == 0;  // they stand behind the data instead
    if (!local.starts_with(local_mark) || piece(bytes, offset + local_size, local_name_size) != raw_name ||
        number(head, 10, 2) != number(local, 8, 2) || ((flags ^ local_flags) & flag_encrypted) != 0 ||
        (sizes_differ && !sizes_follow && !(has_descriptor && local_numbers.packed == 0)))
        throw_corrupt("its directory and its files contradict each other");

    const std::size_t header = local_size + local_name_size + local_extra_size;
    ZipEntry entry{.name = name_of(raw_name), .offset = offset, .size = numbers.size};
    const std::size_t data_end = offset + header + piece(bytes, offset + header, numbers.packed).size();
    if (data_end > directory) throw_corrupt("a file lies within its directory");
    entry.packed_size = data_end - offset + (has_descriptor ? least_descriptor : 0);
    entry.is_folder = entry.name.ends_with('/');
    return entry;
}

void refuse_overlaps(const std::vector<ZipEntry>& entries, std::size_t directory) {
    std::vector<const ZipEntry*> by_place;
    for (const ZipEntry& entry : entries) by_place.push_back(&entry);
    std::ranges::sort(by_place, {}, &ZipEntry::offset);
    for (std::size_t i = 0; i < by_place.size(); ++i) {
        const std::size_t next = i + 1 < by_place.size() ? by_place[i + 1]->offset : directory;
        if (by_place[i]->offset + by_place[i]->packed_size > next) throw_corrupt("its files overlap");
    }
}

}  // namespace

std::vector<ZipEntry> read_zip_directory(std::string_view bytes, std::size_t max_entries) {
    const Directory directory = find_directory(bytes);
    if (directory.entries > max_entries)
        throw Error(errc::too_large, "This archive has more than " + std::to_string(max_entries) +
                                         " files (ingestion.max_archive_entries). Split it into smaller ones.");
    if (directory.size > directory.end || directory.offset > directory.end - directory.size) throw_corrupt("its directory is cut off");
    // Offsets count from where the archive begins, which need not be the file's beginning.
    const std::size_t begin = directory.end - directory.size;
    const std::size_t shift = begin - directory.offset;
    std::string_view rest = bytes.substr(begin, directory.size);
    std::vector<ZipEntry> entries;
    std::unordered_set<std::string> names;
    for (std::uint64_t i = 0; i < directory.entries; ++i) {
        entries.push_back(take_entry(bytes, &rest, shift, begin));
        if (!names.insert(entries.back().name).second) throw_corrupt("it has two files of the name \"" + entries.back().name + "\"");
    }
    if (rest.starts_with(central_mark)) throw_corrupt("its directory has more files than it says");
    refuse_overlaps(entries, begin);
    return entries;
}

}  // namespace docmind
