#include "backup/manifest.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace docmind {
namespace {

namespace json = boost::json;

constexpr std::string_view format_name = "docmind-backup";

[[noreturn]] void throw_unusable(std::string_view why) {
    throw Error(errc::corrupt, fmt::format("This backup cannot be used: {}. Take another one.", why));
}

json::object describe(const BackupContents& contents) {
    return {{"format", format_name},
            {"format_version", contents.format_version},
            {"schema_version", contents.schema_version},
            {"docmind_version", contents.docmind_version},
            {"created_at", contents.created_at},
            {"documents", contents.documents},
            {"sessions", contents.sessions},
            {"files", contents.files},
            {"bytes", contents.bytes},
            {"left_out", json::array(contents.left_out.begin(), contents.left_out.end())}};
}

json::object parse_object(std::string_view text) {
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 8;
    json::value value = json::parse(text, error, {}, options);
    if (error || !value.is_object()) throw_unusable("its manifest is damaged");
    return std::move(value.get_object());
}

std::string text_of(const json::value& value) {
    return std::string(value.as_string());
}

BackupContents contents_of(const json::object& object) {
    const json::value* format = object.if_contains("format");
    if (!format || !format->is_string() || format->get_string() != format_name) throw_unusable("it is none of DocMind's");
    BackupContents contents{.format_version = object.at("format_version").to_number<int>()};
    if (contents.format_version > backup_format_version) {
        throw Error(errc::conflict, fmt::format("This backup was made by a newer DocMind (format {}, this one knows {}). Restore it with "
                                                "that version.",
                                                contents.format_version, backup_format_version));
    }
    if (contents.format_version < 1) throw_unusable("its format has no such version");
    contents.schema_version = object.at("schema_version").to_number<int>();
    contents.docmind_version = text_of(object.at("docmind_version"));
    contents.created_at = text_of(object.at("created_at"));
    contents.documents = object.at("documents").to_number<std::uint64_t>();
    contents.sessions = object.at("sessions").to_number<std::uint64_t>();
    contents.files = object.at("files").to_number<std::uint64_t>();
    contents.bytes = object.at("bytes").to_number<std::uint64_t>();
    for (const json::value& key : object.at("left_out").as_array()) contents.left_out.push_back(text_of(key));
    return contents;
}

/// Of what may be missing or of another kind, which boost::json tells by throwing.
template <class Read>
auto read_members(Read read) {
    try {
        return read();
    } catch (const boost::system::system_error&) {
        throw_unusable("its manifest lacks something");
    }
}

bool is_known_name(std::string_view name, std::string_view sha256) {
    if (name == database_name || name == settings_name) return true;
    return name.starts_with(originals_folder) && name.substr(originals_folder.size()) == sha256;
}

void check(const Manifest& manifest) {
    std::unordered_set<std::string_view> names;
    std::uint64_t bytes = 0;
    for (const BackupMember& member : manifest.members) {
        if (!is_sha256(member.sha256)) throw_unusable("a checksum is none");
        if (!is_known_name(member.name, member.sha256)) throw_unusable("it names a file that no library has");
        if (!names.insert(member.name).second) throw_unusable("it names a file twice");
        if (member.bytes > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()) - bytes)
            throw_unusable("its sizes are impossible");
        bytes += member.bytes;
    }
    if (!names.contains(database_name)) throw_unusable("it has no database");
    if (bytes != manifest.contents.bytes || manifest.members.size() != manifest.contents.files)
        throw_unusable("its manifest does not add up");
}

}  // namespace

bool is_sha256(std::string_view text) noexcept {
    return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string to_line(const BackupContents& contents) {
    return json::serialize(describe(contents));
}

BackupContents contents_from_line(std::string_view line) {
    const json::object object = parse_object(line);
    return read_members([&] { return contents_of(object); });
}

std::string to_text(const Manifest& manifest) {
    std::string text = to_line(manifest.contents);
    text.pop_back();
    text += ",\"members\":[";
    for (const BackupMember& member : manifest.members) {
        const json::object object{{"name", member.name}, {"bytes", member.bytes}, {"sha256", member.sha256}};
        text += &member == &manifest.members.front() ? "\n" : ",\n";
        text += json::serialize(object);
    }
    return text + "\n]}\n";
}

Manifest parse_manifest(std::string_view text) {
    const json::object object = parse_object(text);
    Manifest manifest = read_members([&] {
        Manifest read{.contents = contents_of(object), .members = {}};
        for (const json::value& value : object.at("members").as_array()) {
            const json::object& member = value.as_object();
            read.members.push_back({.name = text_of(member.at("name")),
                                    .bytes = member.at("bytes").to_number<std::uint64_t>(),
                                    .sha256 = text_of(member.at("sha256"))});
        }
        return read;
    });
    check(manifest);
    return manifest;
}

}  // namespace docmind
