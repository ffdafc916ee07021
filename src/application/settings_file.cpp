#include "application/settings_file.hpp"

#include <docmind/error.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <toml++/toml.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>
#include <string>

namespace docmind {
namespace {

std::string text_of(const toml::node& value) {
    if (const auto text = value.as_string()) return text->get();
    if (const auto number = value.as_integer()) return fmt::format("{}", number->get());
    if (const auto number = value.as_floating_point()) return fmt::format("{}", number->get());
    if (const auto flag = value.as_boolean()) return flag->get() ? "true" : "false";
    return "(a list or table)";
}

[[noreturn]] void fail(const std::filesystem::path& file) {
    throw Error(errc::storage, fmt::format("{} cannot be written ({}).", file.string(), std::strerror(errno)));
}

}  // namespace

SettingChanges read_settings_file(const std::filesystem::path& file) {
    toml::table table;
    try {
        table = toml::parse_file(file.string());
    } catch (const toml::parse_error& error) {
        throw Error(errc::invalid_argument, fmt::format("{}:{}: {}.", file.string(), error.source().begin.line, error.description()));
    }
    SettingChanges said;
    for (const auto& [section, node] : table) {
        const toml::table* keys = node.as_table();
        if (!keys)
            throw Error(errc::invalid_argument,
                        fmt::format("{}: {} stands outside a [section].", file.string(), std::string(section.str())));
        for (const auto& [name, value] : *keys) said[fmt::format("{}.{}", section.str(), name.str())] = text_of(value);
    }
    return said;
}

SettingChanges read_changes(const std::filesystem::path& file) {
    return std::filesystem::exists(file) ? read_settings_file(file) : SettingChanges{};
}

std::string text_of_changes(const SettingChanges& changes) {
    toml::table table;
    for (const auto& [key, text] : changes) {
        const auto dot = key.find('.');
        table.insert(key.substr(0, dot), toml::table{});
        table[key.substr(0, dot)].as_table()->insert(key.substr(dot + 1), text);
    }
    std::ostringstream text;
    text << "# What was changed while DocMind ran. Remove a line to go back to docmind.toml, or to the default.\n" << table << "\n";
    return text.str();
}

void write_changes(const std::filesystem::path& file, const SettingChanges& changes) {
    const std::string bytes = text_of_changes(changes);
    const std::filesystem::path unfinished = file.string() + ".new";
    const int out = ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) fail(file);
    const bool written = ::write(out, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(out) == 0;
    const int reason = errno;
    ::close(out);
    errno = reason;
    if (!written || std::rename(unfinished.c_str(), file.c_str()) != 0) fail(file);
}

}  // namespace docmind
