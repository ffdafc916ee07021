#include "application/run_time_settings.hpp"

#include <docmind/error.hpp>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "application/settings_file.hpp"
#include "storage/engine/data_directory.hpp"
#include "storage/engine/restored_library.hpp"

namespace docmind {
namespace {

std::filesystem::path changes_file(const Settings& settings) {
    return settings.storage.data_dir / "settings.toml";
}

/// Those of the file that still hold.
SettingChanges usable_changes(const LoadedSettings& at_start, const std::filesystem::path& file) {
    // The file may be that of a library which is to make way for a restored one.
    if (is_restore_committed(file.parent_path())) const DataDirectory brought_to_its_end(file.parent_path());
    SettingChanges usable;
    for (const auto& [name, text] : read_changes(file)) {
        SettingChanges tried = usable;
        tried[name] = text;
        try {
            static_cast<void>(with_changes(at_start, tried));
            usable = std::move(tried);
        } catch (const Error& error) {
            spdlog::warn("{}: {} It is left out.", file.string(), error.what());
        }
    }
    return usable;
}

}  // namespace

LoadedSettings with_saved_changes(LoadedSettings loaded) {
    SettingChanges changes = usable_changes(loaded, changes_file(loaded.settings));
    return with_changes(std::move(loaded), std::move(changes));
}

RunTimeSettings::RunTimeSettings(Settings settings) : at_start_{.settings = std::move(settings), .effective = {}}, now_(at_start_) {
    at_start_.effective = describe_settings(at_start_.settings);
    now_ = at_start_;
}

RunTimeSettings::RunTimeSettings(LoadedSettings at_start)
    : at_start_(std::move(at_start)),
      file_(changes_file(at_start_.settings)),
      changes_(usable_changes(at_start_, file_)),
      now_(with_changes(at_start_, changes_)) {}

void RunTimeSettings::change(const std::map<std::string, std::optional<std::string>>& wanted) {
    SettingChanges next = changes_;
    // The key is of the server that it was given for.
    if (wanted.contains("llm.base_url") && !wanted.contains("llm.api_key")) next.erase("llm.api_key");
    if (wanted.contains("embedding.base_url") && !wanted.contains("embedding.api_key")) next.erase("embedding.api_key");
    for (const auto& [name, text] : wanted) {
        if (text) {
            next[name] = *text;
        } else {
            next.erase(name);
        }
    }
    LoadedSettings then = with_changes(at_start_, next);
    const auto folder = wanted.find("embedding.model_dir");
    if (folder != wanted.end() && folder->second && !then.settings.embedding.base_url.empty())
        throw Error(
            errc::invalid_argument,
            fmt::format("embedding.model_dir names a folder, and embedding.base_url the server {}: set that to \"\" to use the folder.",
                        then.settings.embedding.base_url));
    now_ = std::move(then);
    changes_ = std::move(next);
}

}  // namespace docmind
