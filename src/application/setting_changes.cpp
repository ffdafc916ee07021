// What can be changed while the program runs.

#include <docmind/error.hpp>
#include <docmind/settings.hpp>

#include <fmt/format.h>

#include <algorithm>

#include "application/settings_keys.hpp"

namespace docmind {
namespace {

constexpr auto changed = "changed";

void check_changeable(const SettingKey& key, const EffectiveSetting& now) {
    if (!key.changeable)
        throw Error(errc::conflict,
                    fmt::format("{} takes effect at a start only: put it into docmind.toml and start DocMind again.", key.name));
    if (now.origin == "environment" || now.origin == "flag")
        throw Error(errc::conflict, fmt::format("{} is set by {}: change it there.", key.name,
                                                now.origin == "flag" ? "a flag of the command line" : "the environment"));
}

/// The next start may be made from another folder.
void check_folder(const std::filesystem::path& folder) {
    if (!folder.is_absolute())
        throw Error(
            errc::invalid_argument,
            fmt::format("embedding.model_dir must be a whole path, from /, got \"{}\"; null takes a change back.", folder.string()));
}

}  // namespace

LoadedSettings with_changes(LoadedSettings loaded, SettingChanges changes) {
    // The key is of the server that it was given for.
    if (changes.contains("llm.base_url") && !changes.contains("llm.api_key") && !loaded.settings.llm.api_key.empty())
        changes["llm.api_key"] = "";
    if (changes.contains("embedding.base_url") && !changes.contains("embedding.api_key") && !loaded.settings.embedding.api_key.empty())
        changes["embedding.api_key"] = "";
    const std::vector<SettingKey> keys = setting_keys();
    for (const auto& [name, text] : changes) {
        const SettingKey& key = find_key(keys, name, changed);
        EffectiveSetting& now = *std::ranges::find(loaded.effective, name, &EffectiveSetting::key);
        check_changeable(key, now);
        set_value(key, loaded.settings, text, changed);
        now.value = shown_value(key, loaded.settings);
        now.origin = changed;
    }
    if (const auto folder = changes.find("embedding.model_dir"); folder != changes.end()) check_folder(folder->second);
    check_together(loaded.settings);
    return loaded;
}

}  // namespace docmind
