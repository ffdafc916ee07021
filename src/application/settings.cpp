#include <docmind/error.hpp>
#include <docmind/settings.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "application/settings_file.hpp"
#include "application/settings_keys.hpp"
#include "words/installation.hpp"

extern char** environ;  // POSIX

namespace docmind {
namespace {

namespace fs = std::filesystem;
using Environment = std::map<std::string, std::string>;

class Loader {
  public:
    Loader() : keys_(setting_keys()), origins_(keys_.size(), "default") {}

    void apply(const std::string& name, const std::string& text, const std::string& origin) {
        const SettingKey& key = find_key(keys_, name, origin);
        set_value(key, loaded_.settings, text, origin);
        origins_[static_cast<std::size_t>(&key - keys_.data())] = origin;
    }

    void apply_file(const fs::path& file) {
        for (const auto& [name, text] : read_settings_file(file)) apply(name, text, file.string());
    }

    LoadedSettings finish() {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const SettingKey& key = keys_[i];
            loaded_.effective.push_back({key.name, shown_value(key, loaded_.settings), origins_[i], key.help, key.changeable});
        }
        return std::move(loaded_);
    }

    Settings& settings() { return loaded_.settings; }

  private:
    std::vector<SettingKey> keys_;
    std::vector<std::string> origins_;
    LoadedSettings loaded_;
};

std::string get_or(const Environment& environment, const std::string& name, const std::string& otherwise) {
    const auto found = environment.find(name);
    return found == environment.end() || found->second.empty() ? otherwise : found->second;
}

/// docmind-worker as it came with this program or library, else on the PATH; the first where there is none, for the message.
fs::path default_worker_path(const Environment& environment) {
    std::error_code error;
    const fs::path beside = find_installation().programs / "docmind-worker";
    if (fs::exists(beside, error)) return beside;
    const std::string folders = get_or(environment, "PATH", "");
    for (std::size_t begin = 0; begin < folders.size();) {
        const std::size_t end = std::min(folders.find(':', begin), folders.size());
        const fs::path candidate = fs::path(folders.substr(begin, end - begin)) / "docmind-worker";
        if (::access(candidate.c_str(), X_OK) == 0) return candidate;
        begin = end + 1;
    }
    return beside;
}

}  // namespace

std::map<std::string, std::string> process_environment() {
    Environment result;
    for (char** entry = environ; *entry; ++entry) {
        const std::string_view text(*entry);
        if (const auto equals = text.find('='); equals != std::string_view::npos)
            result.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
    return result;
}

std::vector<EffectiveSetting> describe_settings(const Settings& settings) {
    std::vector<EffectiveSetting> result;
    for (const SettingKey& key : setting_keys()) result.push_back({key.name, shown_value(key, settings), "", key.help, key.changeable});
    return result;
}

fs::path default_parts_dir(const Environment& environment) {
    const std::string home = get_or(environment, "HOME", "/tmp");
    return fs::path(get_or(environment, "XDG_CACHE_HOME", home + "/.cache")) / "docmind" / "current";
}

LoadedSettings load_settings(const fs::path& file, const std::map<std::string, std::string>& flags, const Environment& environment) {
    Loader loader;
    const std::string home = get_or(environment, "HOME", "/tmp");
    if (!file.empty()) {
        if (!fs::exists(file)) throw Error(errc::invalid_argument, fmt::format("There is no configuration file {}.", file.string()));
        loader.apply_file(file);
    } else if (const fs::path usual = fs::path(get_or(environment, "XDG_CONFIG_HOME", home + "/.config")) / "docmind" / "docmind.toml";
               fs::exists(usual)) {
        loader.apply_file(usual);
    }
    for (const auto& [name, value] : environment) {
        if (!name.starts_with("DOCMIND__")) continue;
        std::string path = name.substr(9);
        std::ranges::transform(path, path.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        const auto separator = path.find("__");
        if (separator == std::string::npos) throw Error(errc::invalid_argument, fmt::format("{} should be DOCMIND__SECTION__KEY.", name));
        loader.apply(path.substr(0, separator) + "." + path.substr(separator + 2), value, "environment");
    }
    for (const auto& [name, value] : flags) loader.apply(name, value, "flag");

    Settings& s = loader.settings();
    if (s.storage.data_dir.empty()) s.storage.data_dir = fs::path(get_or(environment, "XDG_DATA_HOME", home + "/.local/share")) / "docmind";
    const fs::path parts = default_parts_dir(environment);
    if (s.ingestion.worker_path.empty()) s.ingestion.worker_path = default_worker_path(environment);
    if (s.embedding.model_dir.empty()) s.embedding.model_dir = parts / "embedding";
    if (s.reranker.model_dir.empty()) s.reranker.model_dir = parts / "reranker";
    if (s.llm.model_path.empty()) s.llm.model_path = parts / "llm.gguf";
    if (s.llm.server_path.empty()) s.llm.server_path = parts / "llama-server";
    check_together(s);
    return loader.finish();
}

}  // namespace docmind
