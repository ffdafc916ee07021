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

}  // namespace

LoadedSettings with_changes(LoadedSettings loaded, SettingChanges changes) {
    if (changes.contains("llm.base_url") && !changes.contains("llm.api_key") && !loaded.settings.llm.api_key.empty())
        changes["llm.api_key"] = "";
    const std::vector<SettingKey> keys = setting_keys();
    for (const auto& [name, text] : changes) {
        const SettingKey& key = find_key(keys, name, changed);
        EffectiveSetting& now = *std::ranges::find(loaded.effective, name, &EffectiveSetting::key);
        check_changeable(key, now);
        set_value(key, loaded.settings, text, changed);
        now.value = shown_value(key, loaded.settings);
        now.origin = changed;
    }
    check_together(loaded.settings);
    return loaded;
}

}  // namespace docmind
