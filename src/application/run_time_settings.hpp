#pragma once
// "What holds now, and what was changed while the program ran?" The settings of the start with the changes over them. Knows no thread: the
// file is written elsewhere.

#include <docmind/settings.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace docmind {

class RunTimeSettings {
  public:
    /// Nothing is kept for the next start.
    explicit RunTimeSettings(Settings settings);
    /// Begins with what settings.toml in the data directory has. Errors: invalid_argument (it is not TOML).
    explicit RunTimeSettings(LoadedSettings at_start);

    [[nodiscard]] const Settings& settings() const noexcept { return now_.settings; }
    [[nodiscard]] const std::vector<EffectiveSetting>& effective() const noexcept { return now_.effective; }
    [[nodiscard]] const SettingChanges& changes() const noexcept { return changes_; }
    /// Where the changes are to be written; empty: nowhere.
    [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

    /// nullopt takes a change back. All of them, or none. Errors: those of with_changes.
    void change(const std::map<std::string, std::optional<std::string>>& wanted);

  private:
    LoadedSettings at_start_;
    std::filesystem::path file_;
    SettingChanges changes_;
    LoadedSettings now_;
};

}  // namespace docmind
