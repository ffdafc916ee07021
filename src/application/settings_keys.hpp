#pragma once
// "What can be set?" Every key of the configuration: how its text becomes a value and back.

#include <docmind/settings.hpp>

#include <functional>
#include <string>
#include <vector>

namespace docmind {

/// One key: how its text becomes a value and back. `set` throws Error{invalid_argument} with what it expects.
struct SettingKey {
    std::string name;
    std::string help;
    bool secret = false;
    bool changeable = false;
    std::function<void(Settings&, const std::string&)> set;
    std::function<std::string(const Settings&)> get;
};

/// In the order in which they are shown.
[[nodiscard]] std::vector<SettingKey> setting_keys();

/// `origin` says where the name stands. Errors: invalid_argument, naming the nearest key.
[[nodiscard]] const SettingKey& find_key(const std::vector<SettingKey>& keys, const std::string& name, const std::string& origin);

/// Errors: invalid_argument, naming the key, what it expects, and where it was said.
void set_value(const SettingKey& key, Settings& settings, const std::string& text, const std::string& origin);

/// Errors: invalid_argument (values that are right alone and do not fit together).
void check_together(const Settings& settings);

/// What a secret looks like to a reader.
[[nodiscard]] std::string shown_value(const SettingKey& key, const Settings& settings);

}  // namespace docmind
